"""The inbox of suggestions: each with its reasons, and one button."""

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.records.rule import Evaluation
from pages.shared import actions, parts, retraining_loaders, state
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, clipped, plain, sentence

LONGEST = 90


def show(project: Project) -> None:
    """Draw the suggestions that wait for an answer; nothing when there are none."""
    for found in retraining_loaders.suggestions(project.name):
        _suggestion(found)


def _suggestion(found: Evaluation) -> None:
    with st.container(border=True, gap="xsmall"):
        left, right = st.columns([3, 1], vertical_alignment="center")
        left.markdown(f"**A retraining is suggested.** {plain(sentence(found.reason))}.")
        left.caption(f"{ago(found.at, now())}, by rule {plain(found.rule_id)}")
        if may(Permission.TRAIN):
            with right.container(horizontal=True, horizontal_alignment="right"):
                st.button("Dismiss", key=f"suggestion.dismiss.{found.id}", on_click=_dismiss, args=(found.id,))
                st.button(
                    "Retrain", key=f"suggestion.accept.{found.id}", type="primary", on_click=_accept, args=(found.id,)
                )


def line(project: str, found: Evaluation) -> None:
    """Draw one suggestion on one line of the overview, with its button."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.badge("waiting", label="Suggestion")
        st.markdown(f"**{plain(project)}** Retrain: {plain(clipped(sentence(found.reason), LONGEST))}", width="stretch")
        parts.note(ago(found.at, now()))
        if may(Permission.TRAIN):
            st.button("Retrain", key=f"suggestion.accept.{found.id}", on_click=_accept, args=(found.id,))
        parts.link_to(project, "retraining", "Look")


def _accept(id: str) -> None:
    job = actions.act(lambda: platform().rules.accept(actor(), id), "The retraining is queued.")
    if job:
        st.query_params[state.JOB] = job.id


def _dismiss(id: str) -> None:
    actions.act(lambda: platform().rules.dismiss(actor(), id), "The suggestion is dismissed.")
