"""A rule tried on the past, and whether what it would have told was worth waking for."""

from datetime import timedelta

import pytest

from core.monitoring.alerts import backtest
from core.monitoring.alerts.samples import Reading, Sample
from core.records.alert import AlertRuleDraft, Condition, Watched
from core.records.monitor import Performance, ReportKind, ReportOutline
from tests.builders import START

DAY = timedelta(days=1)
RULE = AlertRuleDraft(name="r", watched=Watched.DRIFT_SHARE, condition=Condition(limit=0.5), cooldown_s=0)


def sample(day: int, value: float) -> Sample:
    at = START + (day + 1) * DAY
    return Sample(f"window:{day}", at, at, {"": Reading(value, 100)}, f"r{day}")


def window(day: int, *, dropped: bool | None) -> ReportOutline:
    told = Performance(metric="rmse", value=1.0, expected=1.0, rows=100, version=1, dropped=dropped)
    sizes = {"rows_reference": 9, "rows_current": 9, "drifted_columns": 1, "tested_columns": 2, "drifted": False}
    return ReportOutline(
        id=f"r{day}", project="shop", kind=ReportKind.DRIFT, reference="a", current="b", **sizes, summary="Said.",
        job_id=None, created_at=START, since=START + day * DAY, until=START + (day + 1) * DAY, performance=told,
    )  # fmt: skip


VALUES = [0.1, 0.9, 0.1, 0.9, 0.1, 0.9, 0.1]


@pytest.mark.parametrize(
    ("drops", "sentence"),
    [
        ({1: True, 3: True, 5: False}, "3 times in 6 days, 2 of them with a drop in performance."),
        (
            {1: True, 6: True},
            "3 times in 6 days, 1 of them with a drop in performance (known of 1); 1 drop would have been missed.",
        ),
        ({}, "3 times in 6 days; the performance then is not known."),
        ({1: None}, "3 times in 6 days; the performance then is not known."),
    ],
)
def test_openings_are_told_with_the_drops_they_fell_in(drops, sentence):
    found = [sample(day, value) for day, value in enumerate(VALUES)]
    told = backtest.replay(
        RULE, found, START + 10 * DAY, [window(day, dropped=dropped) for day, dropped in drops.items()]
    )
    assert told.sentence == f"This rule would have fired {sentence}"
    assert (told.fired, told.opened, told.judged) == (
        3,
        3,
        sum(day in (1, 3, 5) and one is not None for day, one in drops.items()),
    )


def test_of_a_window_that_was_measured_again_the_last_look_counts():
    found = [sample(0, 0.9), sample(1, 0.1)]
    told = backtest.replay(RULE, found, START + 3 * DAY, [window(0, dropped=False), window(0, dropped=True)])
    assert told.sentence == "This rule would have fired once in 1 day, without a drop in performance."


def test_nothing_stored_and_never_fired_are_said():
    assert backtest.replay(RULE, [], START).sentence.startswith("Nothing of that kind is stored yet")
    told = backtest.replay(RULE, [sample(0, 0.1)], START + DAY, [window(0, dropped=True)])
    assert told.sentence == "This rule would have fired never; 1 drop would have been missed."
