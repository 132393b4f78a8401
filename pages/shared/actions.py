"""Doing something on a screen: what it did or why it failed is told, and a dialog asks before it counts."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from core.errors import AppError
from core.records.base import new_id
from pages.shared import state
from pages.shared.words import plain

logger = logging.getLogger(__name__)
T = TypeVar("T")


def act(call: Callable[[], T], done: str | Callable[[T], str] = "") -> T | None:
    """Do something in a callback: what it did, or why it could not, is shown on the next run.

    Returns None when it failed.
    """
    try:
        result = call()
    except AppError as error:
        st.session_state[state.PROBLEM] = error.message
        return None
    except Exception as error:  # noqa: BLE001 - the border of the screens: the traceback goes to the log under an id
        st.session_state[state.PROBLEM] = _unexpected(error)
        return None
    notice = done(result) if callable(done) else done
    if notice:
        st.session_state[state.NOTICE] = notice
    return result


def outcome(call: Callable[[], T]) -> tuple[T | None, str]:
    """Return what ``call`` gives and an empty text, or None and the sentence that says why there is nothing."""
    try:
        return call(), ""
    except AppError as error:
        return None, error.message


def _unexpected(error: Exception) -> str:
    correlation = new_id()
    logger.error("Unexpected error %s on a screen", correlation, exc_info=error)
    return f"This did not work, for a reason nobody foresaw. The log of the interface tells more under {correlation}."


def failed() -> bool:
    """Tell whether the last action failed and that was not shown yet."""
    return state.PROBLEM in st.session_state


def tell() -> None:
    """Show what the last action did or why it failed, once."""
    notice = st.session_state.pop(state.NOTICE, None)
    if notice:
        st.toast(plain(notice), icon=":material/check:")
    problem = st.session_state.pop(state.PROBLEM, None)
    if problem:
        st.error(plain(problem), icon=":material/error:")


@contextmanager
def boundary() -> Iterator[None]:
    """Turn an error inside into a sentence; the traceback goes to the log only."""
    try:
        yield
    except AppError as error:
        st.error(plain(error.message), icon=":material/error:")
    except Exception as error:  # noqa: BLE001 - the border of the screens: the traceback goes to the log under an id
        st.error(plain(_unexpected(error)), icon=":material/error:")


def close_when_done(pressed: bool) -> None:
    """End a dialog whose button was pressed, or show in it why the action failed."""
    if not pressed:
        return
    if failed():
        tell()
    else:
        st.rerun()


def confirm(
    heading: str,
    impact: str,
    label: str,
    key: str,
    do: Callable[[str], object],
    *,
    reason: bool = False,
    done: str = "",
) -> None:
    """Open a dialog that says what will happen and, when asked to, takes a reason; ``impact`` is Markdown."""
    field = f"{key}.reason"

    def confirmed() -> None:
        act(lambda: do(str(st.session_state.get(field) or "").strip()), done)

    @st.dialog(heading)
    def body() -> None:
        st.markdown(impact)
        if reason:
            st.text_area(
                "Reason", key=field, placeholder="One sentence for those who read the history later", height=90
            )
        close_when_done(st.button(label, key=f"{key}.confirm", type="primary", on_click=confirmed, width="stretch"))

    body()
