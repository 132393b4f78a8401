"""All columns of one window of the review."""

from collections import Counter

import streamlit as st

from core.charts import drift_review as charts
from core.records.monitor import ColumnVerdict, ReportOutline, severity
from pages.monitor.tracks import Track
from pages.shared import parts, state, tables

OVERVIEW = {
    "name": st.column_config.TextColumn("Column", pinned=True),
    "verdict": tables.states("Verdict", ["drifted", "stable", "too_few_rows", "untestable"]),
    "importance": st.column_config.ProgressColumn(
        "Importance", format="percent", min_value=0, max_value=1, width="small"
    ),
    "severity": tables.figure("Times the threshold", "%.2f"),
    "p": st.column_config.TextColumn("Chance alone", width="small", help="p-value, adjusted for all columns"),
    "drifted": st.column_config.TextColumn("Windows drifted", width="small"),
    "reason": st.column_config.TextColumn("Why", width="medium"),
}


def show(track: Track, window: ReportOutline) -> None:
    """Draw the table of columns; a click chooses one."""
    parts.section("All columns of this window", "Those first whose drift matters most; click one")
    cells = sorted(window.cells, key=lambda cell: -charts.weight(cell))
    times = Counter(cell.name for one in track.windows for cell in one.cells if cell.verdict is ColumnVerdict.DRIFTED)
    rows = [
        {
            "name": cell.name,
            "verdict": tables.marks(cell.verdict.value),
            "importance": cell.importance,
            "severity": severity(cell) if cell.statistic is not None else None,
            "p": "—" if cell.p_adjusted is None else f"{cell.p_adjusted:.2g}",
            "drifted": f"{times[cell.name]} of {len(track.windows)}",
            "reason": cell.reason,
        }
        for cell in cells
    ]
    tables.opening(rows, OVERVIEW, f"drift.cells.{window.id}", lambda row: _choose(cells[row].name))


def _choose(name: str) -> None:
    st.query_params[state.COLUMN] = name
