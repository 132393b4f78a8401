"""The tick: it looks, survives errors, and stops when told."""

import logging
import threading

from core.retraining.scheduler import Scheduler
from tests.builders import START, FakeClock


class Counting:
    """Fires nothing; says when it was asked three times."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = []
        self.thrice = threading.Event()
        self._error = error

    def fire_due(self, now):
        self.asked.append(now)
        if len(self.asked) >= 3:
            self.thrice.set()
        if self._error:
            raise self._error
        return 1


def test_it_asks_again_and_again_what_is_due_until_it_is_stopped(caplog):
    caplog.set_level(logging.INFO, "core.retraining.scheduler")
    counting = Counting()
    scheduler = Scheduler((counting.fire_due,), FakeClock(), tick_s=0.02)
    scheduler.start()
    assert counting.thrice.wait(30)
    scheduler.stop()
    asked = len(counting.asked)
    assert set(counting.asked) == {START}
    assert not threading.Event().wait(0.1)
    assert len(counting.asked) == asked
    assert "1 job(s) queued by themselves" in caplog.text


def test_an_error_is_logged_and_the_next_tick_comes(caplog):
    caplog.set_level(logging.ERROR, "core.retraining.scheduler")
    counting = Counting(RuntimeError("the disk is full"))
    scheduler = Scheduler((counting.fire_due,), FakeClock(), tick_s=0.02)
    scheduler.start()
    assert counting.thrice.wait(30)
    scheduler.stop()
    assert "the disk is full" in caplog.text


def test_starting_twice_ticks_once_and_a_stopped_one_can_start_again():
    counting = Counting()
    scheduler = Scheduler((counting.fire_due,), FakeClock(), tick_s=0.02)
    before = threading.active_count()
    scheduler.start()
    scheduler.start()
    assert threading.active_count() <= before + 2
    scheduler.stop()
    scheduler.stop()
    counting.thrice.clear()
    scheduler.start()
    assert counting.thrice.wait(30)
    scheduler.stop()
    assert threading.active_count() == before
