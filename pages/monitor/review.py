"""Drift over time: which column, since when, where it comes from, what it does to the champion, what to do about it."""

import streamlit as st

from core.charts import drift_review as charts
from core.records.monitor import ColumnDrift, ReportOutline
from core.records.project import Project
from pages.monitor import column_view, decision, review_columns, tracks
from pages.monitor.tracks import Track
from pages.shared import drift_loaders, loaders, parts, state
from pages.shared.context import platform, theme
from pages.shared.words import metric_title, number, plain, signed

TRACK, WINDOW, COLUMN, ALL = "drift.track", "drift.window", "drift.column", "drift.all"


def show(project: Project) -> None:
    """Draw the review of the chosen windows."""
    found = tracks.of(drift_loaders.windows(project.name))
    if not found:
        parts.empty(f"No check has looked at {plain(project.name)} yet.")
        return
    track = _track(found)
    window = _window(track)
    names = charts.ranked(track.windows)
    column = _column(names, window)
    _standing(project, track)
    _heat_map(project, track, names, (column, window.id))
    _slider(track, window)
    _window_in_words(window)
    report = loaders.report(window.id)
    chosen = next((one for one in report.columns if one.name == column), None)
    _history_of(track, window, column)
    if isinstance(chosen, ColumnDrift):
        column_view.show(report, chosen, f"drift.{window.id}.{column}")
    review_columns.show(track, window)
    decision.show(project, report, column)


def _track(found: list[Track]) -> Track:
    asked = st.query_params.get(state.TRACK)
    most = max(found, key=lambda track: min(len(track.windows), 2))
    chosen = next((track for track in found if track.key == asked), most)
    if len(found) > 1:
        by_key = {track.key: track for track in found}
        st.session_state[TRACK] = chosen.key

        def follow() -> None:
            st.query_params[state.TRACK] = st.session_state[TRACK]
            st.query_params.pop(state.WINDOW, None)

        st.selectbox("Windows", list(by_key), key=TRACK, format_func=lambda key: by_key[key].title, on_change=follow)
    return chosen


def _window(track: Track) -> ReportOutline:
    """Return the window that the address names, else the last that drifted, else the last."""
    asked = st.query_params.get(state.WINDOW)
    drifted = [one for one in track.windows if one.drifted]
    usual = drifted[-1] if drifted else track.windows[-1]
    return next((one for one in track.windows if one.id == asked), usual)


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
        parts.note(costs.sentence)


def _heat_map(project: Project, track: Track, names: list[str], chosen: tuple[str, str]) -> None:
    is_long = len(names) > charts.MOST_ROWS
    shown = names if not is_long or st.session_state.get(ALL) else names[: charts.MOST_ROWS]
    figure = charts.heat_map(track.windows, shown, theme(), chosen=chosen, marks=_marks(project))
    parts.section("Columns over time", "Those first whose drift matters most: importance times distance; click a cell")
    parts.chart(figure, key="drift.map", on_select=_clicked)
    if is_long:
        st.toggle(f"Show all {len(names)} columns", key=ALL)


def _marks(project: Project) -> list[charts.Mark]:
    """Return promotions and retrainings, as far as they lie in the windows."""
    found = [(one.since, f"v{one.version} promoted") for one in loaders.history(project.name)]
    retrained = [(one.at, "retraining") for one in platform().plans.retrainings(project.name)]
    return [*found, *retrained]


def _clicked() -> None:
    points = st.session_state["drift.map"]["selection"]["points"]
    if points and points[0].get("customdata"):
        column, window = points[0]["customdata"][:2]
        st.query_params[state.COLUMN], st.query_params[state.WINDOW] = str(column), str(window)


def _slider(track: Track, window: ReportOutline) -> None:
    if len(track.windows) < 2:
        return
    names = _names(track)
    st.session_state[WINDOW] = window.id

    def follow() -> None:
        st.query_params[state.WINDOW] = st.session_state[WINDOW]

    st.select_slider("Window", list(names), key=WINDOW, format_func=names.__getitem__, on_change=follow)


def _names(track: Track) -> dict[str, str]:
    """Return by report what its window is called, the full name where short ones are alike."""
    short = [_named(one) for one in track.windows]
    return {
        one.id: name if short.count(name) == 1 else f"{one.current} ({one.id})"
        for one, name in zip(track.windows, short, strict=True)
    }


def _named(window: ReportOutline) -> str:
    return window.current.removesuffix(f" of {window.dataset}") if window.dataset else window.current


def _window_in_words(window: ReportOutline) -> None:
    parts.section(_named(window), window.summary, window.outcome)
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
