"""What people add to a run, on its page: star, tags, description, comments."""

import streamlit as st

from core.models import card_rendering
from core.records.access import Permission
from core.records.project import Project
from core.records.run_index import RunComment
from core.records.training import Run
from pages.shared import actions, parts, run_loaders
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, exact, plain

OURS = "pilothouse."
TEXT, NOTE, TAG_NAME, TAG_TEXT = (f"run.notes.{name}" for name in ("comment", "note", "tag", "value"))


def show(project: Project, run: Run) -> None:
    """Draw star, archive, tags and the description."""
    mark = run_loaders.mark(project.name, run.run_id)
    tags = {name: text for name, text in sorted(run.tags.items()) if not name.startswith(OURS)}
    changes = may(Permission.NOTE_RUNS)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if changes:
            star = "star" if mark.starred else "star_border"
            st.button(
                "Starred" if mark.starred else "Star",
                key="run.star",
                icon=f":material/{star}:",
                type="tertiary",
                on_click=_star,
                args=(project.name, run.run_id, not mark.starred),
            )
            st.button(
                "In the archive" if mark.archived else "Archive",
                key="run.archive",
                icon=":material/inventory_2:",
                type="tertiary",
                help="Take it out again" if mark.archived else "Leave it out of lists",
                on_click=_archive,
                args=(project.name, run.run_id, not mark.archived),
            )
        elif mark.archived:
            parts.note("In the archive")
        for name, text in tags.items():
            st.badge(plain(f"{name}: {text}" if text else name), color="gray")
        if changes:
            _edit(project, run, tags)
    if run.note:
        st.html(card_rendering.safe_html(run.note))


def _star(project: str, run_id: str, on: bool) -> None:
    actions.act(lambda: platform().run_notes.star(actor(), project, [run_id], on=on))


def _archive(project: str, run_id: str, on: bool) -> None:
    said = "The run is archived: lists leave it out." if on else "The run is back in lists."
    actions.act(lambda: platform().run_notes.archive(actor(), project, [run_id], on=on), said)


def _edit(project: Project, run: Run, tags: dict[str, str]) -> None:
    with st.popover("Tags and description", type="tertiary", icon=":material/sell:"):
        for name in tags:
            st.button(
                plain(f"Remove {name}"),
                key=f"run.tag.remove.{name}",
                on_click=_untag,
                args=(project.name, run.run_id, name),
                icon=":material/close:",
                type="tertiary",
            )
        left, right = st.columns(2)
        left.text_input("Tag", key=TAG_NAME, placeholder="team", max_chars=100)
        right.text_input("Value", key=TAG_TEXT, placeholder="risk", max_chars=500)
        st.button("Set tag", key="run.tag.set", on_click=_tag, args=(project.name, run.run_id), width="stretch")
        st.text_area("Description (Markdown)", value=run.note, key=f"{NOTE}.{run.run_id}", height=110)
        st.button("Save description", key="run.note.save", on_click=_describe, args=(project.name, run.run_id))
        parts.note("Tags and description live in MLflow, whose own pages show them too.")


def _tag(project: str, run_id: str) -> None:
    name, text = str(st.session_state[TAG_NAME] or ""), str(st.session_state[TAG_TEXT] or "")
    actions.act(lambda: platform().run_notes.tag(actor(), project, run_id, name, text), "The tag is set.")
    if not actions.failed():
        st.session_state[TAG_NAME] = st.session_state[TAG_TEXT] = ""


def _untag(project: str, run_id: str, name: str) -> None:
    actions.act(lambda: platform().run_notes.remove_tag(actor(), project, run_id, name), "The tag is removed.")


def _describe(project: str, run_id: str) -> None:
    text = str(st.session_state.get(f"{NOTE}.{run_id}") or "")
    actions.act(lambda: platform().run_notes.describe(actor(), project, run_id, text), "The description is saved.")


def comments(project: Project, run: Run) -> None:
    """Draw what people said about the run, and the field to say more."""
    said = run_loaders.comments(run.run_id)
    changes = may(Permission.NOTE_RUNS)
    if not said and not changes:
        return
    parts.section("Comments")
    for comment in said:
        _comment(comment)
    if changes:
        st.text_area("Comment", key=TEXT, height=80, placeholder="What others should know of this run")
        st.button("Add comment", key="run.comment.add", on_click=_say, args=(project.name, run.run_id))


def _comment(comment: RunComment) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            parts.note(f"{comment.author}, {ago(comment.at, now())}", exact(comment.at))
            st.space("stretch")
            if may(Permission.NOTE_RUNS) and comment.author == actor().name:
                st.button(
                    "",
                    key=f"run.comment.remove.{comment.id}",
                    icon=":material/delete:",
                    type="tertiary",
                    help="Remove this comment",
                    on_click=_unsay,
                    args=(comment,),
                )
        st.html(card_rendering.safe_html(comment.text))


def _say(project: str, run_id: str) -> None:
    text = str(st.session_state[TEXT] or "")
    actions.act(lambda: platform().run_notes.comment(actor(), project, run_id, text), "The comment is added.")
    if not actions.failed():
        st.session_state[TEXT] = ""


def _unsay(comment: RunComment) -> None:
    actions.act(lambda: platform().run_notes.remove_comment(actor(), comment), "The comment is removed.")
