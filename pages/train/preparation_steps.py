"""The steps of a draft, in order: what each does, whether it fits, and how to move, change or remove it."""

from collections.abc import Sequence

import streamlit as st

from core.datasets.expressions import pointed
from core.records.access import Permission
from core.records.dataset import DatasetVersion
from core.records.preparation import Derive, Outline, Step, StepFault
from core.records.project import Project
from core.training.wording import describe
from pages.shared import parts
from pages.shared.context import may
from pages.shared.words import plain
from pages.train import preparation_editor, preparation_fields
from pages.train.preparation_words import STEPS

DRAFT = "preparation.draft"
EDITED = "preparation.edited"
"""Place and kind of the step whose dialog is open."""


def draft() -> tuple[Step, ...]:
    """Return the steps as they are now."""
    steps: tuple[Step, ...] = st.session_state.get(DRAFT, ())
    return steps


def put(steps: Sequence[Step]) -> None:
    """Make these the steps."""
    st.session_state[DRAFT] = tuple(steps)


def show(project: Project, version: DatasetVersion, outline: Outline) -> None:
    """Draw the steps and the ways to change them."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        parts.section("Steps", "Taken in this order; the default preparation does the rest")
        if may(Permission.TRAIN):
            preparation_editor.menu(lambda kind: _edit(len(draft()), kind))
    if not draft():
        parts.empty("No step yet: models get the columns as the default preparation makes them.")
    faults = {fault.number: fault for fault in outline.faults}
    for place, step in enumerate(draft()):
        _row(place, step, faults.get(place + 1))
    _editor(project, version)


def _row(place: int, step: Step, fault: StepFault | None) -> None:
    with st.container(border=True, gap="small"):
        text, tools = st.columns([1, 0.25], vertical_alignment="center")
        text.markdown(f":gray[{place + 1}]  **{STEPS[step.do]}**  {plain(describe(step))}")
        if may(Permission.TRAIN):
            with tools, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
                _buttons(place)
        if fault is not None:
            st.error(plain(fault.problem), icon=":material/error:")
            if isinstance(step, Derive) and fault.position is not None:
                st.code(pointed(step.expression, fault.position), language=None)


def _buttons(place: int) -> None:
    last = len(draft()) - 1
    _button(place, "up", "arrow_upward", "Earlier", lambda: _move(place, place - 1), disabled=place == 0)
    _button(place, "down", "arrow_downward", "Later", lambda: _move(place, place + 1), disabled=place == last)
    _button(place, "edit", "edit", "Change", lambda: _edit(place, draft()[place].do))
    _button(place, "drop", "delete", "Remove", lambda: put([*draft()[:place], *draft()[place + 1 :]]))


def _button(place: int, name: str, icon: str, help: str, do: object, *, disabled: bool = False) -> None:
    st.button(
        "",
        icon=f":material/{icon}:",
        help=help,
        type="tertiary",
        key=f"preparation.{name}.{place}",
        on_click=do,  # type: ignore[arg-type]
        disabled=disabled,
    )


def _move(place: int, to: int) -> None:
    steps = list(draft())
    steps.insert(to, steps.pop(place))
    put(steps)


def _edit(place: int, kind: str) -> None:
    """Have the dialog opened on the step at ``place``, or on a new one at the end."""
    steps = draft()
    preparation_fields.start(steps[place] if place < len(steps) else None)
    st.session_state[EDITED] = (place, kind)


def _stop() -> None:
    st.session_state.pop(EDITED, None)


def _editor(project: Project, version: DatasetVersion) -> None:
    """Draw the dialog while a step is being made or changed."""
    if EDITED not in st.session_state:
        return
    place, kind = st.session_state[EDITED]
    steps = draft()

    def keep(step: Step) -> None:
        put([*steps[:place], step, *steps[place + 1 :]])
        _stop()

    preparation_editor.dialog(project, version, steps[:place], kind, keep, _stop)
