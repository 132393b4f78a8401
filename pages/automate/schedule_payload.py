"""The fields of a schedule that say what its action works on."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.maintenance.rotation import KEPT
from core.monitoring.production.service import CHECK as PERFORMANCE
from core.monitoring.request import ALL
from core.records.base import JsonObject
from core.records.channel import ChannelKind
from core.records.schedule import ScheduleAction
from core.retraining.reporting import USUAL
from pages.shared import alert_loaders, loaders, parts

EVERYONE = "All e-mail channels of the project"
CHAMPIONS = "The champion's dataset, newest version"
LOGGED = "Logged predictions"
DRIFT = "drift"
WORDS = {
    "dataset": "Works on",
    "into": "Into",
    "preparation": "Preparation",
    "channel": "Channel",
    "last": "About the last",
    "folder": "Folder",
    "keep": "Kept",
    "repair": "Repairs",
}
"""How entries of a payload are called where they are shown."""

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
        "named": payload.get("dataset"),
        "into": payload.get("into") or "",
        "preparation": payload.get("preparation"),
        "channel": payload.get("channel") or EVERYONE,
        "folder": payload.get("folder") or "",
        "keep": int(payload.get("keep") or KEPT),
        "repair": bool(payload.get("repair")),
    }


def show(project: str) -> None:
    """Ask what the action works on."""
    for name, value in values({}).items():  # a field that was not drawn last time has forgotten what it held
        st.session_state.setdefault(f"schedule.{name}", value)
    SHOWN.get(st.session_state["schedule.action"], _nothing)(project)


def _names(project: str) -> list[str]:
    return list(dict.fromkeys(version.dataset for version in loaders.datasets(project)))


def _nothing(project: str) -> None:  # noqa: ARG001
    parts.note("It works on everything this installation keeps, whichever project the schedule belongs to.")


def _retrain(project: str) -> None:
    words = "The newest version of it, with the champion's estimator, hyperparameters and features."
    options = _with_chosen("data", [CHAMPIONS, *_names(project)])
    st.selectbox("Train on", options, key="schedule.data", help=words)


def _ingest(project: str) -> None:
    fetched = sorted({version.dataset for version in loaders.datasets(project) if version.origin is not None})
    words = "Those that were fetched from an address or a database."
    st.selectbox("Refresh", fetched, key="schedule.fetched", placeholder="Choose a dataset", help=words)


def _monitor(project: str) -> None:
    check = st.segmented_control("Check", list(CHECKS), format_func=CHECKS.__getitem__, key="schedule.check")
    left, right = st.columns(2)
    if check == PERFORMANCE:
        st.session_state["schedule.current"] = LOGGED
    current = _with_chosen("current", [LOGGED, *_names(project)])
    left.selectbox("Look at", current, key="schedule.current", disabled=check == PERFORMANCE)
    right.text_input(
        "Of the last",
        key="schedule.last",
        placeholder="all of them",
        help="How far back the logged predictions go, counted from each moment: `7d`, `12h`.",
        disabled=st.session_state["schedule.current"] != LOGGED,
    )


def _into(project: str, label: str, ending: str, help: str) -> None:
    left, right = st.columns(2)
    options = _with_chosen("named", _names(project))
    left.selectbox(label, options, key="schedule.named", placeholder="Choose a dataset", help=help)
    right.text_input("Into the dataset", key="schedule.into", placeholder=f"its name with {ending}")


def _batch(project: str) -> None:
    _into(project, "Score", "-predictions", "The newest version of it at each time, by the champion of then.")


def _materialize(project: str) -> None:
    _into(project, "Prepare", "-prepared", "The newest version of it at each time.")
    known = [version.number for version in loaders.preparations(project)]
    st.selectbox("By preparation", known, key="schedule.preparation", placeholder="the newest of then")


def _report(project: str) -> None:
    mail = [one.name for one in alert_loaders.channels(project) if one.kind is ChannelKind.EMAIL]
    left, right = st.columns(2)
    left.selectbox("Send to", _with_chosen("channel", [EVERYONE, *mail]), key="schedule.channel")
    right.text_input("About the last", key="schedule.last", placeholder=USUAL, help="A number and h, d or w: `7d`.")
    if not mail:
        parts.note("The project has no e-mail channel yet. Add one under Monitor, Alerts.")


def _backup(project: str) -> None:  # noqa: ARG001
    left, right = st.columns([3, 1])
    words = "A folder on the machine of the worker, from the root on. Files of other names in it are never touched."
    left.text_input("Into the folder", key="schedule.folder", placeholder="/backup", help=words)
    right.number_input("Keep the newest", 1, 1_000, key="schedule.keep")


def _fsck(project: str) -> None:  # noqa: ARG001
    st.checkbox("Make again what can be", key="schedule.repair")


SHOWN: Mapping[ScheduleAction, Callable[[str], None]] = {
    ScheduleAction.RETRAIN: _retrain,
    ScheduleAction.INGEST: _ingest,
    ScheduleAction.MONITOR: _monitor,
    ScheduleAction.BATCH_PREDICT: _batch,
    ScheduleAction.MATERIALIZE: _materialize,
    ScheduleAction.REPORT: _report,
    ScheduleAction.BACKUP: _backup,
    ScheduleAction.CHECK: _fsck,
}


def read(action: ScheduleAction, old: JsonObject) -> JsonObject:
    """Return what was entered for ``action``; what has no field stays as in ``old``."""
    return {name: value for name, value in {**old, **_entered(action)}.items() if value is not None}


def _entered(action: ScheduleAction) -> JsonObject:
    given = st.session_state
    is_logged, last = given["schedule.current"] == LOGGED, given["schedule.last"].strip() or None
    into = {"dataset": given["schedule.named"], "into": given["schedule.into"].strip() or None}
    entered: dict[ScheduleAction, JsonObject] = {
        ScheduleAction.RETRAIN: {"dataset": _unless(CHAMPIONS, given["schedule.data"])},
        ScheduleAction.INGEST: {"dataset": given["schedule.fetched"]},
        ScheduleAction.MONITOR: {
            "current": _unless(LOGGED, given["schedule.current"]),
            "last": last if is_logged else None,
            "check": _unless(DRIFT, given["schedule.check"] or DRIFT),
        },
        ScheduleAction.BATCH_PREDICT: into,
        ScheduleAction.MATERIALIZE: into | {"preparation": given["schedule.preparation"]},
        ScheduleAction.REPORT: {"channel": _unless(EVERYONE, given["schedule.channel"]), "last": last},
        ScheduleAction.BACKUP: {"folder": given["schedule.folder"].strip(), "keep": given["schedule.keep"]},
        ScheduleAction.CHECK: {"repair": "yes" if given["schedule.repair"] else None},
    }
    return entered.get(action, {})


def _unless(usual: str, chosen: str | None) -> str | None:
    return None if chosen == usual else chosen


def _with_chosen(name: str, options: list[str]) -> list[str]:
    """Return the options with the chosen one among them, such as one version of a dataset."""
    chosen = st.session_state[f"schedule.{name}"]
    return options if chosen in options else [*options, chosen]
