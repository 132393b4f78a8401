"""The supervisor over small services that answer like the real ones."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.cli import supervisor
from core.cli.supervisor import Service, Supervisor, check_ports, services, url
from core.errors import InvalidSetting, PortTaken, Unavailable, UnsafeBinding
from core.jobs.engines import groups
from core.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104
ROOT = Path(__file__).resolve().parents[3]

SERVER = """
import http.server, subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[2], "w").write(str(grandchild.pid))
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(is_so: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


class Stage:
    """A supervisor in a thread, and what it said."""

    def __init__(self, made: list[Service]) -> None:
        self.said: list[str] = []
        self.supervisor = Supervisor(made, self.said.append)
        self.code: int | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.code = self.supervisor.run()

    def end(self) -> None:
        self.supervisor.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def has_said(self, text: str) -> bool:
        return any(text in line for line in self.said)


@pytest.fixture
def play():
    stages: list[Stage] = []

    def begin(*made: Service) -> Stage:
        stages.append(Stage(list(made)))
        return stages[-1]

    yield begin
    for stage in stages:
        stage.end()


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "STOP_S", 1.0)

    def service(name: str, *command: str, is_well: Callable[[int], bool] = lambda _: True) -> Service:
        return Service(name, name, f"at {name}", [sys.executable, *command], tmp_path / f"{name}.log", is_well)

    return service


@pytest.fixture
def web(make, tmp_path):
    def service(name: str) -> Service:
        port = free_port()
        answers = lambda _: supervisor._answers("127.0.0.1", port, "/healthz")  # noqa: E731
        return make(name, "-c", SERVER, str(port), str(tmp_path / f"{name}.pid"), is_well=answers)

    return service


def grandchild(tmp_path: Path, name: str) -> int:
    return int((tmp_path / f"{name}.pid").read_text())


def test_addresses_are_told_once_everything_answers(play, web):
    stage = play(web("one"), web("two"))
    until(lambda: stage.has_said("ready"))
    assert stage.said == ["Pilothouse is ready.\n  one  at one\n  two  at two\nStop it with Ctrl-C."]


def test_nothing_is_ready_while_one_service_is_not(play, web, make):
    asked: list[int] = []
    stage = play(web("one"), make("two", "-c", STUBBORN, is_well=lambda pid: bool(asked.append(pid))))
    until(lambda: len(asked) > 5)
    assert stage.said == []


def test_stopping_ends_everything_with_children_and_says_nothing_is_wrong(play, web, tmp_path):
    stage = play(web("one"), web("two"))
    until(lambda: stage.has_said("ready"))
    stage.end()
    assert stage.code == 0
    until(lambda: not any(groups.is_running(grandchild(tmp_path, name)) for name in ("one", "two")))
    assert len(stage.said) == 1


def test_a_service_that_ignores_the_signal_is_killed(play, make):
    one = make("one", "-c", STUBBORN)
    stage = play(one)
    until(lambda: stage.has_said("ready"))
    pid = one.process.pid
    stage.end()
    assert not groups.is_running(pid)


def test_a_service_that_dies_is_started_again_and_the_person_told(play, web, tmp_path):
    one, two = web("one"), web("two")
    stage = play(one, two)
    until(lambda: stage.has_said("ready"))
    other, left = two.process.pid, grandchild(tmp_path, "one")
    one.process.kill()
    until(lambda: stage.has_said("The one is up again."))
    assert stage.said[1] == f"The one stopped with exit code -9; it starts again in 1 s. Its log: {one.log}"
    assert two.process.pid == other
    until(lambda: not groups.is_running(left))


def test_the_pause_before_a_restart_doubles_up_to_half_a_minute(make):
    service = make("one", "-c", "pass")
    said: list[str] = []
    keeper = Supervisor([service], said.append)
    for _ in range(7):
        keeper._restart_later(service, 10.0, "stopped")
    assert [line.split("again in ")[1].split(" s.")[0] for line in said] == ["1", "2", "4", "8", "16", "30", "30"]


def test_a_service_that_ran_for_long_begins_with_the_shortest_pause(make):
    service = make("one", "-c", "pass")
    service.pause, service.started = 30.0, 100.0
    keeper = Supervisor([service], lambda _: None)
    keeper._restart_later(service, 161.0, "stopped")
    assert service.due == 162.0


def test_a_service_that_stops_answering_is_restarted(play, make, monkeypatch):
    monkeypatch.setattr(supervisor, "SICK_S", 0.5)
    monkeypatch.setattr(supervisor, "CHECK_S", 0.1)
    is_well = [True]
    one = make("one", "-c", STUBBORN, is_well=lambda _: is_well[0])
    stage = play(one)
    until(lambda: stage.has_said("ready"))
    pid = one.process.pid
    is_well[0] = False
    until(lambda: stage.has_said("did not answer"))
    assert not groups.is_running(pid)


def test_a_network_error_means_not_yet(make):
    def refuse(pid: int) -> bool:
        raise ConnectionRefusedError

    one = make("one", "-c", STUBBORN, is_well=refuse)
    one.start(0.0)
    try:
        assert not one.check(1.0)
        assert not one.is_ready
    finally:
        one.kill()


def test_wrong_usage_of_a_service_ends_the_start_with_its_own_words(play, make):
    code = "import sys; print('noise'); print('Error: the setting is wrong'); sys.exit(2)"
    stage = play(make("one", "-c", code, is_well=lambda _: False))
    until(lambda: stage.code is not None)
    assert (stage.code, stage.said) == (2, ["The one cannot start: Error: the setting is wrong"])


def test_a_log_that_grew_large_makes_room_for_a_new_one(make, monkeypatch):
    monkeypatch.setattr(supervisor, "LOG_BYTES", 10)
    one = make("one", "-c", "print('new')")
    one.log.write_text("old and long enough\n")
    one.start(0.0)
    one.process.wait()
    one.kill()
    assert one.log.read_text() == "new\n"
    assert one.log.with_suffix(".log.1").read_text() == "old and long enough\n"


def test_services_end_when_the_supervisor_is_killed(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from core.cli.supervisor import *; "
        "service = Service('one', 'one', '', [sys.executable, '-c', 'import time; time.sleep(600)'], "
        "Path(sys.argv[1]) / 'one.log', lambda pid: True); "
        "service.start(0.0); print(service.process.pid, flush=True); time.sleep(600)"
    )
    keeper = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with keeper:
        pid = int(keeper.stdout.readline())
        assert groups.is_running(pid)
        keeper.kill()
    until(lambda: not groups.is_running(pid))


def test_a_taken_port_is_named_with_its_setting(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} for the scoring API is taken.*PILOTHOUSE_API_PORT") as taken:
            check_ports(Settings(home=tmp_path, ui_port=free_port(), api_port=port))
    assert taken.value.exit_code == 3


def test_free_ports_are_accepted(tmp_path):
    check_ports(Settings(home=tmp_path, ui_port=free_port(), api_port=free_port()))


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"ui_port": 9000, "api_port": 9000}, InvalidSetting, "PILOTHOUSE_API_PORT.*the same port"),
        ({"api_host": EVERYWHERE}, UnsafeBinding, "The scoring API would listen on 0.0.0.0"),
        ({"ui_host": "no.such.host.invalid", "auth": "password"}, InvalidSetting, "PILOTHOUSE_UI_HOST"),
    ],
)
def test_addresses_that_cannot_work_are_refused(tmp_path, changes, error, says):
    with pytest.raises(error, match=says):
        check_ports(Settings(home=tmp_path, **{"ui_port": free_port(), "api_port": free_port(), **changes}))


def test_the_three_services_run_the_commands_of_this_installation(tmp_path):
    settings = Settings(home=tmp_path, ui_port=9001, api_port=9002, job_slots=1)
    made = services(settings, lambda pid: True)
    assert [service.command[1:] for service in made] == [
        ["-m", "core.cli.main", name, "--home", str(settings.home)] for name in ("ui", "api", "worker")
    ]
    assert [service.address for service in made[:2]] == ["http://127.0.0.1:9001", "http://127.0.0.1:9002"]
    assert made[2].address.startswith("1 job at once")


def test_an_address_of_ip_version_6_is_written_so_that_browsers_take_it():
    assert url("::1", 8501) == "http://[::1]:8501"


def test_health_is_asked_over_loopback_when_listening_everywhere():
    with pytest.raises((OSError, http.client.HTTPException)):
        supervisor._answers(EVERYWHERE, free_port(), "/readyz")


def test_signals_stop_and_a_second_one_hurries(make):
    keeper = Supervisor([], lambda _: None)
    stop = supervisor._stopper(keeper)
    stop(signal.SIGTERM, None)
    stop(signal.SIGINT, None)
    assert keeper._stops == 2


def _refuse() -> None:
    raise InvalidSetting(name="PILOTHOUSE_HOME", problem="no")


def test_what_is_done_apart_fails_here_with_its_own_words():
    with pytest.raises(InvalidSetting, match="PILOTHOUSE_HOME"):
        supervisor._apart(_refuse)
    supervisor._apart(bool)


def test_preparing_that_is_killed_is_told():
    with pytest.raises(Unavailable, match="exit code -9"):
        supervisor._apart(_kill_own_process)


def _kill_own_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
