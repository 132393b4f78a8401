"""The fields of a schedule: what happens, when, and how it behaves around its moments."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import available_timezones

import streamlit as st

from core.records.schedule import (
    Conduct,
    MissedPolicy,
    Overlap,
    ScheduleAction,
    ScheduleDraft,
    Trigger,
    TriggerKind,
)
from core.retraining import calendars, triggers
from core.retraining.calendars import Preset, Rhythm
from core.retraining.cron import WEEKDAYS
from pages.automate import schedule_payload
from pages.automate.ledger import ACTIONS
from pages.shared.context import now

KINDS = {
    Rhythm.DAILY: "Daily",
    Rhythm.WEEKLY: "Weekly",
    Rhythm.MONTHLY: "Monthly",
    TriggerKind.EVERY: "Every",
    TriggerKind.CRON: "Cron",
    TriggerKind.AT: "Once",
}
DAYS = dict(zip(WEEKDAYS, ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"), strict=True))
EXAMPLES = {TriggerKind.CRON: "0 6 * * *", TriggerKind.EVERY: "6h"}
HELP = {
    TriggerKind.CRON: "Minute, hour, day, month, weekday: `0 6 * * mon` is Mondays at six.",
    TriggerKind.EVERY: "A number and s, m, h, d or w: `6h` is every six hours.",
}
MISSED = {
    MissedPolicy.RUN_ONCE: "Run once when a worker is back",
    MissedPolicy.RUN_ALL: "Run each of the newest",
    MissedPolicy.SKIP: "Skip them",
}
OVERLAP = {Overlap.SKIP: "Skip the new one", Overlap.QUEUE: "Let it wait"}
SIX = time(6, 0)


def fill(draft: ScheduleDraft | None) -> None:
    """Put a draft into the fields, or what most people want; call it before they are drawn."""
    conduct = draft.conduct if draft else Conduct()
    values = {
        "name": draft.name if draft else "",
        "action": draft.action if draft else ScheduleAction.RETRAIN,
        "timezone": draft.trigger.timezone if draft else "UTC",
        "missed": conduct.missed,
        "most_missed": conduct.most_missed,
        "overlap": conduct.overlap,
        "at_once": conduct.at_once,
        "jitter": conduct.jitter_s // 60,
        **schedule_payload.values(draft.payload if draft else {}),
        "start": _wall(draft.starts_at, draft.trigger.timezone) if draft else None,
        "end": _wall(draft.ends_at, draft.trigger.timezone) if draft else None,
        **_when(draft.trigger if draft else None),
    }
    for name, value in values.items():
        st.session_state[f"schedule.{name}"] = value


def _when(trigger: Trigger | None) -> dict[str, object]:
    tomorrow = (now() + timedelta(days=1)).replace(hour=6, minute=0, second=0, microsecond=0, tzinfo=None)
    values: dict[str, object] = {"kind": Rhythm.DAILY, "time": SIX, "weekday": "mon", "day": 1, "at": tomorrow}
    values |= EXAMPLES
    if trigger is None:
        return values
    preset = calendars.recognise(trigger.expression) if trigger.kind is TriggerKind.CRON else None
    if preset is not None:
        values |= {"kind": preset.rhythm, "time": time(preset.hour, preset.minute)}
        return values | ({"weekday": preset.day} if preset.rhythm is Rhythm.WEEKLY else {"day": int(preset.day or 1)})
    if trigger.kind is TriggerKind.AT:
        at = triggers.moment(trigger.expression, trigger.timezone)
        return values | {"kind": trigger.kind, "at": _wall(at, trigger.timezone)}
    return values | {"kind": trigger.kind, str(trigger.kind): trigger.expression}


def _wall(moment: datetime | None, timezone: str) -> datetime | None:
    return None if moment is None else moment.astimezone(triggers.zone(timezone)).replace(tzinfo=None)


def show(project: str) -> None:
    """Draw the fields."""
    left, right = st.columns(2)
    left.selectbox("Do what", list(ScheduleAction), format_func=ACTIONS.__getitem__, key="schedule.action")
    right.text_input("Name", key="schedule.name", max_chars=80, placeholder="Optional")
    schedule_payload.show(project)
    kind = st.segmented_control(
        "When", list(KINDS), format_func=KINDS.__getitem__, key="schedule.kind", required=True, width="stretch"
    )
    left, right = st.columns(2)
    with left:
        _time(kind or Rhythm.DAILY)
    right.selectbox("Time zone", sorted(available_timezones()), key="schedule.timezone")
    with st.expander("Limits, and what happens when no worker was running"):
        _conduct()


def _time(kind: Rhythm | TriggerKind) -> None:
    if isinstance(kind, TriggerKind):
        if kind is TriggerKind.AT:
            st.datetime_input("Moment", key="schedule.at", step=timedelta(minutes=15))
            return
        st.text_input("Expression", key=f"schedule.{kind}", help=HELP[kind], placeholder=EXAMPLES[kind])
        return
    day, clock = st.columns(2) if kind is not Rhythm.DAILY else (None, st.container())
    if day and kind is Rhythm.WEEKLY:
        day.selectbox("Day", [*WEEKDAYS[1:], WEEKDAYS[0]], format_func=DAYS.__getitem__, key="schedule.weekday")
    elif day:
        day.number_input(
            "Day", 1, 31, key="schedule.day", help="Months without this day are left out; 28 and less are in all."
        )
    clock.time_input("At", key="schedule.time", step=timedelta(minutes=15))


def _conduct() -> None:
    left, right = st.columns(2)
    left.datetime_input("Not before", value=None, key="schedule.start")
    right.datetime_input("Not after", value=None, key="schedule.end")
    left.number_input("At work at once", 1, 16, key="schedule.at_once", help="Jobs of this schedule at the same time.")
    right.selectbox("If more would be", list(OVERLAP), format_func=OVERLAP.__getitem__, key="schedule.overlap")
    left.selectbox("Missed moments", list(MISSED), format_func=MISSED.__getitem__, key="schedule.missed")
    if st.session_state["schedule.missed"] is MissedPolicy.RUN_ALL:
        right.number_input("How many of them", 1, 100, key="schedule.most_missed")
    st.number_input(
        "Jitter (minutes)",
        0,
        60,
        key="schedule.jitter",
        help="Each moment is acted on up to this much later, by a length of its own, so that not all start at once.",
    )


def trigger() -> Trigger:
    """Return when it fires, as entered."""
    given = st.session_state
    kind, zone = given["schedule.kind"] or Rhythm.DAILY, given["schedule.timezone"]
    if isinstance(kind, Rhythm):
        day = {Rhythm.WEEKLY: given["schedule.weekday"], Rhythm.MONTHLY: str(given["schedule.day"])}.get(kind, "")
        at = given["schedule.time"] or SIX
        preset = Preset(kind, at.hour, at.minute, day)
        return Trigger(kind=TriggerKind.CRON, expression=preset.expression, timezone=zone)
    if kind is TriggerKind.AT:
        return Trigger(kind=kind, expression=(given["schedule.at"] or now()).isoformat(), timezone=zone)
    return Trigger(kind=kind, expression=str(given[f"schedule.{kind}"]).strip(), timezone=zone)


def read(old: ScheduleDraft | None) -> ScheduleDraft:
    """Return what was entered; what has no field stays as in ``old``; the service checks it."""
    given = st.session_state
    action = given["schedule.action"]
    return ScheduleDraft(
        name=given["schedule.name"].strip(),
        action=action,
        payload=schedule_payload.read(action, old.payload if old and old.action is action else {}),
        trigger=trigger(),
        conduct=Conduct(
            missed=given["schedule.missed"],
            most_missed=given["schedule.most_missed"],
            overlap=given["schedule.overlap"],
            at_once=given["schedule.at_once"],
            jitter_s=given["schedule.jitter"] * 60,
        ),
        starts_at=_moment("schedule.start"),
        ends_at=_moment("schedule.end"),
    )


def _moment(key: str) -> datetime | None:
    wall = st.session_state.get(key)
    if wall is None:
        return None
    return triggers.moment(wall.isoformat(), st.session_state["schedule.timezone"]).astimezone(UTC)
