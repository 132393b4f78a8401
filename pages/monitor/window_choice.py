"""Which windows a tab of checks shows, and which of them is in detail: both stand in the address."""

import streamlit as st

from core.charts.windows import Mark
from core.records.monitor import ReportKind, ReportOutline
from core.records.project import Project
from pages.monitor import tracks
from pages.monitor.tracks import Track
from pages.shared import drift_loaders, loaders, state
from pages.shared.context import platform


def track(project: Project, kind: ReportKind) -> Track | None:
    """Return the windows the address names, else those with more than one, else the newest; None without any."""
    found = tracks.of(drift_loaders.windows(project.name, kind))
    if not found:
        return None
    asked = st.query_params.get(state.TRACK)
    most = max(found, key=lambda one: min(len(one.windows), 2))
    chosen = next((one for one in found if one.key == asked), most)
    if len(found) > 1:
        by_key = {one.key: one for one in found}
        key = f"{kind.value}.track"
        st.session_state[key] = chosen.key

        def follow() -> None:
            st.query_params[state.TRACK] = st.session_state[key]
            st.query_params.pop(state.WINDOW, None)

        st.selectbox("Windows", list(by_key), key=key, format_func=lambda one: by_key[one].title, on_change=follow)
    return chosen


def window(of: Track) -> ReportOutline:
    """Return the window that the address names, else the last that drifted, else the last."""
    asked = st.query_params.get(state.WINDOW)
    drifted = [one for one in of.windows if one.drifted]
    usual = drifted[-1] if drifted else of.windows[-1]
    return next((one for one in of.windows if one.id == asked), usual)


def slider(of: Track, chosen: ReportOutline) -> None:
    """Draw the slider over the windows."""
    if len(of.windows) < 2:
        return
    names = _names(of)
    key = f"{chosen.kind.value}.window"
    st.session_state[key] = chosen.id

    def follow() -> None:
        st.query_params[state.WINDOW] = st.session_state[key]

    st.select_slider("Window", list(names), key=key, format_func=names.__getitem__, on_change=follow)


def clicked(key: str) -> None:
    """Go to the window whose mark of the chart under ``key`` was clicked."""
    points = st.session_state[key]["selection"]["points"]
    if points and points[0].get("customdata"):
        st.query_params[state.WINDOW] = str(points[0]["customdata"][1])


def marks(project: Project) -> list[Mark]:
    """Return promotions and retrainings, as far as they lie in the windows."""
    found = [(one.since, f"v{one.version} promoted") for one in loaders.history(project.name)]
    retrained = [(one.at, "retraining") for one in platform().plans.retrainings(project.name)]
    return [*found, *retrained]


def _names(of: Track) -> dict[str, str]:
    """Return by report what its window is called, the full name where short ones are alike."""
    short = [named(one) for one in of.windows]
    return {
        one.id: name if short.count(name) == 1 else f"{one.current} ({one.id})"
        for one, name in zip(of.windows, short, strict=True)
    }


def named(one: ReportOutline) -> str:
    """Return what a window is called without the name of its table."""
    return one.current.removesuffix(f" of {one.dataset}") if one.dataset else one.current
