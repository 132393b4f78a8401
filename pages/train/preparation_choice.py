"""Which preparation a training takes: the default, a version of the project's recipe, or that of the run it copies."""

from collections.abc import Sequence

import streamlit as st

from core.records.preparation import PreparationVersion
from core.records.project import Project
from core.records.training import Preprocessing
from pages.shared import loaders, state
from pages.shared.context import platform
from pages.shared.words import count

DEFAULT, OWN = "default", "run"
CHOICE = "train.preparation"
COPIED = "train.preprocessing"
"""The preprocessing of the run whose values the form has."""


def named(preprocessing: Preprocessing) -> str:
    """Return how people call a preprocessing."""
    if not preprocessing.steps:
        return "default"
    steps = count(len(preprocessing.steps), "step")
    return f"version {preprocessing.preparation}, {steps}" if preprocessing.preparation else f"{steps} of its own"


def select(project: Project) -> None:
    """Let people choose; another preparation proposes its features anew."""
    found = {str(version.number): version for version in loaders.preparations(project.name)}
    options = [DEFAULT, *([OWN] if _copied() else []), *found]
    asked_for(CHOICE, options)
    st.selectbox(
        "Preparation",
        options,
        format_func=lambda option: _label(option, found),
        key=CHOICE,
        on_change=_propose,
        help="What happens to the columns before the model learns; see the screen Preparation.",
    )
    told(CHOICE, DEFAULT)


def asked_for(key: str, options: Sequence[str]) -> None:
    """Let the field under ``key`` start with the preparation the address names, else with the first option."""
    given, asked = st.session_state, st.query_params.get(state.PREPARATION)
    if asked in options and given.get(f"{key}.asked") != asked:
        given[key] = asked
    if given.get(key) not in options:
        given[key] = options[0]


def told(key: str, ordinary: str) -> None:
    """Let the address say what was chosen, unless it is the ``ordinary`` choice."""
    chosen = st.session_state[key]
    st.session_state[f"{key}.asked"] = chosen
    if chosen == ordinary:
        st.query_params.pop(state.PREPARATION, None)
    elif st.query_params.get(state.PREPARATION) != chosen:
        st.query_params[state.PREPARATION] = chosen


def chosen(project: Project) -> Preprocessing:
    """Return the preprocessing that was chosen."""
    choice = st.session_state.get(CHOICE, DEFAULT)
    copied = _copied()
    return copied if choice == OWN and copied else platform().preparations.preprocessing(project.name, choice)


def fill(preprocessing: Preprocessing) -> None:
    """Put the preprocessing of a run into the form."""
    given = st.session_state
    given[COPIED] = preprocessing if preprocessing.steps and preprocessing.preparation is None else None
    number = str(preprocessing.preparation or "") or DEFAULT
    given[CHOICE] = OWN if given[COPIED] else number


def _copied() -> Preprocessing | None:
    copied: Preprocessing | None = st.session_state.get(COPIED)
    return copied


def _label(option: str, found: dict[str, PreparationVersion]) -> str:
    if option == DEFAULT:
        return "Default"
    if option == OWN:
        return "As in the run"
    note = found[option].note
    return f"Version {option}" + (f" · {note}" if note else "")


def _propose() -> None:
    st.session_state.pop("train.features", None)
