"""Preparation: the project's recipe, step by step, with what it makes of real rows."""

import streamlit as st

from core.records.access import Permission
from core.records.dataset import DatasetVersion
from core.records.preparation import Outline, PreparationVersion, Steps
from core.records.project import Project
from pages.shared import actions, loaders, parts, state
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago
from pages.train import preparation_choice, preparation_preview, preparation_steps
from pages.train.preparation_steps import draft, put

NEW = "new"
SHOWN = "preparation.version"
LOADED = "preparation.loaded"


@st.cache_resource(show_spinner=False)
def _unsaved() -> dict[tuple[str, str], tuple[str, Steps]]:
    """Return the unsaved steps of each person in each project, with the version they began from.

    They outlive a reload of the page, not the process.
    """
    return {}


def _load(project: Project, versions: dict[str, PreparationVersion]) -> None:
    """Put the chosen version into the draft, once, or what was changed of it and never saved.

    ``LOADED`` remembers which version of which project the draft was made from.
    """
    chosen = st.session_state[SHOWN]
    if st.session_state.get(LOADED) != (project.name, chosen):
        st.session_state[LOADED] = (project.name, chosen)
        start, steps = _unsaved().get((actor().name, project.name), ("", ()))
        put(steps if start == chosen else _saved(versions))


def _saved(versions: dict[str, PreparationVersion]) -> Steps:
    """Return the steps of the chosen version as they were saved; of a new one, none."""
    chosen = st.session_state[SHOWN]
    return versions[chosen].steps if chosen in versions else ()


def _keep(project: Project, versions: dict[str, PreparationVersion]) -> None:
    """Remember what is not saved, and offer to drop it."""
    person = (actor().name, project.name)
    if draft() == _saved(versions):
        _unsaved().pop(person, None)
        return
    _unsaved()[person] = (st.session_state[SHOWN], draft())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.note("Not saved yet; kept for you meanwhile.")
        st.button("Discard", key="preparation.discard", type="tertiary", on_click=put, args=(_saved(versions),))


def _choose(project: Project, versions: dict[str, PreparationVersion]) -> DatasetVersion:
    refs = {str(version.ref): version for version in loaders.datasets(project.name)}
    options = [*versions, NEW]
    start, _ = _unsaved().get((actor().name, project.name), ("", ()))
    if SHOWN not in st.session_state and start in options:
        st.session_state[SHOWN] = start
    preparation_choice.asked_for(SHOWN, options)
    left, right = st.columns(2)
    with left:
        st.selectbox(
            "Version",
            options,
            format_func=lambda option: _label(versions.get(option)),
            key=SHOWN,
        )
        preparation_choice.told(SHOWN, NEW)
    with right:
        ref = st.selectbox("Tried on", list(refs), key=state.DATA, bind="query-params")
    return refs[ref]


def _label(version: PreparationVersion | None) -> str:
    if version is None:
        return "New preparation"
    return f"Version {version.number} · {ago(version.created_at, now())}" + (
        f" · {version.note}" if version.note else ""
    )


def _save(project: Project) -> None:
    steps, note = draft(), str(st.session_state.get("preparation.note") or "").strip()
    saved = actions.act(
        lambda: platform().preparations.save(actor(), project.name, steps, note),
        lambda saved: f"Preparation {saved.version.number} is {'saved' if saved.created else 'the same already'}.",
    )
    if saved:
        number = str(saved.version.number)
        st.session_state[SHOWN] = number
        st.session_state[LOADED] = (project.name, number)


def _ask_note(project: Project) -> None:
    @st.dialog("Save version")
    def body() -> None:
        parts.note("Versions never change; trainings name the one they took.")
        st.text_input("Note", key="preparation.note", max_chars=200, placeholder="What is different, and why")
        pressed = st.button(
            "Save version", key="preparation.confirm", type="primary", on_click=_save, args=(project,), width="stretch"
        )
        actions.close_when_done(pressed)

    body()


def _next_steps(project: Project, versions: dict[str, PreparationVersion], outline: Outline) -> None:
    """Offer to save what was changed, or to train with what is saved."""
    chosen = st.session_state[SHOWN]
    is_saved = chosen in versions and _saved(versions) == draft()
    if is_saved:
        parts.go_to("train", "Train with it", "preparation.train", preparation=chosen)
    elif may(Permission.TRAIN):
        st.button(
            "Save version",
            key="preparation.save",
            type="primary",
            on_click=_ask_note,
            args=(project,),
            disabled=not draft() or bool(outline.faults),
            help="Mend the steps that do not fit first." if outline.faults else None,
        )


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Preparation")
    versions = {str(version.number): version for version in loaders.preparations(project.name)}
    heading = st.container()
    if not loaders.datasets(project.name):
        with heading, parts.title("Preparation"):
            pass
        parts.empty("There is no data to prepare yet.", screen=("datasets", "Upload data"))
        return
    version = _choose(project, versions)
    _load(project, versions)
    _keep(project, versions)
    outline = platform().preparations.outline(project, version, draft())
    with heading, parts.title("Preparation", f"From the columns of {version.ref} to what a model learns from"):
        _next_steps(project, versions, outline)
    preparation_steps.show(project, version, outline)
    preparation_preview.show(project, version, draft(), outline)


render()
