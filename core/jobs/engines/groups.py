"""Process groups: who is in one, what it holds, how it ends."""

import contextlib
import os
import signal
import socket
from pathlib import Path

import psutil

from core.records.job import Process

FIRST_PID_NAMESPACE = 0xEFFFFFFC
"""What Linux numbers the process namespace that is not a container's."""

SAME_START_S = 2.0
"""Two readings of one process's start time differ by less."""


def this_host() -> str:
    """Name the place where a process number means something: the host, and the container's namespace if in one."""
    namespace = Path("/proc/self/ns/pid")
    inode = namespace.stat().st_ino if namespace.exists() else FIRST_PID_NAMESPACE
    name = socket.gethostname()
    return name if inode == FIRST_PID_NAMESPACE else f"{name}/{inode}"


def describe(pid: int) -> Process | None:
    """Return the record of the group that ``pid`` leads, or None when it is gone."""
    started = _started(pid)
    return None if started is None else Process(host=this_host(), pgid=pid, started=started)


def is_running(pid: int) -> bool:
    """Tell whether some process has the number ``pid``, one that only waits to be reaped not counted."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def members(pgid: int) -> list[psutil.Process]:
    """Return the living among the leader, its group and its descendants; the leader may not have made its group yet."""
    found = {pid for pid in psutil.pids() if pid == pgid or _group_of(pid) == pgid}
    with contextlib.suppress(psutil.Error):
        found |= {child.pid for child in psutil.Process(pgid).children(recursive=True)}
    alive = []
    for pid in found:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
    return alive


def end(pgid: int, spare: int | None = None) -> None:
    """Kill every member, those that are born meanwhile included; ``spare`` is left alone."""
    while victims := [process for process in members(pgid) if process.pid != spare]:
        for victim in victims:
            with contextlib.suppress(psutil.Error):
                victim.kill()
        psutil.wait_procs(victims, timeout=0.2)


def ask_to_end(pgid: int) -> None:
    """Send SIGTERM to the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pgid, signal.SIGTERM)


def end_leftover(process: Process) -> None:
    """Kill what is left of a group recorded earlier; a group whose leader's number was reused is left alone."""
    if process.host != this_host():
        return
    leader_started = _started(process.pgid)
    if leader_started is None or abs(leader_started - process.started) < SAME_START_S:
        end(process.pgid)


def memory_mb(pgid: int) -> float:
    """Return the resident memory of a job's group beyond what its leader, an idle copy of the start, holds.

    Pages that several processes of a job share count once: a copy of a process holds hardly anything of its own.
    """
    found = members(pgid)
    held = _resident if len(found) <= 2 else _proportional
    total = 0
    for process in found:
        with contextlib.suppress(psutil.Error):
            memory = held(process)
            total += -memory if process.pid == pgid else memory
    return max(total, 0) / 2**20


def _resident(process: psutil.Process) -> int:
    return int(process.memory_info().rss)


def _proportional(process: psutil.Process) -> int:
    """Return the resident memory with a part of each shared page, where the system tells."""
    found = process.memory_full_info()
    return int(getattr(found, "pss", found.rss))


def cpu_s(pgid: int) -> float:
    """Return the processor seconds used by a job's living processes and by those they have waited for."""
    total = 0.0
    for process in members(pgid):
        with contextlib.suppress(psutil.Error):
            used = process.cpu_times()
            total += used.user + used.system
            total += 0.0 if process.pid == pgid else used.children_user + used.children_system
    return total


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def _started(pid: int) -> float | None:
    """Return when a process started, in seconds since boot, which setting the clock does not change."""
    booted = psutil.boot_time()
    try:
        return float(psutil.Process(pid).create_time() - booted)
    except psutil.Error:
        return None
