import time

from core.monitoring.alerts.watch import REST_S, AlertWatch
from tests.builders import FakeClock


class Watched:
    """Counts looks, and has a revision that tests set."""

    def __init__(self) -> None:
        self.looks = 0
        self.number = 0
        self.is_broken = False

    def evaluate(self, project: str | None = None) -> None:
        self.looks += 1
        if self.is_broken:
            raise RuntimeError("broken")

    def revision(self) -> int:
        return self.number


def test_it_looks_when_something_was_written_and_regularly() -> None:
    watched, clock = Watched(), FakeClock()
    watch = AlertWatch(watched, watched, clock)
    watch.turn()
    watch.turn()
    assert watched.looks == 1
    watched.number = 1
    watch.turn()
    assert watched.looks == 2
    clock.advance(REST_S)
    watch.turn()
    assert watched.looks == 3
    clock.advance(-3600)
    watch.turn()
    assert watched.looks == 4


def test_a_look_that_fails_is_followed_by_another() -> None:
    watched, clock = Watched(), FakeClock()
    watched.is_broken = True
    watch = AlertWatch(watched, watched, clock)
    watch.turn()
    watched.is_broken = False
    watched.number = 1
    watch.turn()
    assert watched.looks == 2


def test_it_looks_in_a_thread_between_start_and_stop() -> None:
    watched = Watched()
    watch = AlertWatch(watched, watched, FakeClock())
    watch.start()
    watch.start()
    for _ in range(100):
        if watched.looks:
            break
        time.sleep(0.05)
    watch.stop()
    watch.stop()
    assert watched.looks == 1
