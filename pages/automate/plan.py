"""The retraining plan of a project: in plain words, and the dialog that changes it."""

import streamlit as st

from core.records.access import Permission
from core.records.plan import DataChoice, PlanDraft, Trial
from core.records.project import Project
from core.retraining import plans
from pages.shared import actions, loaders, parts, retraining_loaders
from pages.shared.context import actor, may, platform

CHAMPIONS = "The champion's dataset"
ROWS = {
    DataChoice.LATEST: "All rows of the newest version",
    DataChoice.WINDOW: "A window of time",
    DataChoice.WEIGHTED: "All rows, newer ones with more weight",
    DataChoice.LABELLED: "Logged predictions whose truth is known",
}
TRIALS = {Trial.NONE: "No trial", Trial.SHADOW: "Shadow beside the champion", Trial.CANARY: "Canary on some requests"}
HOUR, DAY = 3_600, 86_400


def show(project: Project) -> None:
    """Draw the plan."""
    plan = retraining_loaders.plan(project.name)
    with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(gap=None, width="stretch"):
            st.markdown("**How a retraining goes**")
            parts.note(plans.describe(plan))
        if may(Permission.SCHEDULE) and st.button("Change plan", key="plan.change", icon=":material/edit:"):
            ask(project, plan.draft)


def ask(project: Project, draft: PlanDraft) -> None:
    """Open the dialog, filled with ``draft``."""
    _fill(draft)

    @st.dialog("How a retraining goes", width="medium")
    def dialog() -> None:
        _fields(project)
        pressed = st.button("Save plan", key="plan.save", type="primary", on_click=save, width="stretch")
        actions.close_when_done(pressed)

    def save() -> None:
        actions.act(lambda: platform().plans.set(actor(), project.name, _read()), "The plan is saved.")

    dialog()


def _fill(draft: PlanDraft) -> None:
    values = {
        "data": draft.data,
        "dataset": draft.dataset or CHAMPIONS,
        "span": draft.span,
        "trials": draft.trials,
        "trial": draft.trial,
        "hours": draft.trial_s // HOUR,
        "share": round(draft.share * 100),
        "promote": draft.promote,
        "probation": draft.probation_s // DAY,
        "worse": draft.worse_by,
    }
    for name, value in values.items():
        st.session_state[f"plan.{name}"] = value


def _fields(project: Project) -> None:
    left, right = st.columns(2)
    left.selectbox("Learn from", list(ROWS), format_func=ROWS.__getitem__, key="plan.data")
    names = list(dict.fromkeys(version.dataset for version in loaders.datasets(project.name)))
    right.selectbox("Dataset", [CHAMPIONS, *names], key="plan.dataset")
    if st.session_state["plan.data"] in (DataChoice.WINDOW, DataChoice.WEIGHTED):
        is_window = st.session_state["plan.data"] is DataChoice.WINDOW
        st.text_input("Length" if is_window else "Half-life", key="plan.span", placeholder="90d")
    left, right = st.columns(2)
    left.number_input("Trials of a search", 0, 200, key="plan.trials", help="0 keeps the champion's hyperparameters.")
    right.selectbox("Try it first", list(TRIALS), format_func=TRIALS.__getitem__, key="plan.trial")
    if st.session_state["plan.trial"] is not Trial.NONE:
        left, right = st.columns(2)
        left.number_input("Hours of trial", 1, 2160, key="plan.hours")
        if st.session_state["plan.trial"] is Trial.CANARY:
            right.number_input("Percent of the requests", 1, 50, key="plan.share")
    words = "Only when the verdict of the gates is to promote, and only against the champion it was given for."
    st.toggle("Promote by itself", key="plan.promote", help=words, disabled=not may(Permission.PROMOTE))
    left, right = st.columns(2)
    left.number_input("Days of probation", 0, 366, key="plan.probation", help="How long a new champion is watched.")
    right.number_input("Roll back when worse by (%)", 0.1, 1000.0, key="plan.worse", step=1.0)


def _read() -> PlanDraft:
    given = st.session_state
    chosen = given["plan.dataset"]
    data = given["plan.data"]
    by_time = data in (DataChoice.WINDOW, DataChoice.WEIGHTED)
    return PlanDraft(
        data=data,
        dataset="" if chosen == CHAMPIONS else chosen,
        span=(given.get("plan.span") or "").strip() or "?" if by_time else "",
        trials=given["plan.trials"],
        trial=given["plan.trial"],
        trial_s=given.get("plan.hours", 24) * HOUR,
        share=given.get("plan.share", 10) / 100,
        promote=given["plan.promote"],
        probation_s=given["plan.probation"] * DAY,
        worse_by=given["plan.worse"],
    )
