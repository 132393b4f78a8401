"""A file much larger than the interface may grow: it streams to disk, and stops where it is not taken."""

import http.client
import re
from pathlib import Path
from urllib.parse import urlparse

import pytest

from tests.installation import Installation

pytestmark = pytest.mark.journey

SIZE = 300 << 20
GROWTH = 96 << 20
PIECE = b"a,b\n" + b"1,2\n" * (1 << 18)


def interface(installation: Installation) -> int:
    """Return the process that serves the screens."""
    for folder in Path("/proc").glob("[0-9]*"):
        command = (folder / "cmdline").read_bytes() if (folder / "cmdline").exists() else b""
        if b"streamlit" in command and f"server.port={installation.ui_port}".encode() in command:
            return int(folder.name)
    raise AssertionError("no process serves the screens")


def peak(process: int) -> int:
    """Return the most memory the process ever used, in bytes."""
    told = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert told is not None
    return int(told[1]) * 1024


def ask(installation: Installation, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlparse(installation.ui).netloc, timeout=120)
    connection.request(method, path, body, {"Origin": installation.ui, **headers})  # type: ignore[arg-type]
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def pieces() -> object:
    left = SIZE
    while left:
        piece = PIECE[: min(left, len(PIECE))]
        left -= len(piece)
        yield piece


def test_three_hundred_megabytes_leave_the_interface_as_small_as_it_was(installation: Installation) -> None:
    process = interface(installation)
    installation.ask("project", "create", "large", "--task", "regression", "--target", "b")
    status, told = ask(installation, "POST", f"/uploads?project=large&filename=big.csv&size={SIZE}")
    assert status == 201, told
    place = f"/uploads/{re.search('[0-9a-f]{32}', told)[0]}"  # type: ignore[index]
    before = peak(process)
    status, told = ask(installation, "PUT", place, pieces(), **{"Content-Length": str(SIZE)})
    assert status == 200, told
    assert f'"received":{SIZE}' in told
    assert '"sha256":null' not in told
    assert peak(process) - before < GROWTH
    assert ask(installation, "DELETE", place)[0] == 204
    assert list((installation.home / "uploads").iterdir()) == []


@pytest.mark.parametrize(("name", "value"), [("Origin", "http://evil.example"), ("Host", "evil.example")])
def test_another_site_or_another_name_of_ours_starts_no_upload(
    installation: Installation, name: str, value: str
) -> None:
    asked = {"Host": "evil.example", "Origin": "http://evil.example"} if name == "Host" else {name: value}
    status, _ = ask(installation, "POST", "/uploads?project=large&filename=x&size=1", **asked)
    assert status == 403
