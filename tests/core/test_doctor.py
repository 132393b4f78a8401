import shutil
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from core.bootstrap import build
from core.doctor import examine
from core.errors import BlobCorrupt
from core.records.integrity import Symptom
from core.settings import Settings, load


def by_part(symptoms: list[Symptom]) -> dict[str, tuple[str, str]]:
    return {item.part: (item.state, f"{item.found} {item.advice}") for item in symptoms}


@pytest.fixture
def quiet(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("UI", "API"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            monkeypatch.setenv(f"PILOTHOUSE_{name}_PORT", str(probe.getsockname()[1]))
    settings.home.chmod(0o700)
    return load(settings.home)


def test_a_stopped_but_sound_installation_only_warns(quiet: Settings) -> None:
    found = by_part(examine(quiet, build))
    assert {part: state for part, (state, _) in found.items() if part != "disk"} == {
        "versions": "ok",
        "home": "ok",
        "ports": "warn",
        "database": "ok",
        "mlflow": "ok",
        "blobs": "ok",
        "worker": "warn",
    }
    assert "`make run`" in found["worker"][1]


def test_damaged_bytes_an_open_home_and_a_missing_database_are_said(quiet: Settings) -> None:
    platform = build(quiet)
    name = platform.blobs.put_bytes(b"content")
    file = platform.blobs.path(name)
    file.chmod(0o600)
    file.write_bytes(b"Content")
    with pytest.raises(BlobCorrupt, match="do not match"):
        platform.blobs.read(name)
    platform.close()
    quiet.home.chmod(0o755)
    found = by_part(examine(quiet, build))
    assert found["blobs"] == ("fail", "1 are damaged or missing `pilothouse fsck --repair` makes again what can be.")
    assert found["home"][0] == "warn"
    for path in quiet.home.glob("pilothouse.db*"):
        path.unlink()
    found = by_part(examine(quiet, build))
    assert (found["database"][0], "does not exist" in found["database"][1]) == ("fail", True)


def test_a_home_that_is_not_there_is_said(quiet: Settings) -> None:
    shutil.rmtree(quiet.home)
    found = by_part(examine(quiet, build))
    assert (found["home"][0], found["database"][0]) == ("fail", "fail")
    assert not quiet.home.exists()


def test_another_program_on_our_port_is_told_from_our_own(quiet: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Stranger)
    Thread(target=server.serve_forever, daemon=True).start()
    for name in ("UI", "API"):
        monkeypatch.setenv(f"PILOTHOUSE_{name}_PORT", str(server.server_port))
    ports = [item for item in examine(load(quiet.home), build) if item.part == "ports"]
    server.shutdown()
    server.server_close()
    assert [item.state for item in ports] == ["ok", "fail"]
    assert ports[1].advice == "Stop what listens there, or set PILOTHOUSE_API_PORT."
