"""A computation in a copy of this process."""

import os
import signal
import time
from typing import NoReturn

import numpy as np
import pytest

from core.errors import UnsafeModel
from core.jobs.engines import groups
from core.training.beside import Beside


def test_the_copy_sees_this_memory_and_answers() -> None:
    rows = np.arange(1_000_000)
    with Beside(lambda: (int(rows.sum()), os.getpid())) as beside:
        total, pid = beside.result()
    assert total == 499_999_500_000
    assert pid != os.getpid()
    assert not groups.is_running(pid)


def test_what_it_raises_is_raised_here() -> None:
    def refuse() -> NoReturn:
        raise UnsafeModel(problem="it holds types that are not trusted: os.system.")

    with Beside(refuse) as beside, pytest.raises(UnsafeModel, match=r"os\.system"):
        beside.result()


def test_a_copy_that_is_killed_is_told_as_want_of_memory() -> None:
    with Beside(lambda: os.kill(os.getpid(), signal.SIGKILL)) as beside, pytest.raises(MemoryError):
        beside.result()


def test_leaving_ends_it_wherever_it_is() -> None:
    begun = time.monotonic()
    with Beside(lambda: time.sleep(60)) as beside:
        pid = beside.pid
        assert groups.is_running(pid)
    assert time.monotonic() - begun < 10
    assert not groups.is_running(pid)
