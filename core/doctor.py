"""What is wrong with an installation or its surroundings, part by part, with what to do about it."""

import http.client
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version

from core.errors import AppError, InvalidSetting, UnsafeBinding
from core.platform import Platform
from core.records.integrity import Symptom
from core.settings import Settings

LEAST_FREE = 1_000_000_000
LEAST_SHARE = 0.05
LIBRARIES = ("pilothouse", "mlflow", "scikit-learn", "streamlit", "sqlalchemy", "pyarrow", "skops")
HEALTH = {"interface": "/healthz", "scoring API": "/livez"}
Check = Callable[[Platform], Iterator[Symptom]]


def examine(settings: Settings, build: Callable[[Settings], Platform]) -> list[Symptom]:
    """Look at everything; nothing is changed, and a part that cannot be looked at is a symptom, not an error."""
    found = [*_versions(), *_home(settings), *_disk(settings), *_ports(settings)]
    try:
        platform = build(settings)
    except AppError as error:
        return [*found, Symptom(part="database", state="fail", found=error.message)]
    try:
        for part, check in (("database", _database), ("mlflow", _tracking), ("blobs", _blobs), ("worker", _worker)):
            found += _guarded(part, check, platform)
    finally:
        platform.close()
    return found


def _guarded(part: str, check: Check, platform: Platform) -> list[Symptom]:
    try:
        return list(check(platform))
    except AppError as error:
        return [Symptom(part=part, state="fail", found=error.message)]


def _versions() -> Iterator[Symptom]:
    python = ".".join(map(str, sys.version_info[:3]))
    known = (3, 11) <= sys.version_info[:2] <= (3, 13)
    said = ", ".join([f"Python {python}", *(f"{name} {version(name)}" for name in LIBRARIES)])
    advice = "" if known else "Use Python 3.11 to 3.13 (`PYTHON=python3.12 make env`)."
    yield Symptom(part="versions", state="ok" if known else "warn", found=said, advice=advice)


def _home(settings: Settings) -> Iterator[Symptom]:
    home = settings.home
    if not home.exists():
        yield Symptom(part="home", state="fail", found=f"{home} does not exist", advice="`make run` creates it.")
        return
    blocked = [str(path) for path in (home, *sorted(home.iterdir())) if not os.access(path, os.R_OK | os.W_OK)]
    if blocked:
        advice = "Give them to the user that runs Pilothouse (`chown -R`)."
        yield Symptom(
            part="home", state="fail", found=f"not readable and writable: {', '.join(blocked[:5])}", advice=advice
        )
        return
    if home.stat().st_mode & 0o007:
        advice = f"`chmod o-rwx {home}`: it holds data and the hashes of passwords."
        yield Symptom(part="home", state="warn", found=f"{home} is open to every user of this machine", advice=advice)
        return
    yield Symptom(part="home", state="ok", found=f"{home} is readable and writable")


def _disk(settings: Settings) -> Iterator[Symptom]:
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    usage = shutil.disk_usage(place)
    said = f"{usage.free / 1e9:,.1f} of {usage.total / 1e9:,.1f} GB are free"
    is_low = usage.free < LEAST_FREE or usage.free < LEAST_SHARE * usage.total
    advice = "Free some: `pilothouse gc`, old backups, or a larger disk."
    yield Symptom(part="disk", state="warn" if is_low else "ok", found=said, advice=advice if is_low else "")


def _ports(settings: Settings) -> Iterator[Symptom]:
    for what, prefix in (("interface", "ui"), ("scoring API", "api")):
        host, port = getattr(settings, f"{prefix}_host"), getattr(settings, f"{prefix}_port")
        try:
            settings.check_binding(f"The {what}", host)
        except (UnsafeBinding, InvalidSetting) as error:
            yield Symptom(part="ports", state="fail", found=error.message)
            continue
        yield _port(what, prefix.upper(), host, port)


def _port(what: str, prefix: str, host: str, port: int) -> Symptom:
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        with socket.create_connection((near, port), timeout=2):
            pass
    except OSError:
        return Symptom(
            part="ports", state="warn", found=f"the {what} is not running on {near}:{port}", advice="`make run`"
        )
    connection = http.client.HTTPConnection(near, port, timeout=5)
    try:
        connection.request("GET", HEALTH[what])
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        connection.close()
    if status == http.HTTPStatus.OK:
        return Symptom(part="ports", state="ok", found=f"the {what} answers on {near}:{port}")
    advice = f"Stop what listens there, or set PILOTHOUSE_{prefix}_PORT."
    return Symptom(part="ports", state="fail", found=f"something else answers on {near}:{port}", advice=advice)


def _database(platform: Platform) -> Iterator[Symptom]:
    problems = platform.store.check()
    if problems:
        advice = "Stop Pilothouse and restore a backup."
        yield Symptom(part="database", state="fail", found="; ".join(problems[:3]), advice=advice)
        return
    yield Symptom(part="database", state="ok", found=f"sound, with {len(platform.projects.all())} projects")


def _tracking(platform: Platform) -> Iterator[Symptom]:
    count = sum(len(platform.tracking.versions(project.name)) for project in platform.projects.all())
    yield Symptom(part="mlflow", state="ok", found=f"answers, with {count} model versions")


def _blobs(platform: Platform) -> Iterator[Symptom]:
    faults = platform.integrity.faults()
    set_aside = len(list(platform.blobs.quarantined()))
    if faults or set_aside:
        count = max(len(faults), set_aside)
        advice = "`pilothouse fsck --repair` makes again what can be."
        yield Symptom(part="blobs", state="fail", found=f"{count} are damaged or missing", advice=advice)
        return
    yield Symptom(
        part="blobs", state="ok", found=f"{sum(1 for _ in platform.blobs.names()):,}, none known to be damaged"
    )


def _worker(platform: Platform) -> Iterator[Symptom]:
    alive = platform.queue.alive(platform.clock.now())
    if not alive:
        advice = "Jobs and schedules wait: `make run`, or `pilothouse worker`."
        yield Symptom(part="worker", state="warn", found="none gave a sign of life lately", advice=advice)
        return
    leader = "one keeps the schedules" if any(beat.leader for beat in alive) else "none keeps the schedules yet"
    yield Symptom(part="worker", state="ok", found=f"{len(alive)} alive, {leader}")
