"""Expected and actual: every moment of the schedules as a table, along a line of time, or in a month's calendar."""

import re
from datetime import date, datetime, time, timedelta

import streamlit as st

from core.charts import firings as charts
from core.records.access import Permission
from core.records.project import Project
from core.records.schedule import Firing, Schedule
from core.retraining import timing, triggers
from core.retraining.ledger import not_made_up
from pages.automate import ledger
from pages.shared import actions, loaders, parts, state
from pages.shared.context import actor, may, now, platform, theme
from pages.shared.words import plain

VIEWS = ("Table", "Timeline", "Calendar")
AHEAD, BEHIND = timedelta(days=7), timedelta(days=14)
MOST, MOST_AHEAD = 2_000, 100


def banner(schedules: list[Schedule], firings: list[Firing]) -> None:
    """Say which moments nobody was there for, and offer to make up for each."""
    by_id = {schedule.id: schedule for schedule in schedules}
    for missed in not_made_up(firings):
        if missed.schedule_id in by_id:
            _missed(by_id[missed.schedule_id], missed)


def _missed(schedule: Schedule, missed: Firing) -> None:
    zone = triggers.zone(schedule.trigger.timezone)
    slot = f"{missed.slot.astimezone(zone):%a %Y-%m-%d %H:%M}"
    said = f"**{plain(ledger.title(schedule))}** was missed at {slot}: {plain(missed.reason)}."
    if not may(Permission.SCHEDULE):
        st.warning(said, icon=":material/history_toggle_off:")
        return
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.warning(said, icon=":material/history_toggle_off:")
    key = f"retraining.run_missed.{schedule.id}"
    right.button("Run the missed one", key=key, on_click=_run, args=(schedule.id, missed.slot), width="stretch")


def _run(id: str, slot: datetime) -> None:
    firing = actions.act(lambda: platform().retraining.run_missed(actor(), id, slot), "It is queued.")
    if firing and firing.job_id:
        st.query_params[state.JOB] = firing.job_id


def show(project: Project, schedules: list[Schedule]) -> None:
    """Draw the section."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        parts.section("Past and coming times", "Every moment a schedule was due, and what became of it")
        view = st.segmented_control(
            "View",
            VIEWS,
            default="Table",
            key=state.VIEW,
            bind="query-params",
            label_visibility="collapsed",
            required=True,
        )
    if view == "Calendar":
        _calendar(project, schedules)
        return
    firings = loaders.firings(project.name, None)
    if not firings and view == "Table":
        parts.note("No schedule was due yet.")
    elif view == "Timeline":
        _timeline(schedules, firings)
    else:
        ledger.show(firings, schedules)


def _timeline(schedules: list[Schedule], firings: list[Firing]) -> None:
    names = {schedule.id: _lane(schedule, schedules) for schedule in schedules}
    coming = [(names[schedule.id], slot) for schedule in schedules for slot in _ahead(schedule)]
    past = [(names.get(firing.schedule_id, "removed"), firing) for firing in firings if now() - firing.slot < BEHIND]
    lanes = list(dict.fromkeys([*names.values(), *(lane for lane, _ in past)]))
    if not past and not coming:
        parts.note("No schedule was due yet, and none will be.")
        return
    zone = now().astimezone().tzinfo if not schedules else triggers.zone(schedules[0].trigger.timezone)
    assert zone is not None  # noqa: S101 - an aware moment has a zone
    parts.chart(charts.timeline(lanes, past, coming, zone, theme()), key="retraining.timeline")


def _ahead(schedule: Schedule) -> list[datetime]:
    """Return what is to come within a week, and the next moment whenever that is."""
    found = timing.coming(schedule, MOST_AHEAD)
    return [slot for slot in found if slot == found[0] or slot - now() < AHEAD]


def _lane(schedule: Schedule, schedules: list[Schedule]) -> str:
    """Return the name of a schedule, told apart from others of the same name by when it fires."""
    name = ledger.title(schedule)
    alike = [other for other in schedules if ledger.title(other) == name]
    return name if len(alike) == 1 else f"{name}, {triggers.describe(schedule.trigger)}"


def _calendar(project: Project, schedules: list[Schedule]) -> None:
    zone = triggers.zone(schedules[0].trigger.timezone if schedules else "UTC")
    today = now().astimezone(zone).date()
    month = _month(today)
    start = datetime.combine(month, time(), zone)
    end = datetime.combine(_next(month), time(), zone)
    firings = platform().retraining.firings(project.name, None, MOST, start, end)
    coming = [slot for schedule in schedules for slot in _coming(schedule, start, end)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Earlier", icon=":material/chevron_left:", on_click=_turn, args=(month - timedelta(days=1),))
        st.markdown(f"**{month:%B %Y}** ({zone.key})", width="content")
        st.button("Later", icon=":material/chevron_right:", on_click=_turn, args=(_next(month),))
    parts.chart(charts.calendar(month, firings, coming, zone, theme()), key=f"retraining.calendar.{month}")


def _coming(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    if not schedule.enabled or schedule.next_at is None:
        return []
    found = [schedule.next_at, *timing.slots(schedule, max(schedule.next_at, start - timing.INSTANT), MOST // 10)]
    return [slot for slot in dict.fromkeys(found) if start <= slot < end]


def _month(today: date) -> date:
    chosen = st.query_params.get(state.MONTH, "")
    is_month = re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", chosen)
    return date.fromisoformat(f"{chosen}-01") if is_month else today.replace(day=1)


def _next(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _turn(day: date) -> None:
    st.query_params[state.MONTH] = f"{day:%Y-%m}"
