"""The dialog that gives a candidate its part in the traffic, and the button that ends it."""

import streamlit as st

from core.records.model import Alias, Deployment
from core.records.project import Project
from core.records.traffic import Guards, Traffic, TrafficMode
from core.serving.traffic import NOBODY
from pages.shared import actions, loaders, parts
from pages.shared.context import actor, platform
from pages.shared.words import plain

MODES = {
    "Canary": TrafficMode.CANARY,
    "A/B test": TrafficMode.AB,
    "Shadow": TrafficMode.SHADOW,
}
TOLD = {
    "Canary": "A share of the requests is answered by the candidate. It is rolled back when it does worse.",
    "A/B test": "A share of the requests is answered by the candidate, to measure a difference.",
    "Shadow": "The candidate computes what the champion answers; nobody gets its answers.",
}
USUAL = {"Canary": 5.0, "A/B test": 50.0, "Shadow": 100.0}


def buttons(project: Project, champion: Deployment, given: Traffic | None) -> None:
    """Offer to change the traffic, and to end a candidate's part."""
    if given is not None and st.button("Stop", key="serving.stop", icon=":material/stop_circle:"):
        _ask_stop(project, given)
    others = [one for one in loaders.versions(project.name) if one.version != champion.version]
    is_possible = bool(others)
    if st.button(
        "Change traffic",
        key="serving.change",
        type="primary",
        icon=":material/alt_route:",
        disabled=not is_possible,
        help=None if is_possible else "There is no version beside the champion yet.",
    ):
        _ask(project, [one.version for one in others], _first(project, given), NOBODY if given is None else given.id)


def _first(project: Project, given: Traffic | None) -> int | None:
    """Return the version the form starts with: the one that takes part, else the challenger."""
    if given is not None:
        return given.version
    versions = loaders.versions(project.name)
    return next((one.version for one in versions if Alias.CHALLENGER in one.aliases), None)


def _ask_stop(project: Project, given: Traffic) -> None:
    actions.confirm(
        "Stop",
        f"Version {given.version} takes no part any more; within a second the champion of **{plain(project.name)}** "
        "answers everything.",
        "Stop",
        "serving.stop",
        lambda reason: platform().traffic.stop(actor(), project.name, reason=reason, expected=given.id),
        reason=True,
        done=f"Only the champion of {project.name} answers.",
    )


def _value(name: str) -> object:
    return st.session_state.get(f"serving.{name}")


def _start(project: str, seen: int) -> None:
    mode = MODES[str(_value("mode"))]
    guards = None
    if mode is not TrafficMode.SHADOW and _value("guarded"):
        guards = Guards.model_validate(
            {
                "minimum": _value("minimum"),
                "errors": float(str(_value("errors"))) / 100,
                "latency": _value("latency_times"),
                "loss": _value("loss"),
            }
        )
    started = actions.act(
        lambda: platform().traffic.start(
            actor(),
            project,
            mode,
            reason=str(_value("reason") or ""),
            version=int(str(_value("version"))),
            share=float(str(_value("share"))) / 100,
            sticky=str(_value("sticky") or "").strip(),
            guards=guards or (Guards(errors=None, latency=None, loss=None) if mode is TrafficMode.CANARY else None),
            expected=seen,
        )
    )
    if started:
        st.session_state["shared.notice"] = f"Version {started.version} takes part within a second."


@st.dialog("Change traffic", width="medium")
def _ask(project: Project, versions: list[int], first: int | None, seen: int) -> None:
    mode = st.segmented_control("As", list(MODES), default="Canary", key="serving.mode", required=True) or "Canary"
    parts.note(TOLD[mode])
    left, right = st.columns(2)
    with left:
        place = versions.index(first) if first in versions else 0
        st.selectbox("Version", versions, index=place, key="serving.version", format_func=lambda one: f"Version {one}")
    with right:
        label = "Mirrored, percent" if mode == "Shadow" else "Share, percent"
        st.number_input(label, 0.1, 100.0, USUAL[mode], step=1.0, key="serving.share")
    if mode != "Shadow":
        st.text_input("Divide by header", key="serving.sticky", placeholder="empty: by prediction id")
        _guards(mode)
    st.text_area(
        "Reason", key="serving.reason", placeholder="One sentence for those who read the history later", height=80
    )
    pressed = st.button(
        "Change traffic",
        key="serving.start",
        type="primary",
        on_click=_start,
        args=(project.name, seen),
        width="stretch",
    )
    actions.close_when_done(pressed)


def _guards(mode: str) -> None:
    usual = Guards()
    if not st.toggle("Roll back by itself when it does worse", value=mode == "Canary", key="serving.guarded"):
        return
    with st.grid(2, min_column_width=180):
        st.number_input("Failed requests more, points", 0.0, 99.0, (usual.errors or 0) * 100, key="serving.errors")
        st.number_input("Times the champion's p95", 1.0, 100.0, usual.latency, key="serving.latency_times")
        st.number_input("Mean loss by labels more", 0.0, None, usual.loss, key="serving.loss")
        st.number_input("Answers before it is judged", 10, 1_000_000, usual.minimum, key="serving.minimum")
