"""The parts screens are made of, each existing once."""

import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Literal, NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.template import Figure
from core.datasets import fit
from core.records.dataset import DatasetVersion
from core.records.project import Project
from pages.shared import navigation
from pages.shared.context import address, now, project
from pages.shared.state import PROJECT
from pages.shared.states import COLOURS, word
from pages.shared.words import ago, exact, plain

Action = tuple[str, str, Callable[[], None] | None]
"""(label, key, what to do when clicked)"""


def badge(status: str, help: str | None = None, label: str | None = None) -> None:
    """Show a state by word and colour."""
    st.badge(label or word(status), color=COLOURS.get(status, "gray"), help=help)  # type: ignore[arg-type]


@contextmanager
def title(text: str, subtitle: str = "", *marks: str, back: tuple[str, ...] = ()) -> Iterator[None]:
    """Show the title of a screen, as text; what is drawn inside stands at its right: the one primary action.

    ``subtitle`` is text, too; ``marks`` are states shown as badges. ``back`` names the parameters of the URL without
    which the screen shows its list again.
    """
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        if back:
            _back(*back)
        with st.container(gap=None, width="stretch"):
            st.title(" ".join([plain(text), *map(inline_badge, marks)]), anchor=False)
            if subtitle:
                st.caption(plain(subtitle))
        with st.container(
            horizontal=True, horizontal_alignment="right", vertical_alignment="center", width="content", gap="small"
        ):
            yield


def pair() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return two places side by side, below each other where the window is narrow."""
    grid = st.grid(2, min_column_width=400, gap="medium")
    return grid.cell(), grid.cell()


def section(text: str, note: str = "", *marks: str) -> None:
    """Show the heading of a part of a screen, as text, with states as badges beside it."""
    with st.container(gap=None, width="content"):
        st.subheader(" ".join([plain(text), *map(inline_badge, marks)]), anchor=False)
        if note:
            st.caption(plain(note))


def inline_badge(status: str) -> str:
    """Return the Markdown of a state by word and colour."""
    return f":{COLOURS.get(status, 'gray')}-badge[{plain(word(status))}]"


def _back(*params: str) -> None:
    def leave() -> None:
        for param in params:
            st.query_params.pop(param, None)

    st.button(
        "",
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=leave,
        key=f"back.{params[0]}",
        help="Back to the list",
    )


def facts(items: Iterable[tuple[str, object] | tuple[str, object, str]], columns: int = 150) -> None:
    """Show labelled values in a dense grid; a third entry is shown on hover. ``columns`` is the least width in px."""
    cells = "".join(_fact(*item) for item in items)
    style = f"display:grid;grid-template-columns:repeat(auto-fill,minmax({columns}px,1fr));gap:0.7rem 1.2rem"
    st.html(f'<div style="{style}">{cells}</div>')


def _fact(label: str, value: object, hover: str = "") -> str:
    hint = f' title="{html.escape(hover)}"' if hover else ""
    shown = "—" if value is None or value == "" else html.escape(str(value))
    name = f'<div style="font-size:0.82em;opacity:0.62;line-height:1.35">{html.escape(label)}</div>'
    text = f'<div style="font-size:0.94em;line-height:1.5;overflow-wrap:anywhere">{shown}</div>'
    return f'<div{hint} style="min-width:0">{name}{text}</div>'


def when(label: str, moment: datetime | None) -> tuple[str, object, str]:
    """Return a fact: a moment, relative, exact on hover."""
    if moment is None:
        return (label, None, "")
    return (label, ago(moment, now()), exact(moment))


def note(text: str, hover: str = "", *, clip: bool = False) -> None:
    """Show a quiet line of exactly ``text``, with more on hover; it is cut to one line when ``clip`` says so."""
    hint = f' title="{html.escape(hover)}"' if hover else ""
    look = "font-size:0.92em;opacity:0.66"
    if clip:
        look += ";white-space:nowrap;overflow:hidden;text-overflow:ellipsis"
    st.html(f'<div{hint} style="{look}">{html.escape(text)}</div>', width="stretch" if clip else "content")


def wrong(text: str) -> None:
    """Say below a field, in red, what is wrong with what stands in it."""
    st.markdown(f":small[:red[:material/error: {plain(text)}]]")


def identifier(text: str) -> None:
    """Show an id that can be copied with one click."""
    st.code(text, language=None, width="content")


def tile(
    label: str,
    value: str,
    delta: str | None = None,
    *,
    good: bool | None = None,
    help: str | None = None,
    border: bool = True,
) -> None:
    """Show one figure; ``good`` colours the difference: True green, False red, None neutral."""
    colour: Literal["gray", "green", "red"] = "gray" if good is None else "green" if good else "red"
    st.metric(label, value, delta, delta_color=colour, delta_arrow="off", border=border, help=help)


def chart(figure: Figure, key: str, on_select: Callable[[], None] | None = None) -> None:
    """Show a figure in its own look, without Plotly's tool bar."""
    chosen = {"on_select": on_select, "selection_mode": "points"} if on_select else {}
    st.plotly_chart(figure, theme=None, key=key, config={"displayModeBar": False}, **chosen)  # type: ignore[arg-type]


def link(screen: str, label: str, **params: str) -> None:
    """Link to a screen of the chosen project, or to one thing on it."""
    _link(screen, label, address(**params))


def link_to(project: str, screen: str, label: str, **params: str) -> None:
    """Link to a screen of a project that need not be the chosen one; "" is none."""
    _link(screen, label, {**({PROJECT: project} if project else {}), **params})


def _link(screen: str, label: str, params: dict[str, str]) -> None:
    icon = ":material/arrow_forward:"
    st.page_link(navigation.page(screen), label=plain(label), query_params=params, icon=icon, icon_position="right")


def go_to(screen: str, label: str, key: str, **params: str) -> None:
    """Offer the way to a screen of the chosen project as the primary action."""
    if st.button(label, key=key, type="primary", icon=":material/arrow_forward:", icon_position="right"):
        st.switch_page(navigation.page(screen), query_params=address(**params))


def empty(sentence: str, actions: Sequence[Action] = (), screen: tuple[str, str] | None = None) -> None:
    """Show what is missing here in one sentence, with the button or the screen that mends it."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f":gray[{sentence}]", text_alignment="center")
        with st.container(horizontal=True, horizontal_alignment="center"):
            for place, (label, key, do) in enumerate(actions):
                st.button(label, key=key, on_click=do, type="primary" if place == 0 else "secondary")
            if screen:
                link(*screen)
        st.space("small")


def misfits(of: Project, version: DatasetVersion) -> None:
    """Warn of what the project names and the dataset version does not have, with the way to mend it."""
    found = fit.misfits(of, version)
    if found:
        with st.container(gap="xsmall"):
            st.warning(plain(" ".join(found)), icon=":material/link_off:")
            link("settings", "Edit the project")


def missing(sentence: str, screen: str, label: str) -> NoReturn:
    """Say that what the address names is not there, offer the way to what is, and end the run."""
    st.error(plain(sentence), icon=":material/link_off:")
    link(screen, label)
    st.stop()


def chosen_project(heading: str) -> Project:
    """Return the project a screen is about; where there is none, say so and end the run."""
    found = project()
    if found is None:
        with title(heading):
            pass
        empty("There is no project yet. Create one, or load the demo projects.", screen=("overview", "Go to Overview"))
        st.stop()
    return found
