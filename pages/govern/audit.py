"""Audit trail: who did what when, in a chain that shows any tampering."""

import json

import streamlit as st

from core.records.event import AuditEvent
from pages.shared import actions, loaders, parts, tables
from pages.shared.context import actor, platform
from pages.shared.context import project as chosen

COLUMNS = {
    "number": st.column_config.NumberColumn("No.", width="small", pinned=True),
    "at": st.column_config.DatetimeColumn("When", format="YYYY-MM-DD HH:mm:ss"),
    "actor": st.column_config.TextColumn("Who", width="small"),
    "action": st.column_config.TextColumn("Did"),
    "project": st.column_config.TextColumn("Project", width="small"),
    "subject": st.column_config.TextColumn("To"),
    "details": st.column_config.TextColumn("Details", width="medium"),
    "hash": st.column_config.TextColumn("Hash", width="small"),
}
RESULT = "audit.result"


def _verify() -> None:
    st.session_state[RESULT] = ("checked", actions.act(lambda: platform().audit.verify(actor())))


def _row(event: AuditEvent) -> tables.Row:
    return {
        "number": event.number,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "project": event.project,
        "subject": event.subject,
        "details": json.dumps(event.details, default=str) if event.details else "",
        "hash": event.hash[:10],
    }


def render() -> None:
    """Draw the screen."""
    with parts.title("Audit trail", "Who did what, in a chain of hashes that shows any change"):
        st.button("Verify", key="audit.verify", type="primary", icon=":material/verified:", on_click=_verify)
    found = chosen()
    only = st.toggle("Only this project", key="audit.only", persist_state="session") if found else False
    checked = st.session_state.pop(RESULT, None)
    if checked and checked[1] is None:
        st.success("The chain is whole: no event was changed, added or taken away.", icon=":material/verified:")
    elif checked:
        st.error(f"The chain is broken at event {checked[1]}: it, or one before it, was changed.")
    events = loaders.events(actor(), found.name if found and only else None)
    if events:
        tables.show([_row(event) for event in events], COLUMNS, "audit.table")
    else:
        parts.empty("Nothing was done yet.")


render()
