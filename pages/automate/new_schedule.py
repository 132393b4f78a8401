"""The dialog that adds or changes a schedule, with the next times before it is saved."""

from collections.abc import Callable

import streamlit as st

from core.errors import AppError
from core.records.schedule import Schedule, ScheduleDraft
from core.retraining import timing, triggers
from pages.automate import schedule_form
from pages.automate.ledger import ACTIONS
from pages.shared import actions, parts
from pages.shared.context import actor, now, platform
from pages.shared.words import ago, plain


def ask(project: str, draft: ScheduleDraft | None = None) -> None:
    """Open the dialog for a new schedule, filled with ``draft``."""
    schedule_form.fill(draft)

    @st.dialog("Duplicate schedule" if draft else "Add schedule", width="medium")
    def dialog() -> None:
        schedule_form.show(project)
        _preview(draft)
        _save("Add schedule", lambda: platform().retraining.add(actor(), project, schedule_form.read(draft)), "Added")

    dialog()


def ask_change(schedule: Schedule) -> None:
    """Open the dialog that changes a schedule."""
    schedule_form.fill(schedule.draft)

    @st.dialog("Edit schedule", width="medium")
    def dialog() -> None:
        draft = schedule.draft
        schedule_form.show(schedule.project)
        _preview(draft)
        parts.note("What it did so far stays in the ledger.")
        _save(
            "Save",
            lambda: platform().retraining.change(actor(), schedule.id, schedule_form.read(draft)),
            "Changed",
        )

    dialog()


def _save(label: str, call: Callable[[], Schedule], done: str) -> None:
    def save() -> None:
        actions.act(call, lambda made: f"{done}: {ACTIONS[made.action].lower()} {triggers.describe(made.trigger)}.")

    pressed = st.button(label, key="schedule.add", type="primary", on_click=save, width="stretch")
    actions.close_when_done(pressed)


def _preview(old: ScheduleDraft | None) -> None:
    try:
        draft = schedule_form.read(old)
        times = timing.preview(draft, now(), 5)
        words = triggers.describe(draft.trigger)
    except AppError as error:
        st.warning(plain(error.message), icon=":material/warning:")
        return
    with st.container(border=True, gap="xsmall"):
        parts.note(f"Fires {words}")
        zone = triggers.zone(draft.trigger.timezone)
        parts.facts([(ago(m, now()), m.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")) for m in times], 140)
