import asyncio
import threading
import time

import pytest

from core.serving.lanes import Lane, Lanes
from core.serving_errors import AnswerTooSlow, Overloaded


def test_work_is_done_in_a_thread_of_the_lane_and_its_result_returned() -> None:
    async def main() -> tuple[str, str]:
        lane = Lane("churn", 64, 10.0)
        first = await lane.run(lambda: threading.current_thread().name)
        second = await lane.run(lambda: threading.current_thread().name)
        lane.close()
        return first, second

    assert asyncio.run(main()) == ("lane churn", "lane churn")


def test_an_error_is_raised_where_the_caller_waits_and_the_lane_goes_on() -> None:
    async def main() -> int:
        lane = Lane("churn", 64, 10.0)
        with pytest.raises(ZeroDivisionError):
            await lane.run(lambda: 1 // 0)
        found = await lane.run(lambda: 7)
        assert lane.inside == 0
        lane.close()
        return found

    assert asyncio.run(main()) == 7


def test_a_full_lane_turns_the_next_away_within_fifty_milliseconds() -> None:
    async def main() -> float:
        lane, gate = Lane("churn", 3, 10.0), threading.Event()
        waiting = [asyncio.ensure_future(lane.run(gate.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        begun = time.perf_counter()
        with pytest.raises(Overloaded, match="3 requests are waiting"):
            await lane.run(lambda: None)
        took = time.perf_counter() - begun
        gate.set()
        assert await asyncio.gather(*waiting) == [True, True, True]
        assert await lane.run(lambda: "again") == "again"
        lane.close()
        return took

    assert asyncio.run(main()) < 0.05


def test_who_waits_too_long_is_told_and_what_was_not_begun_is_not_done() -> None:
    done: list[str] = []

    async def main() -> None:
        lane, gate = Lane("churn", 64, 0.1), threading.Event()
        stuck = asyncio.ensure_future(lane.run(gate.wait))
        behind = asyncio.ensure_future(lane.run(lambda: done.append("behind")))
        for waiting in (stuck, behind):
            with pytest.raises(AnswerTooSlow):
                await waiting
        assert lane.inside == 2
        gate.set()
        await lane.run(lambda: done.append("after"))
        assert lane.inside == 0
        lane.close()

    asyncio.run(main())
    assert done == ["after"]


def test_a_stuck_project_does_not_slow_another() -> None:
    async def main() -> str:
        made, gate = Lanes(64, 10.0), threading.Event()
        stuck = asyncio.ensure_future(made.of("stuck", is_served=True).run(gate.wait))
        found = await made.of("churn", is_served=True).run(lambda: "answered")
        assert made.waiting() == {"stuck": 1, "churn": 0}
        gate.set()
        await stuck
        made.close()
        return found

    assert asyncio.run(main()) == "answered"


def test_projects_that_are_not_served_share_a_lane() -> None:
    made = Lanes(64, 10.0)
    assert made.of("a", is_served=False) is made.of("b", is_served=False)
    assert made.of("a", is_served=True) is made.of("a", is_served=True)
    assert made.of("a", is_served=True) is not made.of("b", is_served=True)
