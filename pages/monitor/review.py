"""Drift over time: which column, since when, where it comes from, what it does to the champion, what to do about it."""

import streamlit as st

from core.charts import drift_review as charts
from core.records.monitor import ColumnDrift, ReportKind, ReportOutline
from core.records.project import Project
from pages.monitor import column_view, decision, review_columns, value_view, window_choice
from pages.monitor.tracks import Track
from pages.shared import drift_loaders, loaders, parts, state
from pages.shared.context import theme
from pages.shared.words import metric_title, number, plain, signed

ALL = "drift.all"


def show(project: Project) -> None:
    """Draw the review of the chosen windows."""
    track = window_choice.track(project, ReportKind.DRIFT)
    if track is None:
        parts.empty(f"No check has looked at {plain(project.name)} yet.")
        return
    window = window_choice.window(track)
    names = charts.ranked(track.windows)
    column = _column(names, window)
    _standing(project, track)
    _heat_map(project, track, names, (column, window.id))
    window_choice.slider(track, window)
    _window_in_words(window)
    report = loaders.report(window.id)
    chosen = next((one for one in report.columns if one.name == column), None)
    _history_of(track, window, column)
    if isinstance(chosen, ColumnDrift):
        column_view.show(report, chosen, f"drift.{window.id}.{column}")
    review_columns.show(track, window)
    decision.show(project, report, column)


def _column(names: list[str], window: ReportOutline) -> str:
    asked = st.query_params.get(state.COLUMN)
    if asked in names:
        return str(asked)
    here = sorted(window.cells, key=lambda cell: -charts.weight(cell))
    return here[0].name if here else names[0] if names else ""


def _standing(project: Project, track: Track) -> None:
    windows = track.windows
    fired = sum(one.fires for one in windows)
    dropped = sum(bool(one.performance and one.performance.dropped) for one in windows)
    known = sum(bool(one.performance and one.performance.dropped is not None) for one in windows)
    costs = drift_loaders.cost(project.name)
    parts.facts(
        [
            ("Windows drifted", f"{sum(one.drifted for one in windows)} of {len(windows)}"),
            ("The rule fired", f"{fired} times" if fired != 1 else "once"),
            ("Performance dropped", f"in {dropped} of {known} measured" if known else "not measured"),
            ("Drift has cost", None if costs.lost is None else number(costs.lost), costs.sentence),
            ("A retraining costs", None if costs.retraining is None else number(costs.retraining), costs.sentence),
        ],
        columns=165,
    )
    if project.cost_matrix is not None:
        value_view.show(project, windows, "drift.value")


def _heat_map(project: Project, track: Track, names: list[str], chosen: tuple[str, str]) -> None:
    is_long = len(names) > charts.MOST_ROWS
    shown = names if not is_long or st.session_state.get(ALL) else names[: charts.MOST_ROWS]
    figure = charts.heat_map(track.windows, shown, theme(), chosen=chosen, marks=window_choice.marks(project))
    parts.section("Columns over time", "Those first whose drift matters most: importance times distance; click a cell")
    parts.chart(figure, key="drift.map", on_select=_clicked)
    if is_long:
        st.toggle(f"Show all {len(names)} columns", key=ALL)


def _clicked() -> None:
    points = st.session_state["drift.map"]["selection"]["points"]
    if points and points[0].get("customdata"):
        column, window = points[0]["customdata"][:2]
        st.query_params[state.COLUMN], st.query_params[state.WINDOW] = str(column), str(window)


def _window_in_words(window: ReportOutline) -> None:
    parts.section(window_choice.named(window), window.summary, window.outcome)
    told = window.performance
    facts: list[tuple[str, object] | tuple[str, object, str]] = [
        ("Rows", f"{window.rows_current:,}"),
        ("Against", window.reference),
        ("Computed by", {"exact": "our exact statistics", "evidently": "Evidently"}.get(window.engine, "Evidently")),
        ("Rule", f"version {window.rule}" if window.rule else "the usual one"),
    ]
    if told is not None:
        name = metric_title(told.metric)
        facts.append((f"{name} here", number(told.value), told.note))
        facts.append((f"{name} at training", number(told.expected), "on the rows held out then"))
        if told.value is not None and told.expected is not None:
            facts.append(("Change", signed(told.value - told.expected)))
    parts.facts(facts, columns=150)


def _history_of(track: Track, window: ReportOutline, column: str) -> None:
    if len(track.windows) < 2:
        return
    left, right = parts.pair()
    with left:
        st.markdown(f"**{plain(column)} over time**")
        parts.chart(charts.over_time(track.windows, column, window.id, theme()), key="drift.over_time")
    with right:
        st.markdown("**The champion over time**")
        if any(one.performance and one.performance.value is not None for one in track.windows):
            parts.chart(charts.performance(track.windows, window.id, theme()), key="drift.performance")
        else:
            parts.note("The truth of these rows is not known yet, or the champion learned from all of them.")
