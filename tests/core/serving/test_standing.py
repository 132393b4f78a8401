"""What is said of a candidate beside the champion, and what rolls it back."""

from datetime import timedelta
from typing import Any

import pytest

from core.records.label import Label
from core.records.model import Alias
from core.records.prediction import LoggedPrediction
from core.records.traffic import Comparison, Finding, Guards, Measure, Traffic, TrafficEnd, TrafficMode
from core.serving.standing import LABELS_EVERY, StandingService
from core.serving.traffic import TrafficService
from storage.memory import MemoryBlobs, MemoryPredictionLog, MemoryStore
from storage.memory.tracking import MemoryTracking
from tests.builders import START, FakeClock, project
from tests.conformance.test_traffic import tally, traffic

LATER = timedelta(minutes=5)
FAST = (0, 100, *(0,) * 12)
SLOW = (0, 0, 0, 100, *(0,) * 10)


class House:
    """A project with a candidate, and what was answered as far as a test says so."""

    def __init__(self) -> None:
        self.clock, self.store = FakeClock(), MemoryStore()
        self.log, self.shadows = MemoryPredictionLog(), MemoryPredictionLog()
        self.traffic = TrafficService(self.store, MemoryBlobs(), MemoryTracking(), self.clock)
        self.service = StandingService(self.store, self.log, self.shadows, self.traffic)
        with self.store.write() as work:
            work.projects.add(project())
            work.deployments.open("churn", Alias.CHAMPION, 1, "run1", "a" * 64, "ann", "r", START)
            work.commit()

    def begin(self, **changes: Any) -> Traffic:
        with self.store.write() as work:
            opened = work.traffic.open(traffic(guards=Guards(), **changes))
            work.commit()
        self.clock.advance(LATER.total_seconds())
        return opened

    def tallied(self, cohort: str, requests: int, failed: int = 0, buckets: tuple[int, ...] = FAST) -> None:
        version = 1 if cohort == "champion" else 2
        made = tally(
            cohort=cohort, version=version, requests=requests, failed=failed, refused=0, rows=requests, buckets=buckets
        )
        with self.store.write() as work:
            work.tallies.put([made])
            work.commit()

    def answered(self, cohort: str, rights: int, wrongs: int, log: MemoryPredictionLog | None = None) -> None:
        """Log answers, and labels for all of them."""
        answers = ["Yes"] * rights + ["No"] * wrongs
        version = 1 if cohort == "champion" else 2
        logged = [
            LoggedPrediction(
                prediction_id=f"{cohort}-{at}" if log is None else f"champion-{at}",
                at=START + LATER,
                version=version,
                features={},
                prediction=answer,
                score=None,
                latency_ms=1.0,
                cohort=cohort,
            )
            for at, answer in enumerate(answers)
        ]
        (log or self.log).append("churn", logged)
        if log is None:
            labels = [
                Label(
                    project="churn",
                    prediction_id=one.prediction_id,
                    label="Yes",
                    observed_at=START,
                    received_at=START,
                    received_by="ann",
                )
                for one in logged
            ]
            with self.store.write() as work:
                work.labels.add("churn", labels)
                work.commit()

    def compared(self, measure: Measure, given: Traffic) -> Comparison:
        return next(one for one in self.service.of(given).comparisons if one.measure is measure)

    def last(self) -> Traffic:
        return self.traffic.history("churn")[0]


@pytest.fixture
def house() -> House:
    return House()


def test_a_canary_that_fails_is_rolled_back_once_and_the_reason_says_the_figures(house: House) -> None:
    house.begin()
    house.tallied("champion", 2000, 2)
    house.tallied("canary", 200, 60)
    assert house.service.watch(house.clock.now()) == 1
    assert house.service.watch(house.clock.now()) == 0
    ended = house.last()
    assert (ended.end, ended.ended_by) == (TrafficEnd.ROLLED_BACK, "system")
    assert ended.end_reason == ("30.0% of its 200 requests failed, 0.1% of the champion's; 1.0% more are allowed.")


def test_a_canary_that_is_slow_is_rolled_back(house: House) -> None:
    house.begin()
    house.tallied("champion", 100)
    house.tallied("canary", 100, buckets=SLOW)
    assert house.service.watch(house.clock.now()) == 1
    assert "100.0% of its 100 answers took longer than 5 ms, 0.0% of the champion's" in house.last().end_reason


def test_a_canary_that_is_wrong_by_its_labels_is_rolled_back(house: House) -> None:
    house.begin()
    house.answered("champion", 190, 10)
    house.answered("canary", 120, 80)
    house.service.watch(house.clock.now())
    assert house.last().end_reason.startswith("By 200 labels its mean loss is 0.4, the champion's 0.05;")


@pytest.mark.parametrize(
    ("requests", "failed"),
    [(99, 99), (2000, 2), (300, 5)],
    ids=["too few", "no worse", "not surely worse"],
)
def test_a_canary_stays_as_long_as_nothing_is_shown(house: House, requests: int, failed: int) -> None:
    house.begin()
    house.tallied("champion", 2000, 2)
    house.tallied("canary", requests, failed)
    house.answered("champion", 90, 10)
    house.answered("canary", 85, 15)
    assert house.service.watch(house.clock.now()) == 0
    assert house.last().end is None


def test_guards_that_are_left_out_roll_nothing_back(house: House) -> None:
    none = Guards(errors=None, latency=None, loss=None)
    with house.store.write() as work:
        work.traffic.open(traffic(guards=none))
        work.commit()
    house.tallied("champion", 2000, 2)
    house.tallied("canary", 200, 200, SLOW)
    assert house.service.watch(house.clock.now()) == 0
    assert house.compared(Measure.ERRORS, house.last()).finding is Finding.WORSE


def test_labels_are_read_only_when_there_are_new_ones(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.begin()
    house.answered("champion", 150, 0)
    house.answered("canary", 150, 0)
    frames: list[str] = []
    frame = house.log.frame
    monkeypatch.setattr(house.log, "frame", lambda *given: (frames.append(given[0]), frame(*given))[1])
    for _ in range(3):
        house.service.watch(house.clock.advance(LABELS_EVERY.total_seconds()))
    assert frames == ["churn"]


def test_an_ab_test_says_what_is_shown_by_each_measure(house: House) -> None:
    given = house.begin(mode=TrafficMode.AB, share=0.5)
    house.tallied("champion", 500)
    house.tallied("ab", 500)
    house.answered("champion", 300, 200)
    house.answered("ab", 420, 80)
    loss = house.compared(Measure.LOSS, given)
    assert (loss.champion, loss.candidate, loss.champion_rows, loss.candidate_rows) == (0.4, 0.16, 500, 500)
    assert loss.difference == pytest.approx(-0.24)
    assert loss.finding is Finding.BETTER
    assert loss.high is not None
    assert loss.high < 0
    assert loss.p < 0.001
    assert house.compared(Measure.ANSWER, given).finding is Finding.SHIFTED
    assert house.compared(Measure.ERRORS, given).finding is Finding.OPEN
    latency = house.compared(Measure.LATENCY, given)
    assert latency.champion == latency.candidate == pytest.approx(0.002425)


def test_a_shadow_is_compared_by_the_labels_of_the_champions_answers(house: House) -> None:
    given = house.begin(mode=TrafficMode.SHADOW, share=1.0)
    house.answered("champion", 100, 100)
    house.answered("shadow", 180, 20, house.shadows)
    loss = house.compared(Measure.LOSS, given)
    assert (loss.champion, loss.candidate) == (0.5, 0.1)
    assert loss.finding is Finding.BETTER


def test_before_anything_was_answered_nothing_is_said(house: House) -> None:
    given = house.begin()
    assert {one.finding for one in house.service.of(given).comparisons} == {Finding.FEW}
    assert {one.difference for one in house.service.of(given).comparisons} == {None}
