"""`pilothouse up`: interface, worker and scoring API as children that live and die with this process."""

import contextlib
import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

from core.errors import InvalidSetting, PortTaken, Unavailable
from core.jobs.engines.groups import this_host
from core.settings import QUIET, Settings

POLL_S = 0.1
CHECK_S = 2.0
"""Between two health checks of a service that was well."""

SICK_S = 60.0
"""A running service that does not answer for this long is restarted."""

STOP_S = 8.0
"""What a service gets to end in order."""

LONGEST_PAUSE_S = 30.0
STABLE_S = 60.0
"""A service that ran this long begins again with the shortest pause."""

LOG_BYTES = 10 * 2**20
WRONG_USAGE = 2
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


@dataclass
class Service:
    """One supervised process."""

    name: str
    title: str
    address: str
    command: Sequence[str]
    log: Path
    is_well: Callable[[int], bool]
    """Asked with the process number; an exception of the network or the store means no."""

    process: "subprocess.Popen[bytes] | None" = None
    is_ready: bool = False
    pause: float = 1.0
    started: float = 0.0
    checked: float = 0.0
    well: float = 0.0
    due: float = field(default=0.0)

    def start(self, now: float) -> None:
        """Start the process in a group of its own, with its output in the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **QUIET, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        self.is_ready, self.started, self.well = False, now, now

    def exit_code(self) -> int | None:
        """Return how the process ended, or None while it runs or has not started."""
        return None if self.process is None else self.process.poll()

    def check(self, now: float) -> bool:
        """Ask for its health when that is due; return whether it has just become ready."""
        if self.process is None or now - self.checked < (CHECK_S if self.is_ready else POLL_S):
            return False
        self.checked = now
        with contextlib.suppress(OSError, http.client.HTTPException, Unavailable):
            if self.is_well(self.process.pid):
                was_ready, self.is_ready, self.well = self.is_ready, True, now
                return not was_ready
        return False

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process alone, so that it can end its own children in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """Kill what is left of the group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def last_words(self) -> str:
        """Return the last line of the log."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 4096))
            lines = file.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "(nothing)"


class Supervisor:
    """Keeps services up until told to stop."""

    def __init__(self, services: Sequence[Service], say: Callable[[str], None]) -> None:
        """``say`` tells the person at the terminal."""
        self._services = services
        self._say = say
        self._stops = 0
        self._has_greeted = False

    def stop(self) -> None:
        """Ask :meth:`run` to end everything; asked twice it kills at once. Safe in a signal handler."""
        self._stops += 1

    def run(self) -> int:
        """Start the services, keep them up until :meth:`stop`, and return the exit code."""
        code = 0
        try:
            for service in self._services:
                service.start(time.monotonic())
            while not self._stops and not code:
                code = self._tend_all()
                time.sleep(POLL_S)
        finally:
            self._end_all()
        return code

    def _tend_all(self) -> int:
        for service in self._services:
            if self._tend(service, time.monotonic()) == WRONG_USAGE:
                self._say(f"The {service.title} cannot start: {service.last_words()}")
                return WRONG_USAGE
        if not self._has_greeted and all(service.is_ready for service in self._services):
            self._has_greeted = True
            width = max(len(service.title) for service in self._services)
            lines = [f"  {service.title.ljust(width)}  {service.address}" for service in self._services]
            self._say("\n".join(["Pilothouse is ready.", *lines, "Stop it with Ctrl-C."]))
        return 0

    def _tend(self, service: Service, now: float) -> int | None:
        if service.process is None:
            if now >= service.due:
                service.start(now)
            return None
        code = service.exit_code()
        if code is not None:
            if code == WRONG_USAGE and not self._has_greeted:
                return code
            self._restart_later(service, now, f"stopped with exit code {code}")
        elif service.check(now) and self._has_greeted:
            self._say(f"The {service.title} is up again.")
        elif now - service.well > SICK_S:
            self._restart_later(service, now, f"did not answer for {SICK_S:.0f} seconds")
        return None

    def _restart_later(self, service: Service, now: float, problem: str) -> None:
        if now - service.started > STABLE_S:
            service.pause = 1.0
        service.kill()
        self._say(f"The {service.title} {problem}; it starts again in {service.pause:.0f} s. Its log: {service.log}")
        service.is_ready = False
        service.due = now + service.pause
        service.pause = min(2 * service.pause, LONGEST_PAUSE_S)

    def _end_all(self) -> None:
        for service in self._services:
            service.ask_to_stop()
        deadline = time.monotonic() + STOP_S
        while self._stops < 2 and time.monotonic() < deadline and self._is_any_alive():
            time.sleep(POLL_S)
        for service in self._services:
            service.kill()

    def _is_any_alive(self) -> bool:
        return any(service.process is not None and service.exit_code() is None for service in self._services)


def up(settings: Settings) -> int:
    """Run the whole installation until Ctrl-C or SIGTERM, and return the exit code.

    The stores are prepared in a process of their own: what that takes of memory goes back with it.

    Raises:
        UnsafeBinding: an address is open to other machines while nobody has to sign in.
        PortTaken: a port is in use.
        InvalidSetting: both ports are the same.
        StoreUnavailable: the stores cannot be prepared.
    """
    from core.bootstrap import build, prepare

    check_ports(settings)
    _apart(partial(prepare, settings))
    platform = build(settings)

    def is_beating(pid: int) -> bool:
        alive = platform.queue.alive(platform.clock.now())
        return any((beat.pid, beat.host) == (pid, this_host()) for beat in alive)

    supervisor = Supervisor(services(settings, is_beating), say)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stopper(supervisor))
    say("Starting interface, worker and scoring API ...")
    try:
        return supervisor.run()
    finally:
        platform.close()


def _apart(work: Callable[[], None]) -> None:
    """Do something in a forked process and raise here what it raises there."""
    here, there = get_context("fork").Pipe(duplex=False)
    child = get_context("fork").Process(target=_report, args=(work, there))
    child.start()
    there.close()
    try:
        error = here.recv()
    except EOFError:
        child.join()
        error = Unavailable(problem=f"Preparing the stores ended with exit code {child.exitcode}. Start again.")
    child.join()
    if error is not None:
        raise error


def _report(work: Callable[[], None], told: Connection) -> None:
    try:
        work()
    except BaseException as error:  # noqa: BLE001
        told.send(error)
    else:
        told.send(None)


def services(settings: Settings, is_beating: Callable[[int], bool]) -> list[Service]:
    """Return the three services of an installation."""

    def service(name: str, title: str, address: str, is_well: Callable[[int], bool]) -> Service:
        command = [sys.executable, "-m", "core.cli.main", name, "--home", str(settings.home)]
        return Service(name, title, address, command, settings.logs / f"{name}.log", is_well)

    ui, api = (settings.ui_host, settings.ui_port), (settings.api_host, settings.api_port)
    jobs = f"{settings.job_slots} job{'s' if settings.job_slots > 1 else ''} at once"
    shown = settings.ui_public_host or ui[0]
    return [
        service("ui", "interface", url(shown, ui[1]), lambda _: _answers(*ui, "/healthz")),
        service("api", "scoring API", url(*api), lambda _: _answers(*api, "/readyz")),
        service("worker", "worker", f"{jobs}, log in {settings.logs / 'worker.log'}", is_beating),
    ]


def check_ports(settings: Settings) -> None:
    """Refuse addresses that cannot be listened on, before anything is started.

    Raises:
        UnsafeBinding: an address is open to other machines while nobody has to sign in.
        PortTaken: a port is in use.
        InvalidSetting: both ports are the same, or the host is not one of this machine.
    """
    if settings.ui_port == settings.api_port:
        raise InvalidSetting(name="PILOTHOUSE_API_PORT", problem="the browser interface uses the same port")
    for what, prefix in (("the browser interface", "UI"), ("the scoring API", "API")):
        host, port = (getattr(settings, f"{prefix.lower()}_{part}") for part in ("host", "port"))
        settings.check_binding(what[0].upper() + what[1:], host)
        _check_port(what, prefix, host, port)


def url(host: str, port: int) -> str:
    """Return the address a browser can use."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _check_port(what: str, prefix: str, host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise InvalidSetting(name=f"PILOTHOUSE_{prefix}_HOST", problem=f"{host!r} has no address ({error})") from error
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise PortTaken(port=port, what=what, host=host, setting=f"PILOTHOUSE_{prefix}_PORT") from error


def _answers(host: str, port: int, path: str) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(reachable, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    finally:
        connection.close()


def _die_with(parent: int) -> Callable[[], None]:
    """Return what a child does first, so that it never outlives a supervisor that was killed."""

    def prepare() -> None:
        if sys.platform == "linux":
            LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def _stopper(supervisor: Supervisor) -> Callable[[int, FrameType | None], None]:
    def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
        supervisor.stop()

    return stop
