"""The guard of the silence test itself: it sees what it must see."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GUARD = Path(__file__).parent / "guard"


def guarded(code: str, log: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(GUARD), "GUARD_LOG": str(log)}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("call", "event"),
    [
        ("socket.create_connection(('198.51.100.1', 80), 1)", "socket.getaddrinfo"),
        ("socket.socket().connect(('198.51.100.1', 80))", "socket.connect"),
        ("socket.getaddrinfo('example.invalid', 443)", "socket.getaddrinfo"),
        ("socket.gethostbyname('example.invalid')", "socket.gethostbyname"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('198.51.100.1', 53))", "socket.sendto"),
        ("urllib.request.urlopen('http://example.invalid', timeout=1)", "socket.getaddrinfo"),
    ],
)
def test_a_call_beyond_this_machine_is_recorded_and_refused(call: str, event: str, tmp_path: Path) -> None:
    log = tmp_path / "calls"
    done = guarded(f"import socket, urllib.request; {call}", log)
    assert done.returncode != 0
    assert "was refused" in done.stderr
    assert [json.loads(line)["event"] for line in log.read_text().splitlines()] == [event]


def test_calls_within_this_machine_pass_unrecorded(tmp_path: Path) -> None:
    log = tmp_path / "calls"
    code = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(("localhost", server.getsockname()[1])).close()
socket.getaddrinfo(None, 80)
a, b = socket.socketpair()
a.sendall(b"x")
"""
    done = guarded(code, log)
    assert done.returncode == 0, done.stderr
    assert not log.exists()
