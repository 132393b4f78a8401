"""The fields of a schedule that say what its action works on."""

import streamlit as st

from core.monitoring.production.service import CHECK as PERFORMANCE
from core.monitoring.request import ALL
from core.records.base import JsonObject
from core.records.schedule import ScheduleAction
from pages.shared import loaders

CHAMPIONS = "The champion's dataset, newest version"
LOGGED = "Logged predictions"
DRIFT = "drift"
CHECKS = {
    DRIFT: "Drift",
    "quality": "Quality",
    "concept": "Concept",
    ALL: "All three",
    PERFORMANCE: "Performance",
}


def values(payload: JsonObject) -> dict[str, object]:
    """Return what the fields hold for a payload, by their names."""
    return {
        "data": payload.get("dataset") or CHAMPIONS,
        "fetched": payload.get("dataset"),
        "current": payload.get("current") or LOGGED,
        "last": payload.get("last") or "",
        "check": payload.get("check") or DRIFT,
    }


def show(project: str) -> None:
    """Ask what the action works on."""
    names = list(dict.fromkeys(version.dataset for version in loaders.datasets(project)))
    if st.session_state["schedule.action"] is ScheduleAction.RETRAIN:
        words = "The newest version of it, with the champion's estimator, hyperparameters and features."
        st.selectbox("Train on", _with_chosen("data", [CHAMPIONS, *names]), key="schedule.data", help=words)
    elif st.session_state["schedule.action"] is ScheduleAction.INGEST:
        fetched = sorted({version.dataset for version in loaders.datasets(project) if version.origin is not None})
        words = "Those that were fetched from an address or a database."
        st.selectbox("Refresh", fetched, key="schedule.fetched", placeholder="Choose a dataset", help=words)
    elif st.session_state["schedule.action"] is ScheduleAction.MONITOR:
        check = st.segmented_control("Check", list(CHECKS), format_func=CHECKS.__getitem__, key="schedule.check")
        left, right = st.columns(2)
        if check == PERFORMANCE:
            st.session_state["schedule.current"] = LOGGED
        current = _with_chosen("current", [LOGGED, *names])
        left.selectbox("Look at", current, key="schedule.current", disabled=check == PERFORMANCE)
        right.text_input(
            "Of the last",
            key="schedule.last",
            placeholder="all of them",
            help="How far back the logged predictions go, counted from each moment: `7d`, `12h`.",
            disabled=st.session_state["schedule.current"] != LOGGED,
        )


def read(action: ScheduleAction, old: JsonObject) -> JsonObject:
    """Return what was entered for ``action``; what has no field stays as in ``old``."""
    given = st.session_state
    if action is ScheduleAction.RETRAIN:
        entered = {"dataset": None if given["schedule.data"] == CHAMPIONS else given["schedule.data"]}
    elif action is ScheduleAction.INGEST:
        entered = {"dataset": given["schedule.fetched"]}
    elif action is ScheduleAction.MONITOR:
        is_logged = given["schedule.current"] == LOGGED
        entered = {
            "current": None if is_logged else given["schedule.current"],
            "last": given["schedule.last"].strip() or None if is_logged else None,
            "check": None if given["schedule.check"] in (None, DRIFT) else given["schedule.check"],
        }
    else:
        return old
    return {name: value for name, value in {**old, **entered}.items() if value is not None}


def _with_chosen(name: str, options: list[str]) -> list[str]:
    """Return the options with the chosen one among them, such as one version of a dataset."""
    chosen = st.session_state[f"schedule.{name}"]
    return options if chosen in options else [*options, chosen]
