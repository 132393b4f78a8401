"""What other processes do in these tests."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from core.errors import AppError
from storage.blobs import FileBlobs
from storage.database import migrate, open_store
from storage.segments import SegmentLog
from tests.builders import project
from tests.conformance.test_prediction_log import answer

SMALL = 1 << 20


def in_a_process(actor: Callable[..., None], *arguments: Any) -> int | None:
    """Run ``actor`` in a process of its own; return its exit code, negative when a signal ended it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "alembic.command"])
    process = context.Process(target=actor, args=arguments)
    process.start()
    process.join()
    code = process.exitcode
    process.close()
    return code


def migrate_and_die(url: str, home: Path, scripts: Path, at: int) -> None:
    """Migrate, and be killed before the statement number ``at``."""
    statements = 0

    @event.listens_for(Engine, "before_cursor_execute")
    def _count(*_: object) -> None:
        nonlocal statements
        statements += 1
        if statements == at:
            os.kill(os.getpid(), signal.SIGKILL)

    migrate(url, home, scripts=scripts)


def migrate_here(_number: int, url: str, home: Path) -> None:
    migrate(url, home)


def append_answers(number: int, root: Path, times: int) -> None:
    log = SegmentLog(root)
    for turn in range(times):
        log.append("churn", [answer(f"{number}-{turn}-{part}") for part in range(3)])


def put_on_a_full_disk(root: Path) -> None:
    _limit()
    _expect("could not be stored", lambda: FileBlobs(root).put_bytes(b"x" * 2 * SMALL))
    FileBlobs(root).put_bytes(b"small")


def append_on_a_full_disk(root: Path) -> None:
    _limit()
    log = SegmentLog(root)
    kept = 0

    def fill() -> None:
        nonlocal kept
        while True:
            log.append("churn", [answer(str(kept), features={"text": "x" * 10_000})])
            kept += 1

    _expect("could not be logged", fill)
    (root / "kept").write_text(str(kept))


def write_on_a_full_disk(url: str) -> None:
    _limit()
    store = open_store(url)

    def fill() -> None:
        number = 0
        while True:
            with store.write() as work:
                work.projects.add(project(name=f"p{number}", description="x" * 100_000))
                work.commit()
            number += 1

    _expect("cannot be used", fill)
    with store.read() as work:
        assert work.projects.all()
    store.close()


def _limit() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))


def _expect(words: str, step: Callable[[], object]) -> None:
    try:
        step()
    except AppError as error:
        assert words in error.message, error.message  # noqa: PT017
    else:
        raise AssertionError("nothing was refused")
