"""The dialogs that change a project and that delete one."""

import streamlit as st

from core.datasets.fit import misfits
from core.errors import NotConfirmed
from core.records.dataset import DatasetVersion
from core.records.metric import METRICS, default_metric, metrics_of
from core.records.project import Project, Task
from pages.shared import actions, deletion, loaders, parts, state
from pages.shared.context import actor, platform
from pages.shared.new_project import TASKS
from pages.shared.words import count, plain, sentence

PREFIX = "edit_project"


def _value(project: Project, field: str) -> str:
    return str(st.session_state.get(f"{PREFIX}.{project.name}.{field}") or "").strip()


def _save(project: Project) -> None:
    task = st.session_state.get(f"{PREFIX}.{project.name}.task", project.task)
    metric = _value(project, "metric")
    actions.act(
        lambda: platform().projects.edit(
            actor(),
            project.name,
            task=task,
            target=_value(project, "target"),
            positive=_value(project, "positive") if task is Task.BINARY else None,
            id_column=_value(project, "id_column"),
            time_column=_value(project, "time_column"),
            metric=metric if metric in {known.name for known in metrics_of(task)} else "",
            description=_value(project, "description"),
            enough_labels=float(_value(project, "enough_labels") or 100 * project.enough_labels) / 100,
        ),
        f"Project {project.name} is saved.",
    )


def dialog(project: Project) -> None:
    """Ask what shall be said of ``project``; what its models answer is fixed once there is one."""
    newest = next(iter(loaders.datasets(project.name)), None)
    made = len(loaders.versions(project.name))

    @st.dialog(f"Edit {plain(project.name)}")
    def body() -> None:
        if made:
            parts.note(f"What it predicts is fixed: it has {count(made, 'model version')}.")
        elif newest is not None:
            for told in misfits(project, newest):
                st.warning(plain(told), icon=":material/link_off:")
        task = _question(project, newest, is_fixed=bool(made))
        _metric(project, task)
        st.number_input(
            "Figures of served answers are final from, % with a label",
            1.0,
            100.0,
            100 * project.enough_labels,
            key=f"{PREFIX}.{project.name}.enough_labels",
            help="Until then they are provisional, and no alert is made of them.",
        )
        st.text_input("Description", project.description, key=f"{PREFIX}.{project.name}.description")
        key = f"{PREFIX}.{project.name}.save"
        pressed = st.button("Save", key=key, type="primary", on_click=_save, args=(project,), width="stretch")
        actions.close_when_done(pressed)

    body()


def _question(project: Project, newest: DatasetVersion | None, *, is_fixed: bool) -> Task:
    """Draw the fields on what is predicted and by which columns; return the task."""
    columns = [column.name for column in newest.columns] if newest else []
    task: Task = st.selectbox(
        "What is predicted",
        list(TASKS),
        list(TASKS).index(project.task),
        TASKS.__getitem__,
        key=f"{PREFIX}.{project.name}.task",
        disabled=is_fixed,
    )
    left, right = st.columns(2)
    with left:
        target = _choice(project, "target", "Target column", columns, is_fixed=is_fixed)
        _choice(project, "id_column", "Id column", columns, is_fixed=is_fixed)
    with right:
        if task is Task.BINARY:
            values = _values(newest, target or "")
            _choice(project, "positive", "Value that means yes", values, is_fixed=is_fixed)
        _choice(project, "time_column", "Time column", columns, is_fixed=is_fixed)
    return task


def _choice(project: Project, field: str, label: str, known: list[str], *, is_fixed: bool) -> str | None:
    said = getattr(project, field)
    options = list(dict.fromkeys([*known, *([said] if said else [])]))
    chosen: str | None = st.selectbox(
        label,
        options,
        options.index(said) if said else None,
        key=f"{PREFIX}.{project.name}.{field}",
        accept_new_options=True,
        placeholder="none",
        disabled=is_fixed,
    )
    return chosen


def _values(newest: DatasetVersion | None, target: str) -> list[str]:
    columns = newest.profile.columns if newest else ()
    return next(([value for value, _ in column.top] for column in columns if column.name == target), [])


def _metric(project: Project, task: Task) -> None:
    names = [metric.name for metric in metrics_of(task)]
    said = project.metric if project.metric in names else default_metric(task)
    st.selectbox(
        "Metric models are judged by",
        names,
        names.index(said),
        lambda name: METRICS[name].title,
        key=f"{PREFIX}.{project.name}.metric",
    )


def ask_deletion(project: Project) -> None:
    """Show what goes with ``project``, and delete it once its name was typed."""
    impact = platform().removal.preview_project(project.name)
    field = f"{PREFIX}.{project.name}.typed"

    def delete() -> None:
        actions.act(_delete, f"Project {project.name} is deleted.")

    def _delete() -> None:
        if str(st.session_state.get(field) or "").strip() != project.name:
            raise NotConfirmed(subject=impact.subject, how="type the name of the project.")
        platform().projects.delete(actor(), project.name, confirmed=True)
        st.session_state.pop(state.PROJECT, None)
        st.query_params.clear()

    @st.dialog(f"Delete {plain(project.name)}")
    def body() -> None:
        for reason in impact.refused:
            st.warning(f"{sentence(plain(reason))}.", icon=":material/warning:")
        st.markdown(deletion.words(impact, "This cannot be undone."))
        st.text_input("Type the name of the project", key=field, placeholder=project.name)
        key = f"{PREFIX}.{project.name}.delete"
        pressed = st.button("Delete project", key=key, type="primary", on_click=delete, width="stretch")
        actions.close_when_done(pressed)

    body()
