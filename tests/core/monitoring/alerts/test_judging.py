from datetime import timedelta

import pytest

from core.monitoring.alerts.judging import absent, judge, needed
from core.monitoring.alerts.samples import Reading, counted, of_traffic
from core.records.alert import AlertRuleDraft, Condition, Watched
from core.records.traffic import LATENCY_S, ServingTally
from tests.builders import START


def readings(*values: float | None, rows: int = 100) -> list[Reading]:
    return [Reading(value, rows) for value in values]


@pytest.mark.parametrize(
    ("condition", "values", "fires", "why"),
    [
        ({"limit": 0.5}, [0.6], True, "0.6, above 0.5"),
        ({"limit": 0.5}, [0.5], False, "0.5, at 0.5"),
        ({"limit": 0.5, "direction": "below"}, [0.25], True, "0.25, below 0.5"),
        ({"limit": 0.5}, [None], None, "no value"),
        ({"limit": 0.5, "least": 101}, [0.6], None, "100 rows are fewer than the 101 that are asked for"),
        ({"kind": "change", "limit": 0.2}, [1, 1, 1, 1.25], True, "1.25, +25.0% against 1, the mean of 3 before"),
        ({"kind": "change", "limit": 0.2}, [1, 1, 1, 0.5], False, "0.5, -50.0% against 1, the mean of 3 before"),
        (
            {"kind": "change", "limit": 0.2, "direction": "below"},
            [1, 1, None, 1, 0.5],
            True,
            "0.5, -50.0% against 1, the mean of 3 before",
        ),
        ({"kind": "change", "limit": 0.2}, [1, 1, 9], None, "2 earlier values are too few to compare with"),
        (
            {"kind": "change", "limit": 0.2},
            [0, 0, 0, 1],
            None,
            "the values before are 0 on average, so there is no relative change",
        ),
        (
            {"kind": "zscore", "limit": 2},
            [1, 2, 3, 5],
            True,
            "5, +3.0 standard deviations from 2, the mean of 3 before",
        ),
        (
            {"kind": "zscore", "limit": 3},
            [2, 2, 2, 2],
            False,
            "2, +0.0 standard deviations from 2, the mean of 3 before",
        ),
        (
            {"kind": "zscore", "limit": 3, "direction": "below"},
            [2, 2, 2, 1],
            True,
            "1, any number of standard deviations from 2, the mean of 3 before",
        ),
        (
            {"limit": 0.5, "times": 2, "of": 3},
            [0.6, 0.1, 0.6],
            True,
            "0.6, above 0.5; 2 of the last 3 values are like that",
        ),
        (
            {"limit": 0.5, "times": 2, "of": 3},
            [0.6, 0.1, 0.1, None, 0.6],
            False,
            "0.6, above 0.5; 1 of the last 3 values are like that",
        ),
    ],
)
def test_a_condition_says_of_the_newest_value_what_it_means(
    condition: dict[str, object], values: list[float | None], fires: bool | None, why: str
) -> None:
    found = judge(Condition.model_validate(condition), readings(*values))
    assert (found.fires, found.why) == (fires, why)


def test_a_change_is_against_the_last_values_only() -> None:
    condition = Condition(kind="change", limit=0.2, earlier=3)
    assert judge(condition, readings(9, 9, 9, 1, 1, 1, 1.1)).fires is False
    assert needed(condition) == 4
    assert needed(Condition(limit=1, times=2, of=5)) == 5


def test_absence_is_judged_by_the_hours_since() -> None:
    condition = Condition(kind="absence", limit=24)
    assert absent(condition, START, START + timedelta(hours=24)).fires is False
    late = absent(condition, START, START + timedelta(hours=36))
    assert (late.fires, late.why) == (True, "nothing new for 36.0 hours")


def test_events_are_counted_over_the_time_before_each_and_before_now() -> None:
    hours = [timedelta(hours=hour) for hour in (0, 0.5, 0.75, 3)]
    events = [(f"j{number}", START + hour) for number, hour in enumerate(hours)]
    found = counted(events, timedelta(hours=1), START + timedelta(hours=3.5))
    assert [(one.key, one.readings[""].value) for one in found] == [
        ("event:j0", 1),
        ("event:j1", 2),
        ("event:j2", 3),
        ("event:j3", 1),
    ]
    later = counted(events, timedelta(hours=1), START + timedelta(hours=5))
    assert [(one.key, one.readings[""].value) for one in later[-2:]] == [("event:j3", 1), ("left:j3:0", 0)]
    assert [one.key for one in counted([], timedelta(hours=1), START)] == ["left:none:0"]


def test_figures_of_the_scoring_api_are_read_from_its_tallies() -> None:
    buckets = [0] * (len(LATENCY_S) + 1)
    buckets[3], buckets[5] = 90, 10
    tally = ServingTally(
        project="churn", process="p", minute=START, version=1, cohort="champion", requests=110, refused=5, failed=11,
        rows=100, buckets=tuple(buckets), seconds=1.0, cpu_s=18.0, memory_mb=300.0,
    )  # fmt: skip

    def read(watched: Watched, subject: str = "") -> Reading:
        return of_traffic(
            AlertRuleDraft(name="r", watched=watched, subject=subject, condition=Condition(limit=1)), [tally]
        )

    assert read(Watched.REQUESTS) == Reading(110, 110)
    assert read(Watched.CORES) == Reading(18 / 3600, 110)
    assert read(Watched.MEMORY) == Reading(300.0, 110)
    assert read(Watched.ERRORS) == Reading(0.1, 110)
    assert read(Watched.LATENCY).value == pytest.approx(37.5)
    assert read(Watched.LATENCY, "p50").value == pytest.approx(5 + 5 * 50 / 90)
    assert of_traffic(AlertRuleDraft(name="r", watched=Watched.ERRORS, condition=Condition(limit=1)), []).value is None
