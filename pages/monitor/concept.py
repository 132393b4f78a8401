"""Concept drift: does the champion err more than it did, since when, and do the features still mean the same?"""

import streamlit as st

from core.charts import concept as charts
from core.records.monitor import Association, MonitorReport, ReportKind, ReportOutline
from core.records.project import Project
from pages.monitor import window_choice
from pages.shared import loaders, parts, tables
from pages.shared.context import theme
from pages.shared.words import number, plain

CHART = "concept.over_time"
COLUMNS = {
    "feature": st.column_config.TextColumn("Feature", pinned=True),
    "verdict": tables.states("Verdict", ["shifted", "stable"]),
    "reference": tables.figure("In the reference", "%.3f"),
    "current": tables.figure("In this window", "%.3f"),
    "shift": tables.figure("Shift", "%+.3f"),
    "p": st.column_config.TextColumn("Chance alone", help="p-value, adjusted for all features (Holm)"),
}
MEANING = (
    "Spearman's correlation with the target; a category stands for the mean rank the target had with it. That a "
    "feature tells something else can come from other inputs alone; a higher error cannot."
)


def show(project: Project) -> None:
    """Draw the windows and the chosen one."""
    track = window_choice.track(project, ReportKind.CONCEPT)
    if track is None:
        parts.empty(f"No check has looked at the errors of {plain(project.name)} yet: run one with Concept chosen.")
        return
    window = window_choice.window(track)
    if len(track.windows) > 1:
        parts.section("The champion's error over time", "Beside that on the rows held out at training; click a window")
        figure = charts.over_time(track.windows, window.id, theme(), window_choice.marks(project), _error(project))
        parts.chart(figure, key=CHART, on_select=lambda: window_choice.clicked(CHART))
        window_choice.slider(track, window)
    report(project, loaders.report(window.id))


def report(project: Project, found: MonitorReport) -> None:
    """Draw one window."""
    parts.section(window_choice.named(found.outline), found.summary, found.outcome)
    parts.facts(_facts(project, found.outline), columns=150)
    left, right = parts.pair()
    with left:
        st.markdown("**The error along its rows**")
        if found.points:
            parts.chart(charts.within(found, theme(), _error(project)), key=f"concept.within.{found.id}")
        else:
            parts.note("Too few rows have a known truth to draw a line.")
    with right:
        st.markdown("**What features tell of the target**")
        if found.associations:
            parts.chart(charts.associations(found.associations, theme()), key=f"concept.told.{found.id}")
        else:
            parts.note("Too few rows have a known truth to compare what features tell.")
    if found.associations:
        tables.show([_row(one) for one in found.associations], COLUMNS, f"concept.associations.{found.id}")
        parts.note(MEANING)


def _facts(project: Project, window: ReportOutline) -> list[tuple[str, object] | tuple[str, object, str]]:
    figures = window.figures
    rise = figures.get("rise")
    return [
        (f"{_error(project).capitalize()} here", number(figures.get("error"))),
        ("At training", number(figures.get("error_at_training")), "On the rows held out then"),
        ("Change", None if rise is None else f"{rise:+.0%}"),
        ("Changes within", None if "changes" not in figures else f"{figures['changes']:.0f}", "Found by ADWIN"),
        ("Features that shifted", f"{window.drifted_columns}"),
        ("Rows", f"{window.rows_current:,}"),
        ("Against", window.reference),
    ]


def _error(project: Project) -> str:
    return "share of wrong answers" if project.task.is_classification else "mean absolute error"


def _row(one: Association) -> tables.Row:
    return {
        "feature": one.feature,
        "verdict": tables.marks("shifted" if one.shifted else "stable"),
        "reference": one.reference,
        "current": one.current,
        "shift": one.current - one.reference,
        "p": f"{one.p_adjusted:.2g}",
    }
