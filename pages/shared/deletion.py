"""Deleting from a screen: what hangs on the thing is said first, then a reason is asked for."""

from collections.abc import Callable

import streamlit as st

from core.records.removal import Impact
from pages.shared import actions
from pages.shared.words import plain, sentence, size


def ask(impact: Impact, key: str, do: Callable[[str], object]) -> None:
    """Open the dialog of a deletion: refused with the reasons, or with its impact and a button."""
    if impact.refused:
        _refused(impact)
        return
    actions.confirm(
        f"Delete {impact.subject}",
        words(impact),
        f"Delete {impact.subject}",
        key,
        do,
        reason=True,
        done=f"{impact.subject} is deleted.",
    )


FOR_GOOD = "This cannot be undone. Its number is not given again."


def words(impact: Impact, end: str = FOR_GOOD) -> str:
    """Return the impact as Markdown, with a last line."""
    lines = [*map(plain, impact.takes), f"{plain(size(impact.freed))} on disk, given back by the next tidying"]
    said = ["**Goes with it**", *(f"- {sentence(line)}" for line in lines)]
    if impact.leaves:
        said += [
            "",
            "**Stays, and says that this was deleted**",
            *(f"- {sentence(plain(line))}" for line in impact.leaves),
        ]
    return "\n".join([*said, "", end])


def _refused(impact: Impact) -> None:
    @st.dialog(f"{sentence(impact.subject)} cannot be deleted")
    def body() -> None:
        st.markdown("\n".join(f"- {sentence(plain(reason))}." for reason in impact.refused))

    body()
