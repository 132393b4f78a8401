"""Data quality: which checks of each window fail, and what was found."""

import streamlit as st

from core.charts import quality as charts
from core.monitoring.quality import WORDS
from core.records.monitor import MonitorReport, QualityCheck, ReportKind
from core.records.project import Project
from pages.monitor import window_choice
from pages.shared import loaders, parts, tables
from pages.shared.context import theme
from pages.shared.words import plain, sentence

CHART, ALL = "quality.over_time", "quality.all"
COLUMNS = {
    "outcome": tables.states("Outcome", ["fail", "warn", "unchecked", "passed"]),
    "check": st.column_config.TextColumn("Check", width="small"),
    "column": st.column_config.TextColumn("Column", width="small"),
    "share": st.column_config.TextColumn("Share", width="small", help="Of the rows that were looked at"),
    "observed": st.column_config.TextColumn("Found", width="large"),
}
MEANING = (
    "Beside the reference: what concerns a hundredth of the rows more than there warns, a tenth fails, unless chance "
    "explains it. The contract of the dataset is asked of each window, too."
)


def show(project: Project) -> None:
    """Draw the windows and the chosen one."""
    track = window_choice.track(project, ReportKind.QUALITY)
    if track is None:
        parts.empty(f"No check has looked at the quality of {plain(project.name)} yet: run one with Quality chosen.")
        return
    window = window_choice.window(track)
    if len(track.windows) > 1:
        left, right = parts.pair()
        with left:
            parts.section("Checks over time", "Click a window")
            figure = charts.outcomes(track.windows, window.id, theme())
            parts.chart(figure, key=CHART, on_select=lambda: window_choice.clicked(CHART))
        with right:
            parts.section("Rows concerned", "The worst checks, column by column")
            shares = charts.shares(track.windows, WORDS, theme())
            if shares is None:
                parts.note("No row of any window is concerned.")
            else:
                parts.chart(shares, key="quality.shares")
        window_choice.slider(track, window)
    report(loaders.report(window.id))


def report(found: MonitorReport) -> None:
    """Draw one window."""
    state = "failed" if found.outline.drifted else found.outcome
    parts.section(window_choice.named(found.outline), found.summary, state)
    parts.facts(
        [
            ("Failed", f"{found.figures.get('failed', 0):.0f}"),
            ("Warned", f"{found.figures.get('warned', 0):.0f}"),
            ("Checks done", f"{found.tested_columns}"),
            ("Rows", f"{found.rows_current:,}"),
            ("Against", found.reference),
        ],
        columns=130,
    )
    wrong = [one for one in found.checks if one.outcome != "passed"]
    st.toggle(f"Show all {len(found.checks)} checks", key=ALL)
    shown = found.checks if st.session_state.get(ALL) else wrong
    if shown:
        tables.show([_row(one) for one in shown], COLUMNS, f"quality.checks.{found.id}.{len(shown)}")
    else:
        parts.note("Every check passes.")
    parts.note(MEANING)


def _row(one: QualityCheck) -> tables.Row:
    return {
        "outcome": tables.marks(one.outcome),
        "check": sentence(WORDS.get(one.check, one.check)),
        "column": one.column or "the rows",
        "share": "—" if one.figure is None else f"{one.figure:.1%}",
        "observed": one.observed,
    }
