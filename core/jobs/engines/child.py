"""The inside of a job's process: a guard that leads the group, and under it the job itself.

The guard computes nothing. It ends the whole group when the worker is gone, even while the job is deep in native
code, and ends the job's leftovers when the job is over. The job's exit becomes the guard's exit.
"""

import ctypes
import faulthandler
import logging
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from multiprocessing import connection
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil

from core.jobs.engines import groups

logger = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def guard(entry: str, arguments: tuple[object, ...], log: Path, title: str, memory_mb: int) -> NoReturn:
    """Run ``entry`` ("module:function") in a process group of its own, with its output in ``log``, and leave."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, _end_all)
    _prctl(PR_SET_PDEATHSIG, signal.SIGHUP)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    _write_to(log, title)
    pid = os.fork()
    if pid == 0:
        _run(entry, arguments, memory_mb)
    _watch(pid)


def _watch(pid: int) -> NoReturn:
    parent = multiprocessing.parent_process()
    worker_gone = parent.sentinel if parent else -1
    job_over = os.pidfd_open(pid)
    if worker_gone in connection.wait([worker_gone, job_over]):
        _end_all()
    _, status = os.waitpid(pid, 0)
    groups.end(os.getpid(), spare=os.getpid())
    _leave_like(os.waitstatus_to_exitcode(status))


def _end_all(signum: int = 0, frame: FrameType | None = None) -> NoReturn:  # noqa: ARG001
    groups.end(os.getpid(), spare=os.getpid())
    os._exit(128 + signal.SIGHUP)


def _leave_like(code: int) -> NoReturn:
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _run(entry: str, arguments: tuple[object, ...], memory_mb: int) -> NoReturn:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _limit(memory_mb)
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    code = 1
    try:
        code = _call(entry, arguments)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _call(entry: str, arguments: tuple[object, ...]) -> int:
    module, _, name = entry.partition(":")
    try:
        function: Callable[..., None] = getattr(import_module(module), name)
        function(*arguments)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        logger.exception("The job's process ends without an answer.")
        return 1
    return 0


def _stop(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    raise SystemExit(128 + signum)


def _write_to(log: Path, title: str) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(file, f"--- {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC · {title}\n".encode())
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def _limit(memory_mb: int) -> None:
    # Address space is a coarse stop for one huge allocation; the worker watches what the group really holds.
    virtual = psutil.Process().memory_info().vms
    most = virtual + (memory_mb + max(1024, memory_mb // 2)) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, int(value), 0, 0, 0)
