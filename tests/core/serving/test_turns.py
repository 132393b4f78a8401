import asyncio
import time
from pathlib import Path

import pytest

from core.errors import InvalidRequest, Unavailable
from core.records.prediction import Answer
from core.serving.predictor import Predictor
from core.serving.routing import Arm
from core.serving.turns import Turns
from core.serving_errors import Overloaded
from core.settings import Settings
from tests.bundles import RECORD, stored
from tests.core.serving.served import House, house


@pytest.fixture
def made(tmp_path: Path) -> House:
    made = house(Settings(home=tmp_path))
    for name in ("churn", "bikes"):
        made.add_project(name)
    return made


def arm(made: House, name: str, version: int, *, flipped: bool = False) -> Arm:
    packed = stored(made.blobs, flipped=flipped)
    return Arm(name, Predictor.load(made.blobs, packed.sha256, version))


def asked(turns: Turns, to: Arm, given: str, **changes: object) -> "asyncio.Future[Answer]":
    return asyncio.ensure_future(turns.answer(to, {**RECORD, **changes}, given, "ann", time.perf_counter()))


def test_requests_of_one_tick_are_answered_by_one_call_and_one_write_and_each_gets_its_own(
    made: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = arm(made, "churn", 1)
    monkeypatch.setattr(served.predictor, "row_s", 1e-5)
    writes: list[int] = []
    append = made.log.append
    monkeypatch.setattr(made.log, "append", lambda project, rows: (writes.append(len(rows)), append(project, rows)))

    async def main() -> list[Answer]:
        turns = Turns(made.serving, 64)
        tenures = {"a": 3, "b": 50, "c": 3}
        return await asyncio.gather(*(asked(turns, served, name, tenure=tenure) for name, tenure in tenures.items()))

    answers = asyncio.run(main())
    assert [(one.prediction_id, one.prediction) for one in answers] == [("a", "Yes"), ("b", "No"), ("c", "Yes")]
    assert writes == [3]
    assert [one.prediction_id for one in made.log.read("churn")[-3:]] == ["a", "b", "c"]


def test_versions_are_not_mixed_in_one_call(made: House) -> None:
    first, second = arm(made, "churn", 1), arm(made, "churn", 2, flipped=True)

    async def main() -> list[Answer]:
        turns = Turns(made.serving, 64)
        return await asyncio.gather(asked(turns, first, "x"), asked(turns, second, "y"), asked(turns, first, "z"))

    found = [(one.prediction_id, one.model_version, one.prediction) for one in asyncio.run(main())]
    assert found == [("x", 1, "Yes"), ("y", 2, "No"), ("z", 1, "Yes")]


def test_a_record_without_an_answer_does_not_take_the_others_along(
    made: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = stored(made.blobs, estimator="random_forest", params={"n_estimators": 5})
    served = Arm("churn", Predictor.load(made.blobs, packed.sha256, 3))
    monkeypatch.setattr(served.predictor, "row_s", 1e-5)

    async def main() -> list[Answer | BaseException]:
        turns = Turns(made.serving, 64)
        waiting = [asked(turns, served, "good"), asked(turns, served, "bad", **{"monthly charges": 1e300})]
        return await asyncio.gather(*waiting, return_exceptions=True)

    good, bad = asyncio.run(main())
    assert isinstance(good, Answer)
    assert isinstance(bad, InvalidRequest)
    assert "too large" in bad.message


def test_nobody_is_answered_when_the_log_does_not_take_it(made: House, monkeypatch: pytest.MonkeyPatch) -> None:
    served = arm(made, "churn", 1)

    def full(project: str, rows: object) -> None:
        raise Unavailable(problem="the disk is full")

    monkeypatch.setattr(made.log, "append", full)

    async def main() -> list[Answer | BaseException]:
        turns = Turns(made.serving, 64)
        return await asyncio.gather(*(asked(turns, served, name) for name in "ab"), return_exceptions=True)

    assert [type(one) for one in asyncio.run(main())] == [Unavailable, Unavailable]


def test_a_full_queue_refuses_at_once_and_only_its_own_project(made: House) -> None:
    busy, calm = arm(made, "churn", 1), arm(made, "bikes", 1)

    async def main() -> list[Answer | BaseException]:
        turns = Turns(made.serving, 2)
        waiting = [asked(turns, busy, str(number)) for number in range(3)]
        waiting.append(asked(turns, calm, "calm"))
        await asyncio.sleep(0)
        assert turns.waiting() == {"churn": 2, "bikes": 1}
        return await asyncio.gather(*waiting, return_exceptions=True)

    found = asyncio.run(main())
    assert [type(one) for one in found] == [Answer, Answer, Overloaded, Answer]


def test_projects_take_turns(made: House, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, calm = arm(made, "churn", 1), arm(made, "bikes", 1)
    order: list[str] = []
    for served in (busy, calm):
        monkeypatch.setattr(served.predictor, "row_s", 1.0)  # one record a call

    async def answer(turns: Turns, to: Arm) -> None:
        await turns.answer(to, RECORD, None, "ann", time.perf_counter())
        order.append(to.project)

    async def main() -> None:
        turns = Turns(made.serving, 64)
        await asyncio.gather(*(answer(turns, busy) for _ in range(10)), answer(turns, calm))

    asyncio.run(main())
    assert order.index("bikes") == 1
