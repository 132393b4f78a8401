"""One drift report: the verdict, all columns at a glance, one of them in detail."""

import streamlit as st

from core.charts import drift as charts
from core.monitoring import methods
from core.records.monitor import ColumnDrift, ColumnVerdict, MonitorReport
from pages.shared import parts, state, tables
from pages.shared.context import platform, theme
from pages.shared.words import number

COLUMNS = {
    "name": st.column_config.TextColumn("Column", pinned=True),
    "verdict": tables.states("Verdict", [verdict.value for verdict in ColumnVerdict]),
    "role": st.column_config.TextColumn("Role", width="small"),
    "test": st.column_config.TextColumn("Test"),
    "statistic": st.column_config.TextColumn("Statistic", width="small"),
    "threshold": st.column_config.TextColumn("Threshold", width="small"),
    "missing": st.column_config.TextColumn("Missing", width="small"),
    "reason": st.column_config.TextColumn("Why", width="medium"),
}


def show(report_id: str) -> None:
    """Draw the report."""
    report = platform().monitoring.report(report_id)
    heading = f"{report.current} against {report.reference}"
    with parts.title(heading, report.summary, report.outcome, back=(state.REPORT, state.COLUMN)):
        pass
    parts.facts(
        [
            ("Current", report.current),
            ("Current rows", f"{report.rows_current:,}"),
            ("Reference", report.reference),
            ("Reference rows", f"{report.rows_reference:,}"),
            ("Drifted columns", f"{report.drifted_columns} of {report.tested_columns} tested"),
            parts.when("Checked", report.created_at),
        ]
    )
    if not report.columns:
        return
    ordered = sorted(report.columns, key=charts.severity, reverse=True)
    left, right = parts.pair()
    with left:
        parts.section("Columns at a glance", "How far each is from its threshold; click one")
        parts.chart(charts.overview(report.columns, theme()), key="drift.overview", on_select=_clicked)
    with right:
        _column(_chosen(ordered))
    _table(report, ordered)


def _chosen(ordered: list[ColumnDrift]) -> ColumnDrift:
    asked = st.query_params.get(state.COLUMN)
    return next((column for column in ordered if column.name == asked), ordered[0])


def _clicked() -> None:
    points = st.session_state["drift.overview"]["selection"]["points"]
    if points:
        st.query_params[state.COLUMN] = str(points[0]["customdata"][0])


def _column(column: ColumnDrift) -> None:
    parts.section(column.name, "Share of the values, reference and current", column.verdict.value)
    if column.labels:
        parts.chart(charts.overlay(column, theme()), key="drift.overlay")
    else:
        parts.note(column.reason or "There is nothing to draw.")
    kind = "p-value" if column.is_p_value else "Distance"
    parts.facts(
        [
            ("Test", methods.title(column.test)),
            (kind, _statistic(column.statistic)),
            ("Threshold", f"{'below' if column.is_p_value else 'from'} {_statistic(column.threshold)} counts as drift"),
            ("Missing, reference", f"{column.missing_reference:.1%}"),
            ("Missing, current", f"{column.missing_current:.1%}"),
            ("Mean, reference", number(column.mean_reference)),
            ("Mean, current", number(column.mean_current)),
        ],
        columns=130,
    )


def _statistic(value: float | None) -> str:
    return "—" if value is None else f"{value:.3g}"


def _table(report: MonitorReport, ordered: list[ColumnDrift]) -> None:
    parts.section("All columns")
    rows = [
        {
            "name": column.name,
            "verdict": tables.marks(column.verdict.value),
            "role": column.role,
            "test": methods.title(column.test),
            "statistic": f"{'p ' if column.is_p_value else ''}{_statistic(column.statistic)}",
            "threshold": _statistic(column.threshold),
            "missing": f"{column.missing_reference:.1%} → {column.missing_current:.1%}",
            "reason": column.reason,
        }
        for column in ordered
    ]
    tables.opening(rows, COLUMNS, f"drift.columns.{report.id}", lambda row: _choose(ordered[row]))


def _choose(column: ColumnDrift) -> None:
    st.query_params[state.COLUMN] = column.name
