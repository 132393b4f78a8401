"""The moments of schedules, drawn."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.charts import firings as charts
from core.records.schedule import Firing, FiringOutcome

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def firing(hours: float, outcome: FiringOutcome, schedule: str = "s") -> Firing:
    slot = START + timedelta(hours=hours)
    return Firing(
        schedule_id=schedule, project="p", slot=slot, outcome=outcome, job_id=None, reason="<b>", decided_at=slot
    )


def test_the_timeline_has_a_trace_an_outcome_and_hollow_marks_for_what_is_to_come():
    ran, missed = firing(0, FiringOutcome.RAN), firing(1, FiringOutcome.MISSED)
    drawn = charts.timeline(["a", "b<i>"], [("a", ran), ("b<i>", missed)], [("a", START)], UTC, "light")
    assert [(trace.name, list(trace.y)) for trace in drawn.data] == [
        ("missed", ["b&lt;i&gt;"]),
        ("ran", ["a"]),
        ("to come", ["a"]),
    ]
    assert drawn.data[0].customdata[0] == "&lt;b&gt;"
    assert drawn.data[-1].marker.symbol == "circle-open"
    assert list(drawn.layout.yaxis.categoryarray) == ["b&lt;i&gt;", "a"]


def test_the_calendar_counts_days_in_the_zone_and_shows_the_worst_of_each():
    moments = [firing(0, FiringOutcome.RAN), firing(1, FiringOutcome.MISSED), firing(48, FiringOutcome.RAN)]
    drawn = charts.calendar(date(2026, 3, 1), moments, [START + timedelta(days=9)], BERLIN, "dark")
    cells = Counter(note.text for note in drawn.layout.annotations)
    assert len(cells) == 31
    assert cells["<b>2</b><br>1 missed"] == 1
    assert cells["<b>4</b><br>1 ran"] == 1
    assert cells["<b>11</b><br>1 to come"] == 1
    assert len(drawn.data[0].z) == 6
    assert "1 ran" in drawn.data[0].customdata[1][0]
    assert "1 missed" in drawn.data[0].customdata[1][0]
