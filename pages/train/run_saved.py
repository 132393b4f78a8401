"""Saved views of the list of runs: kept under a name, opened with one click, shared by their address."""

from urllib.parse import parse_qsl, urlencode

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.records.run_index import RunView
from pages.shared import actions, parts, run_loaders, state
from pages.shared.context import actor, may, platform
from pages.shared.words import plain
from pages.train import run_address

NAME = "runs.view.name"


def button(project: Project) -> None:
    """Offer the saved views, and to save the present one."""
    with st.popover("Views", icon=":material/bookmark:"):
        found = run_loaders.views(project.name)
        if not found:
            parts.note("No view was saved yet.")
        for view in found:
            _offer(project, view)
        st.button("Start over", key="runs.view.none", on_click=_open, args=("",), width="stretch")
        if may(Permission.NOTE_RUNS):
            st.text_input("Save what is shown as", key=NAME, placeholder="deep trees", max_chars=60)
            st.button("Save view", key="runs.view.save", on_click=_save, args=(project.name,), width="stretch")
        parts.note("The address of this page shows the same to everybody: query, columns, order, picks.")


def _offer(project: Project, view: RunView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button(
            plain(view.name),
            key=f"runs.view.{view.name}",
            help=f"Saved by {plain(view.author)}",
            on_click=_open,
            args=(view.address,),
            width="stretch",
        )
        if may(Permission.NOTE_RUNS):
            st.button(
                "",
                key=f"runs.view.remove.{view.name}",
                icon=":material/delete:",
                type="tertiary",
                help="Remove this view",
                on_click=_remove,
                args=(project.name, view.name),
            )


def _open(address: str) -> None:
    for name in (*run_address.LASTING, state.PAGE):
        st.query_params.pop(name, None)
    known = {name: value for name, value in parse_qsl(address) if name in run_address.LASTING}
    st.query_params.update(known)
    st.session_state.pop(run_address.KEPT, None)


def _save(project: str) -> None:
    shown = {name: st.query_params[name] for name in run_address.LASTING if name in st.query_params}
    done = actions.act(
        lambda: platform().run_notes.save_view(actor(), project, str(st.session_state[NAME] or ""), urlencode(shown)),
        "The view is saved.",
    )
    if done is not None:
        st.session_state[NAME] = ""


def _remove(project: str, name: str) -> None:
    actions.act(lambda: platform().run_notes.remove_view(actor(), project, name), "The view is removed.")
