"""The dialog in which one step is made or changed, with what is wrong about it below its fields."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.datasets.expressions import pointed
from core.records.base import JsonObject
from core.records.dataset import Column, DatasetVersion
from core.records.preparation import Step, StepFault
from core.records.project import Project
from pages.shared import parts
from pages.shared.context import platform
from pages.shared.words import plain
from pages.train import preparation_fields
from pages.train.preparation_words import STEPS

ADD = "preparation.add"


def menu(add: Callable[[str], None]) -> None:
    """Offer all kinds of steps; ``add`` hears which was chosen."""

    def chosen() -> None:
        kind = st.session_state.get(ADD)
        if kind is not None:
            add(kind)

    st.menu_button(
        "Add step", list(STEPS), key=ADD, icon=":material/add:", format_func=STEPS.__getitem__, on_click=chosen
    )


def dialog(
    project: Project,
    version: DatasetVersion,
    before: Sequence[Step],
    kind: str,
    keep: Callable[[Step], None],
    leave: Callable[[], None],
) -> None:
    """Ask for the fields of a step that comes after those ``before``; ``keep`` gets it once it fits.

    ``leave`` hears that the dialog was closed without it.
    """
    outline = platform().preparations.outline(project, version, before)
    columns = outline.after[-1] if outline.after else platform().preparations.columns(project, version, ())

    nameable = _nameable(columns, version, before, project.target)

    @st.dialog(STEPS[kind], width="medium", on_dismiss=leave)
    def body() -> None:
        document = preparation_fields.show(kind, nameable)
        result = platform().preparations.trial(project, version, before, document)
        if isinstance(result, StepFault):
            _tell(document, result)
        pressed = st.button(
            "Keep step",
            key="preparation.keep",
            type="primary",
            disabled=isinstance(result, StepFault),
            width="stretch",
        )
        if pressed and not isinstance(result, StepFault):
            keep(result)
            st.rerun()

    body()


def _nameable(known: Sequence[Column], version: DatasetVersion, before: Sequence[Step], target: str) -> list[Column]:
    """Return the columns a step may name: those there are now, and raw ones that become features once it does."""
    names = {column.name for column in known}
    gone = {name for step in before for name in (getattr(step, "columns", ()) or getattr(step, "names", ()))}
    return [*known, *(c for c in version.columns if c.name not in names and c.name not in gone and c.name != target)]


def _tell(document: JsonObject, fault: StepFault) -> None:
    """Show why the step is none yet; an empty field needs no words."""
    if document.get("do") == "derive" and not (document["name"] and document["expression"]):
        parts.note("Give it a name and an expression.")
        return
    st.error(plain(fault.problem), icon=":material/error:")
    if document.get("do") == "derive" and fault.position is not None:
        st.code(pointed(str(document["expression"]), fault.position), language=None)
