"""The dialog that makes a project."""

import streamlit as st

from core.records.metric import METRICS, default_metric, metrics_of
from core.records.project import Task
from pages.shared import actions
from pages.shared.context import actor, choose_project, platform

TASKS = {
    Task.BINARY: "Yes or no (binary)",
    Task.MULTICLASS: "One of several classes",
    Task.REGRESSION: "A number (regression)",
}
FIELDS = ("name", "task", "target", "positive", "metric", "time_column", "id_column", "description")


def _value(field: str) -> str | None:
    text = str(st.session_state.get(f"new_project.{field}") or "").strip()
    return text or None


def _create() -> None:
    task = st.session_state["new_project.task"]
    metric = _value("metric")
    made = actions.act(
        lambda: platform().projects.create(
            actor(),
            name=_value("name") or "",
            task=task,
            target=_value("target") or "",
            positive=_value("positive") if task is Task.BINARY else None,
            id_column=_value("id_column"),
            time_column=_value("time_column"),
            metric=metric if metric in {known.name for known in metrics_of(task)} else None,
            description=_value("description") or "",
        ),
        lambda project: f"Project {project.name} is ready: add its first data.",
    )
    if made:
        choose_project(made.name)


@st.dialog("New project")
def dialog() -> None:
    """Ask what shall be predicted and make the project."""
    st.text_input(
        "Name", key="new_project.name", placeholder="what-it-is-about", help="Lowercase letters, digits, '-' and '_'."
    )
    task = st.selectbox("What is predicted", list(TASKS), format_func=TASKS.__getitem__, key="new_project.task")
    left, right = st.columns(2)
    with left:
        st.text_input("Target column", key="new_project.target", placeholder="as in the header of the table")
    with right:
        if task is Task.BINARY:
            st.text_input("Value that means yes", key="new_project.positive", placeholder="as in that column")
        else:
            _metric(task)
    if task is Task.BINARY:
        _metric(task)
    with st.expander("More"):
        st.text_input("Id column", key="new_project.id_column", help="Never learned from.")
        st.text_input("Time column", key="new_project.time_column", help="Allows to hold out the latest rows.")
        st.text_input("Description", key="new_project.description")
    pressed = st.button("Create project", key="new_project.create", type="primary", on_click=_create, width="stretch")
    actions.close_when_done(pressed)


def _metric(task: Task) -> None:
    names = [metric.name for metric in metrics_of(task)]
    st.selectbox(
        "Metric models are judged by",
        names,
        index=None,
        placeholder=f"{METRICS[default_metric(task)].title}, the usual one",
        format_func=lambda name: METRICS[name].title,
        key="new_project.metric",
    )
