"""Processor time and memory of this very process."""

import time
from datetime import timedelta

from core.serving.usage import KEPT, Usage
from tests.builders import START


def test_what_was_used_belongs_to_the_minute_in_which_it_was_looked(monkeypatch):
    monkeypatch.setattr("core.serving.usage.SAMPLE_S", 0.0)
    usage = Usage()
    until = time.process_time() + 0.05
    while time.process_time() < until:
        sum(range(1_000))
    usage.take(START)
    assert 0.04 <= usage.cpu_s(START) < 5
    assert usage.memory_mb(START) > 10
    later = START + KEPT + timedelta(minutes=1)
    usage.take(later)
    assert (usage.cpu_s(START), usage.memory_mb(START)) == (0.0, 0.0), "minutes long past are let go"
    assert usage.memory_mb(later) > 10
