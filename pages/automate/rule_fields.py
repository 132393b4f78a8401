"""The fields of a retraining rule: its signs, what it does, and the limits it keeps; for a new one and for a change."""

from collections.abc import Callable
from datetime import time
from zoneinfo import available_timezones

import streamlit as st

from core.records.alert import Severity
from core.records.project import Project
from core.records.rule import Condition, QuietHours, RuleDraft, RuleMode, Sign
from core.retraining import conditions
from core.retraining.rules import describe
from pages.shared import actions, loaders, parts

SIGNS = {
    Sign.DRIFT: "Drift is found",
    Sign.CONCEPT: "The champion errs more than it did",
    Sign.PERFORMANCE: "Performance falls (%)",
    Sign.ESTIMATED: "Estimated performance falls (%)",
    Sign.QUALITY: "Data are found wrong",
    Sign.VERSION: "A version is added",
    Sign.ROWS: "New rows",
    Sign.LABELS: "New labels",
    Sign.ALERT: "An alert opens",
    Sign.WEBHOOK: "A signal from outside",
}
MODES = {RuleMode.SUGGEST: "Suggest it to a person", RuleMode.ACT: "Start it"}
AMOUNTS = {Sign.PERFORMANCE: 5.0, Sign.ESTIMATED: 5.0, Sign.ROWS: 500.0, Sign.LABELS: 200.0}
OWN = "The champion's dataset"
ANY = "Any"
HOUR_S = 3_600
USUAL = RuleDraft(conditions=(Condition(sign=Sign.DRIFT),))


def ask(project: Project, title: str, draft: RuleDraft, save: Callable[[RuleDraft], object], done: str) -> None:
    """Open the dialog, filled with ``draft``; ``save`` keeps what was entered."""
    _fill(draft)

    @st.dialog(title, width="medium")
    def dialog() -> None:
        _show(project)
        if not st.session_state["rule.signs"]:
            parts.wrong("Choose at least one sign.")
            return
        said, why = actions.outcome(lambda: describe(read()))
        (parts.wrong if why else parts.note)(said or why)
        pressed = st.button(title, key="rule.add", type="primary", on_click=keep, width="stretch")
        actions.close_when_done(pressed)

    def keep() -> None:
        actions.act(lambda: save(read()), done)

    dialog()


def _fill(draft: RuleDraft) -> None:
    quiet = draft.quiet or QuietHours(start="22:00", end="06:00")
    values: dict[str, object] = {
        "name": draft.name,
        "signs": [condition.sign for condition in draft.conditions],
        "needed": draft.needed,
        "mode": draft.mode,
        "rest": draft.cooldown_s / HOUR_S,
        "per_day": draft.per_day,
        "quiet": draft.quiet is not None,
        "from": time.fromisoformat(quiet.start),
        "to": time.fromisoformat(quiet.end),
        "zone": quiet.timezone,
    }
    for condition in draft.conditions:
        values |= {f"of.{condition.sign}": condition.of or None}
        if condition.sign in AMOUNTS:
            values |= {f"amount.{condition.sign}": condition.amount or AMOUNTS[condition.sign]}
    for name, value in values.items():
        st.session_state[f"rule.{name}"] = value


def _show(project: Project) -> None:
    st.text_input("Name", key="rule.name", max_chars=80, placeholder="Optional")
    st.multiselect("When", list(SIGNS), format_func=SIGNS.__getitem__, key="rule.signs")
    signs = st.session_state["rule.signs"]
    for sign in signs:
        _narrow(project, sign)
    left, right = st.columns(2)
    if len(signs) > 1:
        st.session_state["rule.needed"] = min(st.session_state.get("rule.needed", 1), len(signs))
        left.number_input(f"How many of {len(signs)} must hold", 1, len(signs), key="rule.needed")
    right.selectbox("Then", list(MODES), format_func=MODES.__getitem__, key="rule.mode")
    with st.expander("Limits"):
        _limits()


def _narrow(project: Project, sign: Sign) -> None:
    """Ask for the amount of a sign, and for what it is narrowed to."""
    left, right = st.columns(2)
    if sign in AMOUNTS:
        st.session_state.setdefault(f"rule.amount.{sign}", AMOUNTS[sign])
        left.number_input(SIGNS[sign], 0.1, 1e9, key=f"rule.amount.{sign}", step=1.0)
    st.session_state.setdefault(f"rule.of.{sign}", None)
    if sign in conditions.WITH_DATASET:
        names = list(dict.fromkeys(version.dataset for version in loaders.datasets(project.name)))
        right.selectbox(f"{SIGNS[sign]}: of", names, key=f"rule.of.{sign}", placeholder=OWN)
    elif sign is Sign.ALERT:
        right.selectbox(f"{SIGNS[sign]}: at least", list(Severity), key=f"rule.of.{sign}", placeholder=ANY)
    elif sign is Sign.WEBHOOK:
        right.text_input(f"{SIGNS[sign]}: called", key=f"rule.of.{sign}", placeholder=ANY)


def _limits() -> None:
    left, right = st.columns(2)
    left.number_input("Rest after the last time (hours)", 0.0, 8_784.0, key="rule.rest", step=1.0)
    right.number_input("Times a day at most", 1, 100, key="rule.per_day")
    st.toggle("Quiet hours", key="rule.quiet", help="In these hours it waits; what it found counts when they end.")
    if not st.session_state["rule.quiet"]:
        return
    values = {"from": time(22), "to": time(6), "zone": "UTC"}
    for name, value in values.items():
        st.session_state.setdefault(f"rule.{name}", value)
    start, end, zone = st.columns([1, 1, 2])
    start.time_input("From", key="rule.from", step=900)
    end.time_input("To", key="rule.to", step=900)
    zone.selectbox("Time zone", sorted(available_timezones()), key="rule.zone")


def read() -> RuleDraft:
    """Return what was entered.

    Raises:
        InvalidRule: a condition lacks something.
    """
    given = st.session_state
    found = tuple(conditions.checked(_condition(sign)) for sign in given["rule.signs"])
    return RuleDraft(
        name=given["rule.name"].strip(),
        conditions=found,
        needed=given.get("rule.needed", 1) if len(found) > 1 else 1,
        mode=given["rule.mode"],
        quiet=_quiet() if given.get("rule.quiet") else None,
        cooldown_s=round(given["rule.rest"] * HOUR_S),
        per_day=given["rule.per_day"],
    )


def _condition(sign: Sign) -> Condition:
    amount = float(st.session_state.get(f"rule.amount.{sign}", AMOUNTS[sign])) if sign in AMOUNTS else None
    of = st.session_state.get(f"rule.of.{sign}") if sign in conditions.NARROWED else None
    return Condition(sign=sign, amount=amount, of=str(of or "").strip())


def _quiet() -> QuietHours:
    given = st.session_state
    start, end = (given[f"rule.{name}"].strftime("%H:%M") for name in ("from", "to"))
    return QuietHours(start=start, end=end, timezone=given["rule.zone"])
