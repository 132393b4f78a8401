"""Alerts: what needs somebody, the rules that find it, and where it is told."""

import streamlit as st

from core.records.access import Permission
from core.records.alert import UNRESOLVED, Alert, AlertState
from core.records.project import Project
from pages.monitor import alert_channels, alert_detail, alert_rule, alert_rules, channel_detail
from pages.shared import alert_loaders, parts, state, tables, tabs
from pages.shared.context import may
from pages.shared.words import plain

SHOWN = {"open": "Unresolved", "resolved": "Resolved", "all": "All"}
STATES: dict[str, tuple[AlertState, ...]] = {"open": UNRESOLVED, "resolved": (AlertState.RESOLVED,), "all": ()}
COLUMNS = {
    "severity": tables.states("Severity", ["critical", "warning", "info"]),
    "state": tables.states("State", [one.value for one in AlertState], width=120),
    "title": st.column_config.TextColumn("Alert", width=180),
    "summary": st.column_config.TextColumn("Why", width=330),
    "opened": tables.time("Opened"),
    "openings": st.column_config.NumberColumn(
        "Openings", width=80, help="How often its cause came back, the first time included"
    ),
    "owner": st.column_config.TextColumn("Owner", width="small"),
}


def _row(alert: Alert) -> tables.Row:
    return {
        "severity": tables.marks(alert.severity.value),
        "state": tables.marks(alert.state.value),
        "title": alert.title,
        "summary": alert.summary,
        "opened": alert.opened_at,
        "openings": alert.openings,
        "owner": alert.owner or "—",
    }


def _open(alert: Alert) -> None:
    st.query_params[state.ALERT] = alert.id


def _follow() -> None:
    st.query_params[state.VIEW] = st.session_state["alerts.shown"]


def _inbox(project: Project) -> None:
    asked = st.query_params.get(state.VIEW, "open")
    st.session_state["alerts.shown"] = asked if asked in SHOWN else "open"
    shown = st.segmented_control(
        "Shown",
        list(SHOWN),
        format_func=SHOWN.__getitem__,
        key="alerts.shown",
        label_visibility="collapsed",
        required=True,
        on_change=_follow,
    )
    found = alert_loaders.alerts(project.name, STATES[shown or "open"])
    if found:
        tables.opening([_row(one) for one in found], COLUMNS, f"alerts.table.{shown}", lambda row: _open(found[row]))
    elif shown == "open" and not alert_loaders.rules(project.name):
        parts.empty(
            f"Nothing watches {plain(project.name)} yet. A rule does: on drift, performance, latency, failed jobs."
        )
    else:
        parts.empty("Nothing is open." if shown == "open" else "There is none.")


def _new() -> None:
    st.query_params[state.ALERT_RULE] = state.NEW


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Alerts")
    alert_id = st.query_params.get(state.ALERT)
    rule_id = st.query_params.get(state.ALERT_RULE)
    channel_id = st.query_params.get(state.CHANNEL)
    if alert_id:
        alert_detail.show(project, alert_id)
    elif rule_id:
        alert_rule.show(project, rule_id)
    elif channel_id:
        channel_detail.show(project, channel_id)
    else:
        with parts.title("Alerts", "What needs somebody, the rules that find it, and where it is told"):
            if may(Permission.MANAGE_ALERTS):
                st.button("New rule", key="alerts.new", type="primary", icon=":material/add_alert:", on_click=_new)
        waiting = alert_loaders.open_count(project.name)
        offered = {
            "inbox": (f"Inbox ({waiting})" if waiting else "Inbox", _inbox),
            "rules": ("Rules", alert_rules.show),
            "channels": ("Channels", alert_channels.show),
        }
        tabs.by_address("alerts.tab", offered, project)


render()
