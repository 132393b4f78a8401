"""One drift report: the verdict, all columns at a glance, one of them in detail."""

import streamlit as st

from core.charts import drift as charts
from core.monitoring import exporting, methods
from core.records.monitor import ColumnDrift, ColumnVerdict, MonitorReport, ReportKind, severity
from core.records.project import Project
from pages.monitor import column_view, concept, decision, quality, report_comparison
from pages.shared import actions, drift_loaders, loaders, parts, state, tables
from pages.shared.context import theme
from pages.shared.words import metric_title, number

EVIDENTLY = "drift.evidently_of"
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


def show(project: Project, report_id: str) -> None:
    """Draw the report."""
    report = loaders.report(report_id)
    heading = f"{report.current} against {report.reference}"
    with parts.title(heading, report.summary, report.outcome, back=(state.REPORT, state.COLUMN, state.COMPARE)):
        _files(report)
    if report.kind is ReportKind.QUALITY:
        quality.report(report)
        report_comparison.show(project, report)
        return
    if report.kind is ReportKind.CONCEPT:
        concept.report(project, report)
        report_comparison.show(project, report)
        return
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
    ordered = sorted(report.columns, key=severity, reverse=True)
    left, right = parts.pair()
    with left:
        parts.section("Columns at a glance", "How far each is from its threshold; click one")
        parts.chart(charts.overview(report.columns, theme()), key="drift.overview", on_select=_clicked)
    with right:
        parts.section("In words")
        parts.note(report.summary)
        _answers(report)
    chosen = _chosen(ordered)
    column_view.show(report, chosen, f"drift.report.{report.id}.{chosen.name}")
    _table(report, ordered)
    report_comparison.show(project, report)
    decision.show(project, report, chosen.name)


def _files(report: MonitorReport) -> None:
    for label, kind, make in (
        ("HTML", "text/html", exporting.as_html),
        ("JSON", "application/json", exporting.as_json),
    ):
        st.download_button(
            label,
            make(report),
            f"drift-{report.id}.{label.lower()}",
            kind,
            key=f"drift.file.{label}",
            icon=":material/download:",
        )
    if report.kind is ReportKind.DRIFT:
        _evidently(report.id)


def _evidently(report_id: str) -> None:
    """Offer Evidently's own page, which takes a while to draw: asked for first, then there to download."""
    if st.session_state.get(EVIDENTLY) == report_id:
        page, name = drift_loaders.evidently_page(report_id), f"evidently-{report_id}.html"
        st.download_button(
            "Save Evidently's page", page, name, "text/html", key="drift.file.evidently", icon=":material/download:"
        )
        return
    told = "The same columns drawn by Evidently, with its own tests; names and values in it run nothing."
    st.button(
        "Evidently",
        key="drift.evidently",
        icon=":material/query_stats:",
        help=told,
        on_click=_draw,
        args=(report_id,),
    )


def _draw(report_id: str) -> None:
    if actions.act(lambda: drift_loaders.evidently_page(report_id)):
        st.session_state[EVIDENTLY] = report_id


def _answers(report: MonitorReport) -> None:
    told = report.performance
    if told is None:
        parts.note("There is no champion whose answers could be judged here.")
        return
    name = metric_title(told.metric)
    items: list[tuple[str, object] | tuple[str, object, str]] = [
        (f"{name} here", number(told.value), told.note),
        (f"{name} at training", number(told.expected), "on the rows held out then"),
        ("Rows with a known truth", f"{told.rows:,}"),
    ]
    parts.facts(items, columns=150)


def _chosen(ordered: list[ColumnDrift]) -> ColumnDrift:
    asked = st.query_params.get(state.COLUMN)
    return next((column for column in ordered if column.name == asked), ordered[0])


def _clicked() -> None:
    points = st.session_state["drift.overview"]["selection"]["points"]
    if points:
        st.query_params[state.COLUMN] = str(points[0]["customdata"][0])


def _table(report: MonitorReport, ordered: list[ColumnDrift]) -> None:
    parts.section("All columns")
    rows = [
        {
            "name": column.name,
            "verdict": tables.marks(column.verdict.value),
            "role": column.role,
            "test": methods.title(column.test),
            "statistic": f"{'p ' if column.is_p_value else ''}{column_view.statistic(column.statistic)}",
            "threshold": column_view.statistic(column.threshold),
            "missing": f"{column.missing_reference:.1%} → {column.missing_current:.1%}",
            "reason": column.reason,
        }
        for column in ordered
    ]
    tables.opening(rows, COLUMNS, f"drift.columns.{report.id}", lambda row: _choose(ordered[row]))


def _choose(column: ColumnDrift) -> None:
    st.query_params[state.COLUMN] = column.name
