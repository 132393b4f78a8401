"""Retraining rules: what starts a retraining by itself, and why it did or did not."""

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.records.rule import Decision, RetrainingRule, RuleDraft
from core.retraining.rules import describe
from pages.automate import rule_fields
from pages.shared import actions, parts, retraining_loaders, state, tables
from pages.shared.context import actor, may, platform
from pages.shared.words import plain

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
            _add(project)
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
        _switches(project, chosen)
    _why(project)


def _open(id: str) -> None:
    st.query_params[state.RULE] = id


def _add(project: Project) -> None:
    def save(draft: RuleDraft) -> object:
        return platform().rules.add(actor(), project.name, draft)

    rule_fields.ask(project, "Add rule", rule_fields.USUAL, save, "The rule is added.")


def _edit(project: Project, rule: RetrainingRule) -> None:
    def save(draft: RuleDraft) -> object:
        return platform().rules.change(actor(), rule.id, draft)

    rule_fields.ask(project, "Save rule", rule.draft, save, "The rule is changed; it looks anew.")


def _switches(project: Project, rule: RetrainingRule) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(rule.name or rule.id)}**", width="content")
        if st.button("Edit", key="rule.edit", icon=":material/edit:"):
            _edit(project, rule)
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
