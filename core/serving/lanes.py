"""Where longer answers are computed: one lane a project, so that a slow or stuck model keeps only its own waiting."""

import asyncio
import math
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import TypeVar

from core.serving_errors import AnswerTooSlow, Overloaded

T = TypeVar("T")

Task = tuple[Callable[[], object], "asyncio.Future[object]"]


class Lane:
    """A thread that does one thing after the other, for callers on one event loop; made at its first use."""

    def __init__(self, name: str, places: int, seconds: float) -> None:
        """``places`` is how many may be inside, waiting ones included; each at most for ``seconds``."""
        self._name = name
        self._places = places
        self._seconds = seconds
        self._inside = 0
        self._queue: SimpleQueue[Task | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    @property
    def inside(self) -> int:
        """How many requests are inside at this moment."""
        return self._inside

    async def run(self, work: Callable[[], T]) -> T:
        """Do ``work`` in the lane's thread and return what it returns, or raise what it raises.

        Raises:
            Overloaded: all places are taken.
            AnswerTooSlow: it took too long; what was not begun will not be.
        """
        if self._inside >= self._places:
            raise Overloaded(waiting=self._inside)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        self._inside += 1
        self._queue.put((work, future))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, args=(loop,), name=f"lane {self._name}", daemon=True)
            self._thread.start()
        timer = loop.call_later(self._seconds, self._give_up, future)
        try:
            return await future  # type: ignore[return-value]  # the future is of this work
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the thread once what waits is done."""
        self._queue.put(None)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while (task := self._queue.get()) is not None:
            work, future = task
            result: object = None
            failure: BaseException | None = None
            if not future.done():
                try:
                    result = work()
                except BaseException as error:  # noqa: BLE001 - it is raised where the caller waits
                    failure = error
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._done, future, result, failure)

    def _done(self, future: "asyncio.Future[object]", result: object, failure: BaseException | None) -> None:
        self._inside -= 1
        if future.done():
            return
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)

    def _give_up(self, future: "asyncio.Future[object]") -> None:
        if not future.done():
            future.set_exception(AnswerTooSlow(seconds=math.ceil(self._seconds)))


class Lanes:
    """The lanes of all projects; those that are not served share one, so that made-up names cost nothing."""

    def __init__(self, places: int, seconds: float) -> None:
        """Places and seconds are those of each lane."""
        self._places = places
        self._seconds = seconds
        self._lanes: dict[str, Lane] = {}
        self._shared = Lane("for what is not loaded", places, seconds)

    def of(self, project: str, *, is_served: bool) -> Lane:
        """Return the lane of a project."""
        if not is_served:
            return self._shared
        lane = self._lanes.get(project)
        if lane is None:
            lane = self._lanes[project] = Lane(project, self._places, self._seconds)
        return lane

    def waiting(self) -> dict[str, int]:
        """Return by project how many requests are inside."""
        return {project: lane.inside for project, lane in self._lanes.items()}

    def close(self) -> None:
        """End all threads."""
        for lane in (self._shared, *self._lanes.values()):
            lane.close()
