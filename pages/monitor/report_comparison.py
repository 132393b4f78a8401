"""Two reports of one kind side by side: what changed between them."""

import streamlit as st

from core.monitoring import exporting
from core.records.monitor import MonitorReport, ReportOutline
from core.records.project import Project
from pages.shared import loaders, parts, state, tables
from pages.shared.words import count, minute

KEY = "drift.beside"
VERDICTS = [
    "drifted",
    "stable",
    "too_few_rows",
    "untestable",
    "fail",
    "warn",
    "passed",
    "unchecked",
    "shifted",
    "absent",
]
COLUMNS = {
    "name": st.column_config.TextColumn("Of", pinned=True),
    "change": st.column_config.TextColumn("Change", width="small"),
    "before": tables.states("There", VERDICTS),
    "there": tables.figure("Number there", "%.4g"),
    "after": tables.states("Here", VERDICTS),
    "here": tables.figure("Number here", "%.4g"),
}


def show(project: Project, report: MonitorReport) -> None:
    """Let another report be chosen, and draw both verdicts on everything they judge."""
    others = [one for one in loaders.reports(project.name) if one.kind is report.kind and one.id != report.id]
    if not others:
        return
    by_id = {one.id: one for one in others}
    asked = st.query_params.get(state.COMPARE)
    st.session_state[KEY] = asked if asked in by_id else None
    parts.section("Beside another report", "What is judged otherwise there comes first")
    st.selectbox(
        "Compare with",
        list(by_id),
        key=KEY,
        format_func=lambda one: _called(by_id[one]),
        placeholder="Choose a report",
        on_change=_follow,
    )
    if asked in by_id:
        _table(loaders.report(asked), report)


def _follow() -> None:
    chosen = st.session_state.get(KEY)
    if chosen is None:
        st.query_params.pop(state.COMPARE, None)
    else:
        st.query_params[state.COMPARE] = chosen


def _called(one: ReportOutline) -> str:
    return f"{one.current} against {one.reference}, {minute(one.created_at)}"


def _table(there: MonitorReport, here: MonitorReport) -> None:
    found = exporting.compare(there, here)
    changed = sum(row[1] != row[3] for row in found)
    parts.note(f"{count(changed, 'verdict')} of {len(found):,} differ.")
    rows = [
        {
            "name": name,
            "change": "" if before == after else "differs",
            "before": tables.marks(before),
            "there": first,
            "after": tables.marks(after),
            "here": second,
        }
        for name, before, first, after, second in found
    ]
    tables.show(rows, COLUMNS, f"drift.beside.{there.id}")
