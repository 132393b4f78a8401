"""A candidate beside the champion, measure by measure, with what can be said of each difference."""

import streamlit as st

from core.charts import serving as charts
from core.records.project import Project, Task
from core.records.traffic import Comparison, Measure, Traffic, TrafficMode
from pages.serve import serving_loaders
from pages.shared import parts, tables
from pages.shared.context import theme

COLUMNS = {
    "measure": st.column_config.TextColumn("Measure", pinned=True, width=170),
    "finding": tables.states("It is", ["better", "worse", "shifted", "no difference shown", "too few yet"], 150),
    "champion": st.column_config.TextColumn("Champion", width=85),
    "candidate": st.column_config.TextColumn("Candidate", width=85),
    "between": st.column_config.TextColumn("Difference lies between", width=170),
    "p": st.column_config.TextColumn("p", width=70),
    "rows": st.column_config.TextColumn("Of", width=120),
}


def show(project: Project, given: Traffic) -> None:
    """Show the panel of a candidate."""
    found = serving_loaders.standing(given)
    note = (
        f"Intervals hold with {found.confidence:.0%} confidence at all times at once, so look as often as you like. "
        f"At least {given.guards.minimum:,} on each side."
    )
    parts.section(f"Version {given.version} beside the champion", note)
    named = [(_name(one.measure, project), one) for one in found.comparisons]
    tables.show([_row(name, one) for name, one in named], COLUMNS, "serving.standing")
    _told_guards(given)
    if any(one.low is not None for one in found.comparisons):
        parts.chart(charts.differences(named, theme()), key="serving.differences")


def _told_guards(given: Traffic) -> None:
    guards, told = given.guards, []
    if guards.errors is not None:
        told.append(f"{guards.errors:.1%} more failures")
    if guards.latency is not None:
        told.append(f"a p95 of {guards.latency:g} times the champion's")
    if guards.loss is not None:
        told.append(f"{guards.loss:g} more loss by labels" if guards.loss else "more loss by labels")
    if given.mode is not TrafficMode.SHADOW and told:
        parts.note(f"Rolled back by itself when this is shown: {', '.join(told)}.")


def _name(measure: Measure, project: Project) -> str:
    if measure is Measure.ERRORS:
        return "Failed requests"
    if measure is Measure.LATENCY:
        return "Latency, 95th percentile"
    is_number = project.task is Task.REGRESSION
    if measure is Measure.LOSS:
        return "Absolute error by labels" if is_number else "Wrong by labels"
    return "Mean answer" if is_number else f"Answers {project.positive}" if project.positive else "Answers of one class"


def _row(name: str, one: Comparison) -> tables.Row:
    between = "—" if one.low is None or one.high is None else f"{_shown(one, one.low)} and {_shown(one, one.high)}"
    if one.slow_s is not None and one.low is not None:
        between += f" slower than {one.slow_s * 1000:g} ms"
    return {
        "measure": name,
        "finding": tables.marks(one.finding.value),
        "champion": _figure(one, one.champion),
        "candidate": _figure(one, one.candidate),
        "between": between,
        "p": f"{one.p:.3g}" if one.p >= 0.001 else "< 0.001",
        "rows": f"{one.champion_rows:,} and {one.candidate_rows:,}",
    }


def _figure(one: Comparison, value: float | None) -> str:
    if value is None:
        return "—"
    if one.measure is Measure.ERRORS:
        return f"{value:.2%}"
    return f"{value * 1000:.2f} ms" if one.measure is Measure.LATENCY else f"{value:.4g}"


def _shown(one: Comparison, value: float) -> str:
    return f"{value:+.2%}" if one.measure in (Measure.ERRORS, Measure.LATENCY) else f"{value:+.4g}"
