"""A computation in a copy of this process, so that two cores are used where Python uses one."""

import contextlib
import ctypes
import gc
import logging
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Generic, NoReturn, Self, TypeVar

T = TypeVar("T")

PR_SET_PDEATHSIG = 1

logger = logging.getLogger(__name__)


class Beside(Generic[T]):
    """``work`` being done by a fork of this process, which shares its memory and needs nothing sent to it.

    The copy must neither use a database nor a thread of the original: neither survives a fork. It belongs to the group
    of the job, dies with the thread that made it, and computes on one thread. Leaving the ``with`` block ends it.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        """Begin at once."""
        self._line, theirs = multiprocessing.Pipe(duplex=False)
        with warnings.catch_warnings():
            # Python 3.12 warns of any thread; those there are at this moment wait for work.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            _answer(theirs, work)
        theirs.close()

    def result(self) -> T:
        """Wait for what ``work`` returns; what it raises is raised here.

        Raises:
            MemoryError: the copy was killed, which the system does when memory runs out.
        """
        try:
            is_done, found = self._line.recv()
        except (EOFError, OSError) as error:
            raise MemoryError("the process beside this one ended without an answer") from error
        if not is_done:
            raise found
        answer: T = found
        return answer

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the copy, wherever it is."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._line.close()


def _answer(line: Connection, work: Callable[[], object]) -> NoReturn:
    """Do ``work`` in the copy, tell the outcome, and leave without closing what belongs to the original."""
    try:
        gc.disable()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        line.send(_outcome(work))
    except BaseException:
        logger.exception("The process beside a training could not tell what it found.")
    finally:
        os._exit(0)


def _outcome(work: Callable[[], object]) -> tuple[bool, object]:
    from threadpoolctl import threadpool_limits

    try:
        with threadpool_limits(limits=1):
            return True, work()
    except Exception as error:  # noqa: BLE001 - it is raised by who waits for the result
        return False, error
