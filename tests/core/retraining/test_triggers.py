"""Moments of schedules against a table written out by hand, over the nights the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import InvalidSchedule
from core.records.schedule import Trigger, TriggerKind
from core.retraining import triggers

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def cron(expression: str, timezone: str = "UTC") -> Trigger:
    return Trigger(kind=TriggerKind.CRON, expression=expression, timezone=timezone)


def every(expression: str) -> Trigger:
    return Trigger(kind=TriggerKind.EVERY, expression=expression, timezone="Europe/Berlin")


def at(expression: str, timezone: str = "UTC") -> Trigger:
    return Trigger(kind=TriggerKind.AT, expression=expression, timezone=timezone)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def slots(trigger: Trigger, anchor: datetime, after: datetime, n: int) -> list[datetime]:
    """Walk from slot to slot."""
    found: list[datetime] = []
    while len(found) < n and (slot := triggers.next_slot(trigger, anchor, found[-1] if found else after)):
        found.append(slot)
    return found


# In 2026 Berlin changes on 29 March (02:00 -> 03:00) and 25 October (03:00 -> 02:00), New York on 8 March
# (02:00 -> 03:00) and 1 November (02:00 -> 01:00); Kolkata never does.
WRITTEN_OUT = [
    ("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00Z",
     ["2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z", "2026-03-31T00:30Z", "2026-04-01T00:30Z"]),
    ("30 2 * * *", "Europe/Berlin", "2026-10-23T12:00Z",
     ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z", "2026-10-27T01:30Z"]),
    ("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:10Z",
     ["2026-03-29T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z", "2026-03-29T02:00Z"]),
    ("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:10Z",
     ["2026-10-25T00:30Z", "2026-10-25T02:00Z", "2026-10-25T02:30Z"]),
    ("0 3 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T01:00Z"]),
    ("15,45 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00Z",
     ["2026-03-29T01:00Z", "2026-03-29T01:15Z", "2026-03-29T01:45Z", "2026-03-30T00:15Z"]),
    ("0 12 * * mon", "Europe/Berlin", "2026-03-20T00:00Z",
     ["2026-03-23T11:00Z", "2026-03-30T10:00Z", "2026-04-06T10:00Z"]),
    ("30 2 * * *", "America/New_York", "2026-03-07T12:00Z",
     ["2026-03-08T07:00Z", "2026-03-09T06:30Z", "2026-03-10T06:30Z"]),
    ("30 1 * * *", "America/New_York", "2026-10-31T12:00Z",
     ["2026-11-01T05:30Z", "2026-11-02T06:30Z", "2026-11-03T06:30Z"]),
    ("@hourly", "America/New_York", "2026-11-01T04:30Z",
     ["2026-11-01T05:00Z", "2026-11-01T07:00Z", "2026-11-01T08:00Z"]),
    ("@monthly", "America/New_York", "2026-02-15T00:00Z",
     ["2026-03-01T05:00Z", "2026-04-01T04:00Z", "2026-05-01T04:00Z"]),
    ("@weekly", "America/New_York", "2026-10-26T00:00Z",
     ["2026-11-01T04:00Z", "2026-11-08T05:00Z"]),
    ("30 2 * * *", "Asia/Kolkata", "2026-03-28T00:00Z",
     ["2026-03-28T21:00Z", "2026-03-29T21:00Z", "2026-03-30T21:00Z"]),
    ("0 9 * * 1-5", "Asia/Kolkata", "2026-10-23T00:00Z",
     ["2026-10-23T03:30Z", "2026-10-26T03:30Z", "2026-10-27T03:30Z"]),
    ("0 0 29 2 *", "Asia/Kolkata", "2026-01-01T00:00Z", ["2028-02-28T18:30Z", "2032-02-28T18:30Z"]),
    ("0 0 31 * *", "UTC", "2026-03-01T00:00Z",
     ["2026-03-31T00:00Z", "2026-05-31T00:00Z", "2026-07-31T00:00Z"]),
    ("59 23 31 12 *", "UTC", "2026-12-31T23:59Z", ["2027-12-31T23:59Z"]),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "timezone", "after", "expected"), WRITTEN_OUT)
def test_slots_equal_the_ones_written_out_by_hand(expression, timezone, after, expected):
    found = slots(cron(expression, timezone), NOW, moment(after), len(expected))
    assert found == [moment(text) for text in expected]


def test_a_wall_clock_minute_fires_once_a_day_over_two_years_in_each_zone():
    for timezone in ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"):
        found = slots(cron("30 2 * * *", timezone), NOW, moment("2026-01-01T12:00Z"), 730)
        days = {slot.astimezone(triggers.zone(timezone)).date() for slot in found}
        assert len(days) == 730, timezone
        assert found == sorted(found)


def test_the_slot_after_any_moment_does_not_depend_on_how_one_got_there():
    trigger = cron("*/30 * * * *", "Europe/Berlin")
    for start in (moment("2026-03-28T22:00Z"), moment("2026-10-24T22:00Z")):
        walked = slots(trigger, NOW, start, 12)
        for minutes in range(0, 300, 7):
            after = start + timedelta(minutes=minutes)
            assert triggers.next_slot(trigger, NOW, after) == next(slot for slot in walked if slot > after)


def test_a_day_that_a_zone_leaves_out_fires_at_the_jump():
    skipped = cron("0 12 30 12 *", "Pacific/Apia")  # Samoa had no 30 December 2011
    found = triggers.next_slot(skipped, NOW, moment("2011-12-01T00:00Z"))
    assert found == moment("2011-12-30T10:00Z")


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("30s", "2026-03-02T09:00Z", "2026-03-02T09:00:30Z"),
        ("15m", "2026-03-02T09:14:59Z", "2026-03-02T09:15Z"),
        ("15m", "2026-03-02T09:15Z", "2026-03-02T09:30Z"),
        ("6h", "2026-03-28T22:00Z", "2026-03-29T03:00Z"),
        ("2d", "2026-03-02T10:00Z", "2026-03-04T09:00Z"),
        ("1w", "2026-03-20T00:00Z", "2026-03-23T09:00Z"),
        ("15m", "2026-01-01T00:00Z", "2026-03-02T09:15Z"),
    ],
)
def test_a_period_counts_elapsed_time_from_its_anchor(expression, after, expected):
    assert triggers.next_slot(every(expression), NOW, moment(after)) == moment(expected)


@pytest.mark.parametrize(
    ("expression", "timezone", "expected"),
    [
        ("2026-07-01T06:00", "Europe/Berlin", "2026-07-01T04:00Z"),
        ("2026-07-01T06:00+05:30", "Europe/Berlin", "2026-07-01T00:30Z"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00Z"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30Z"),
    ],
)
def test_a_one_off_is_read_in_its_zone_and_fires_once(expression, timezone, expected):
    trigger = at(expression, timezone)
    assert slots(trigger, NOW, NOW, 5) == [moment(expected)]
    assert triggers.next_slot(trigger, NOW, moment(expected)) is None


@pytest.mark.parametrize(
    ("trigger", "reason"),
    [
        (cron("0 0 31 2 *"), "never fires"),
        (cron("0 0 30 2 *"), "never fires"),
        (cron("* * * *"), "five fields"),
        (cron("0 6 * * *", "Europe/Berlyn"), "no time zone 'Europe/Berlyn'"),
        (cron("0 6 * * *", ""), "no time zone ''"),
        (cron("0 6 * * *", "../../etc/passwd"), "no time zone"),
        (every("0m"), "is no period"),
        (every("90"), "is no period"),
        (every("1.5h"), "is no period"),
        (every("5s"), "10 seconds to 366 days"),
        (every("400d"), "10 seconds to 366 days"),
        (every("99999999w"), "10 seconds to 366 days"),
        (at("tomorrow"), "is no moment"),
        (at("2026-03-02T08:59"), "is in the past"),
        (at("2026-03-02T09:00"), "is in the past"),
    ],
)
def test_a_trigger_that_cannot_work_is_refused_with_the_reason(trigger, reason):
    with pytest.raises(InvalidSchedule) as caught:
        triggers.check(trigger, NOW)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (cron("0 3 * * mon", "Europe/Berlin"), "at 03:00, only on Monday (Europe/Berlin)"),
        (every("1h"), "every hour"),
        (every("15m"), "every 15 minutes"),
        (every("2d"), "every 2 days"),
        (at("2026-07-01T06:00", "Europe/Berlin"), "once, on 2026-07-01 at 06:00 Europe/Berlin"),
    ],
)
def test_a_trigger_is_said_in_plain_words(trigger, words):
    triggers.check(trigger, NOW)
    assert triggers.describe(trigger) == words


@pytest.mark.parametrize(
    ("trigger", "first", "now", "expected"),
    [
        (cron("* * * * *"), "2020-01-01T00:00Z", "2026-03-02T09:00:30Z", "2026-03-02T09:00Z"),
        (cron("30 2 * * *", "Europe/Berlin"), "2025-01-01T01:30Z", "2026-03-02T00:00Z", "2026-03-01T01:30Z"),
        (cron("@yearly"), "2020-01-01T00:00Z", "2026-03-02T09:00Z", "2026-01-01T00:00Z"),
        (cron("*/30 * * * *", "Europe/Berlin"), "2026-10-24T00:00Z", "2026-10-25T01:45Z", "2026-10-25T00:30Z"),
        (cron("0 0 1 1 *"), "2026-01-01T00:00Z", "2026-03-02T09:00Z", "2026-01-01T00:00Z"),
        (every("30s"), "2026-03-02T09:00:30Z", "2027-03-02T09:00:29Z", "2027-03-02T09:00Z"),
        (at("2026-03-02T10:00"), "2026-03-02T10:00Z", "2027-01-01T00:00Z", "2026-03-02T10:00Z"),
    ],
)
def test_the_latest_slot_is_found_however_long_ago_the_first_was(trigger, first, now, expected):
    assert triggers.last_slot(trigger, NOW, moment(first), moment(now)) == moment(expected)
