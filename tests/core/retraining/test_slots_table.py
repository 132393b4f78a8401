"""Twenty-four months of slots in three time zones, each against moments written down by rules of their own."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.records.schedule import Trigger, TriggerKind
from core.retraining import triggers

FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)
CHANGES = {
    "Europe/Berlin": (
        1,
        ("2025-03-30T01:00", 2),
        ("2025-10-26T01:00", 1),
        ("2026-03-29T01:00", 2),
        ("2026-10-25T01:00", 1),
    ),
    "America/New_York": (
        -5,
        ("2025-03-09T07:00", -4),
        ("2025-11-02T06:00", -5),
        ("2026-03-08T07:00", -4),
        ("2026-11-01T06:00", -5),
    ),
    "Asia/Kolkata": (5.5,),
}
"""Hours before UTC at the start, then each change as the moment in UTC and the hours from then on.

Written down from the published rules: European Union, last Sundays of March and October at 01:00 UTC; United States,
second Sunday of March and first of November at 02:00 local time; India has none.
"""
LONG_AGO, NEVER = datetime.fromisoformat("2024-12-01"), datetime.fromisoformat("2099-01-01")


def moments(zone):
    """Return (moment in UTC from which it holds, hours) of a zone."""
    first, *rest = CHANGES[zone]
    return [(LONG_AGO, first), *((datetime.fromisoformat(at), hours) for at, hours in rest)]


def written(zone, hour, minute):
    """Return the moment of each day at a time of its clocks: the first of two, the jump where it is left out."""
    steps = moments(zone)
    found = []
    for number in range((LAST - FIRST).days + 1):
        wall = datetime.combine(FIRST + timedelta(days=number), time(hour, minute))
        fits = []
        for place, (since, hours) in enumerate(steps):
            at = wall - timedelta(hours=hours)
            until = steps[place + 1][0] if place + 1 < len(steps) else NEVER
            if since <= at < until:
                fits.append(at)
        found.append(min(fits) if fits else _jump(steps, wall))
    return [at.replace(tzinfo=UTC) for at in found]


def _jump(steps, wall):
    """Return the change of clocks that leaves the time out."""
    return next(at for at, _ in steps if abs(at - wall) < timedelta(hours=12))


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize(("hour", "minute"), [(2, 30), (1, 30), (0, 0), (12, 15)])
def test_every_daily_slot_of_two_years_is_the_moment_that_is_written_down(zone, hour, minute):
    trigger = Trigger(kind=TriggerKind.CRON, expression=f"{minute} {hour} * * *", timezone=zone)
    expected = written(zone, hour, minute)
    assert len(expected) == 730
    at, found = expected[0] - timedelta(seconds=1), []
    while len(found) < len(expected):
        at = triggers.next_slot(trigger, at, at)
        found.append(at)
    assert found == expected


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        ("Europe/Berlin", (2, 30), "2025-03-30T01:00"),
        ("Europe/Berlin", (2, 30), "2025-10-26T00:30"),
        ("Europe/Berlin", (2, 30), "2026-03-29T01:00"),
        ("America/New_York", (2, 30), "2025-03-09T07:00"),
        ("America/New_York", (1, 30), "2025-11-02T05:30"),
        ("America/New_York", (1, 30), "2026-11-01T05:30"),
        ("Asia/Kolkata", (2, 30), "2025-06-30T21:00"),
    ],
)
def test_the_nights_the_clocks_change_are_in_the_table(zone, wall, moment):
    assert datetime.fromisoformat(moment).replace(tzinfo=UTC) in written(zone, *wall)
