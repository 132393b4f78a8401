"""What the children of these tests run; each is an entry "tests.core.jobs.entries:NAME" of a LocalEngine."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def answer_nothing(job_id: str, token: int, home: Path) -> None:
    sys.stdout.write(f"job {job_id} under token {token}\n")


def leave_with_7(job_id: str, token: int, home: Path) -> None:
    os._exit(7)


def crash(job_id: str, token: int, home: Path) -> None:
    ctypes.string_at(0)


def sleep(job_id: str, token: int, home: Path) -> None:
    _tell(home / "started", f"{os.getpid()}")
    time.sleep(600)


def be_stubborn(job_id: str, token: int, home: Path) -> None:
    """Ignore SIGTERM, with a grandchild in the group and another that left it."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    inside = subprocess.Popen([sys.executable, "-c", code])
    outside = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    _tell(home / "pids", f"{os.getpid()} {inside.pid} {outside.pid}")
    time.sleep(600)


def hold_memory(job_id: str, token: int, home: Path) -> None:
    held = bytearray(400 * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    time.sleep(600)


def ask_for_too_much(job_id: str, token: int, home: Path) -> None:
    try:
        bytearray(64 * 2**30)
    except MemoryError:
        (home / "refused").touch()


def leave_a_grandchild(job_id: str, token: int, home: Path) -> None:
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    (home / "pids").write_text(str(left.pid))


def write_everywhere(job_id: str, token: int, home: Path) -> None:
    sys.stdout.write("printed\n")
    sys.stderr.write("complained\n")
    sys.stdout.flush()
    subprocess.run([sys.executable, "-c", "print('from a grandchild')"], check=True)


def _tell(file: Path, text: str) -> None:
    """Write a file that is whole as soon as it is there."""
    part = file.with_suffix(".part")
    part.write_text(text)
    part.rename(file)
