"""A file is handed over to a real server, which may say no before it has it."""

import io
import socket
import threading

import pytest

from core.data_errors import OriginRefused, OriginUnreachable
from core.datasets.origins import web
from core.datasets.origins.reach import Reach

SAID = b'{"error": {"message": "There is no project nowhere."}}'
ANSWER = b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(SAID), SAID)
FILE = bytes(8 << 20)


def _handed_to(answer: bytes) -> None:
    """Hand a file to a server that reads the head of the request, says ``answer`` and closes."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def hasty() -> None:
            caller, _ = door.accept()
            with caller:
                caller.recv(64)
                caller.sendall(answer)

        threading.Thread(target=hasty, daemon=True).start()
        url = f"http://127.0.0.1:{door.getsockname()[1]}/projects/nowhere/versions"
        length = {"Content-Length": str(len(FILE))}
        with web.opened(url, url, Reach(is_open=True, allowed=()), body=io.BytesIO(FILE), headers=length):
            raise AssertionError("the server took nothing")


def test_a_server_that_refuses_before_it_has_the_file_is_heard() -> None:
    with pytest.raises(OriginRefused, match="404 Not Found: There is no project nowhere"):
        _handed_to(ANSWER)


def test_a_server_that_hangs_up_without_a_word_is_unreachable() -> None:
    with pytest.raises(OriginUnreachable):
        _handed_to(b"")
