"""What becomes of each slot: written-out ledgers."""

from datetime import UTC, datetime, timedelta

import pytest

from core.records.schedule import Conduct, FiringOutcome, MissedPolicy, Schedule, ScheduleAction, Trigger, TriggerKind
from core.retraining import ledger

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATE, MERGED, MISSED, RAN = FiringOutcome.LATE, FiringOutcome.MERGED, FiringOutcome.MISSED, FiringOutcome.RAN


def hourly(missed: MissedPolicy = MissedPolicy.RUN_ONCE, next_at: datetime = NOON, every: str = "1h") -> Schedule:
    return Schedule(
        id="s",
        project="shop",
        action=ScheduleAction.RETRAIN,
        payload={},
        trigger=Trigger(kind=TriggerKind.EVERY, expression=every, timezone="UTC"),
        conduct=Conduct(missed=missed),
        enabled=True,
        anchor=NOON - timedelta(days=1),
        next_at=next_at,
        due_at=next_at,
        created_at=NOON,
        created_by="ann",
    )


@pytest.mark.parametrize(
    ("policy", "seconds", "outcome"),
    [
        (MissedPolicy.RUN_ONCE, 0, RAN),
        (MissedPolicy.RUN_ONCE, 60, RAN),
        (MissedPolicy.RUN_ONCE, 61, LATE),
        (MissedPolicy.SKIP, 60, RAN),
        (MissedPolicy.SKIP, 61, MISSED),
    ],
)
def test_more_than_a_minute_after_its_time_a_slot_is_late_or_missed(policy, seconds, outcome):
    found, reason = ledger.outcome(hourly(policy), NOON, NOON + timedelta(seconds=seconds))
    assert found is outcome
    assert bool(reason) == (outcome is not RAN)


@pytest.mark.parametrize(("policy", "earlier"), [(MissedPolicy.RUN_ONCE, MERGED), (MissedPolicy.SKIP, MISSED)])
def test_after_three_days_every_hour_has_a_row_and_the_latest_decides(policy, earlier):
    now = NOON + timedelta(days=3, minutes=5)
    slots = ledger.passed(hourly(policy), now)
    rows = ledger.earlier_rows(hourly(policy), slots, now)
    assert slots.decide == NOON + timedelta(hours=72)
    assert [row.slot for row in rows] == [NOON + timedelta(hours=hour) for hour in range(72)]
    assert {row.outcome for row in rows} == {earlier}
    assert all(row.job_id is None and row.reason and row.decided_at == now for row in rows)


def test_after_a_year_at_most_a_hundred_rows_are_written_and_the_last_of_them_stands_for_the_rest():
    schedule = hourly(every="30s")
    now = NOON + timedelta(days=365, seconds=7)
    slots = ledger.passed(schedule, now)
    rows = ledger.earlier_rows(schedule, slots, now)
    assert len(rows) + 1 == ledger.MAX_ROWS
    assert slots.decide == now - timedelta(seconds=7)
    assert "so were the many moments after this one, before 2027-03-02T12:00:00+00:00" in rows[-1].reason
    assert "many" not in rows[-2].reason


@pytest.mark.parametrize(("slots", "more"), [(99, False), (100, False), (101, True)])
def test_up_to_a_hundred_slots_have_a_row_each(slots, more):
    found = ledger.passed(hourly(), NOON + timedelta(hours=slots - 1))
    assert len(found.earlier) + 1 == min(slots, 100)
    assert found.more is more


def test_a_slot_that_a_later_one_overtook_within_the_minute_is_merged_even_where_missed_ones_are_skipped():
    schedule = hourly(MissedPolicy.SKIP, every="30s")
    now = NOON + timedelta(seconds=40)
    rows = ledger.earlier_rows(schedule, ledger.passed(schedule, now), now)
    assert [(row.slot, row.outcome) for row in rows] == [(NOON, MERGED)]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (61, "1 min 1 s"), (3_600, "1 h"), (3 * 86_400 + 7_200 + 5, "3 d 2 h"), (86_405, "1 d 5 s")],
)
def test_lengths_of_time_are_said_in_two_units(seconds, words):
    assert ledger.words(timedelta(seconds=seconds)) == words
