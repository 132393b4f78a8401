"""The alert rules of a project."""

import streamlit as st

from core.monitoring.alerts.content import condition_words, what
from core.records.alert import UNRESOLVED, AlertRule
from core.records.project import Project
from pages.shared import alert_loaders, parts, state, tables
from pages.shared.context import now
from pages.shared.words import plain, sentence

COLUMNS = {
    "state": tables.states("State", ["on", "off", "muted"], width=80),
    "severity": tables.states("Severity", ["critical", "warning", "info"]),
    "name": st.column_config.TextColumn("Rule", width="medium"),
    "watched": st.column_config.TextColumn("Watches", width="medium"),
    "fires": st.column_config.TextColumn("Fires when", width="large"),
    "open": st.column_config.NumberColumn("Unresolved", width=90),
    "owner": st.column_config.TextColumn("Owner", width="small"),
}


def show(project: Project) -> None:
    """Draw the rules."""
    found = alert_loaders.rules(project.name)
    if not found:
        parts.empty(
            f"Nothing watches {plain(project.name)} yet. Add a rule; it can be tested on history before it is saved."
        )
        return
    unresolved = alert_loaders.alerts(project.name, UNRESOLVED)
    counts = {rule.id: sum(alert.rule_id == rule.id for alert in unresolved) for rule in found}
    rows = [_row(rule, counts[rule.id]) for rule in found]
    tables.opening(rows, COLUMNS, "alerts.rules", lambda row: _open(found[row]))


def state_of(rule: AlertRule) -> str:
    """Return ``on``, ``off`` or ``muted``."""
    if not rule.enabled:
        return "off"
    return "muted" if rule.muted_until is not None and rule.muted_until > now() else "on"


def _row(rule: AlertRule, unresolved: int) -> tables.Row:
    return {
        "state": tables.marks(state_of(rule)),
        "severity": tables.marks(rule.severity.value),
        "name": rule.name,
        "watched": sentence(what(rule)),
        "fires": condition_words(rule),
        "open": unresolved,
        "owner": rule.owner or "—",
    }


def _open(rule: AlertRule) -> None:
    st.query_params[state.ALERT_RULE] = rule.id
