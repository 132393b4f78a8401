"""Retraining rules: what starts a retraining by itself, and why it did or did not."""

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.records.rule import Condition, Decision, RetrainingRule, RuleDraft, RuleMode, Sign
from core.retraining import conditions
from core.retraining.rules import describe
from pages.shared import actions, parts, retraining_loaders, state, tables
from pages.shared.context import actor, may, platform
from pages.shared.words import plain

SIGNS = {
    Sign.DRIFT: "Drift is found",
    Sign.PERFORMANCE: "Performance falls (%)",
    Sign.QUALITY: "Data are found wrong",
    Sign.VERSION: "A version is added",
    Sign.ROWS: "New rows",
    Sign.LABELS: "New labels",
    Sign.ALERT: "An alert opens",
    Sign.WEBHOOK: "A signal from outside",
}
MODES = {RuleMode.SUGGEST: "Suggest it to a person", RuleMode.ACT: "Start it"}
AMOUNTS = {Sign.PERFORMANCE: 5.0, Sign.ROWS: 500.0, Sign.LABELS: 200.0}
RULES = {
    "state": tables.states("State", ["active", "paused"]),
    "name": st.column_config.TextColumn("Name"),
    "says": st.column_config.TextColumn("Rule", width="large"),
}
LOOKS = {
    "decision": tables.states("Decision", [decision.value for decision in Decision], width=110),
    "at": tables.time("When"),
    "reason": st.column_config.TextColumn("Why", width="large"),
    "job": st.column_config.TextColumn("Job", width="small"),
}


def show(project: Project) -> None:
    """Draw rules and what they decided."""
    rules = retraining_loaders.rules(project.name)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        parts.section("Rules", "Signs that suggest or start a retraining")
        if may(Permission.SCHEDULE) and st.button("Add rule", key="rule.new", icon=":material/rule:"):
            ask(project)
    if not rules:
        parts.note("No rule yet: retrainings start at their time or by hand alone.")
        return
    rows = [
        {
            "state": tables.marks("active" if rule.enabled else "paused"),
            "name": rule.name or "—",
            "says": describe(rule),
        }
        for rule in rules
    ]
    tables.opening(rows, RULES, "rules.table", lambda row: _open(rules[row].id))
    chosen = next((rule for rule in rules if rule.id == st.query_params.get(state.RULE)), None)
    if chosen is not None and may(Permission.SCHEDULE):
        _switches(chosen)
    _why(project)


def _open(id: str) -> None:
    st.query_params[state.RULE] = id


def _switches(rule: RetrainingRule) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(rule.name or rule.id)}**", width="content")
        label = "Pause" if rule.enabled else "Resume"
        st.button(label, key="rule.switch", on_click=_switch, args=(rule.id, not rule.enabled))
        st.button("Remove", key="rule.remove", icon=":material/delete:", on_click=_remove, args=(rule.id,))


def _switch(id: str, enabled: bool) -> None:
    actions.act(lambda: platform().rules.switch(actor(), id, enabled=enabled), "The rule is changed.")


def _remove(id: str) -> None:
    actions.act(lambda: platform().rules.remove(actor(), id), "The rule is removed; what it decided stays.")
    st.query_params.pop(state.RULE, None)


def _why(project: Project) -> None:
    looks = retraining_loaders.evaluations(project.name)
    if not looks:
        parts.note("No rule found anything to look at yet.")
        return
    with st.expander("Why it did, or did not, retrain"):
        rows = [
            {
                "decision": tables.marks(look.decision.value),
                "at": look.at,
                "reason": look.reason,
                "job": look.job_id or "—",
            }
            for look in looks
        ]
        tables.show(rows, LOOKS, "rules.looks")


def ask(project: Project) -> None:
    """Open the dialog for a new rule."""
    for name, value in (("signs", [Sign.DRIFT]), ("needed", 1), ("mode", RuleMode.SUGGEST), ("name", "")):
        st.session_state[f"rule.{name}"] = value

    @st.dialog("Add rule", width="medium")
    def dialog() -> None:
        _fields()
        if not st.session_state["rule.signs"]:
            parts.wrong("Choose at least one sign.")
            return
        said, why = actions.outcome(lambda: describe(_read()))
        (parts.wrong if why else parts.note)(said or why)
        pressed = st.button("Add rule", key="rule.add", type="primary", on_click=add, width="stretch")
        actions.close_when_done(pressed)

    def add() -> None:
        actions.act(lambda: platform().rules.add(actor(), project.name, _read()), "The rule is added.")

    dialog()


def _fields() -> None:
    st.text_input("Name", key="rule.name", max_chars=80, placeholder="Optional")
    st.multiselect("When", list(SIGNS), format_func=SIGNS.__getitem__, key="rule.signs")
    signs = st.session_state["rule.signs"]
    for sign in signs:
        if sign in AMOUNTS:
            st.session_state.setdefault(f"rule.amount.{sign}", AMOUNTS[sign])
            st.number_input(SIGNS[sign], 0.1, 1e9, key=f"rule.amount.{sign}", step=1.0)
    left, right = st.columns(2)
    if len(signs) > 1:
        left.number_input(f"How many of {len(signs)} must hold", 1, len(signs), key="rule.needed")
    right.selectbox("Then", list(MODES), format_func=MODES.__getitem__, key="rule.mode")


def _read() -> RuleDraft:
    given = st.session_state
    found = tuple(conditions.checked(Condition(sign=sign, amount=_amount(sign))) for sign in given["rule.signs"])
    needed = given.get("rule.needed", 1) if len(found) > 1 else 1
    return RuleDraft(name=given["rule.name"].strip(), conditions=found, needed=needed, mode=given["rule.mode"])


def _amount(sign: Sign) -> float | None:
    return float(st.session_state.get(f"rule.amount.{sign}", AMOUNTS[sign])) if sign in AMOUNTS else None
