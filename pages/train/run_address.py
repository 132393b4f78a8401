"""What the address says of the list of runs, and how it changes."""

import streamlit as st

from core.records.project import Project
from core.training.run_index.query import read_field
from pages.shared import actions, state

LASTING = (state.QUERY, state.SEARCH, state.COLUMNS, state.ORDER, state.GROUP, state.ALSO)
"""The parameters that make up a view: they stay when one leaves the screen and comes back, and can be saved."""

KEPT = "runs.kept"
USUAL = "-started"
"""How the list is ordered when nobody says."""


def keep(project: Project) -> None:
    """Let a list that is opened without a word look as it was left."""
    kept = st.session_state.setdefault(KEPT, {})
    if not _given():
        st.query_params.update(kept.get(project.name, {}))
    kept[project.name] = _given()


def _given() -> dict[str, str]:
    return {name: st.query_params[name] for name in (*LASTING, state.PICKED) if name in st.query_params}


def say(name: str, value: str) -> None:
    """Let the address say something else of the list; an empty text takes a parameter out of it."""
    st.session_state.pop(KEPT, None)
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def put(name: str, value: str) -> None:
    """Let the address ask for something else, from the first page on."""
    st.query_params.pop(state.PAGE, None)
    say(name, value)


def order() -> str:
    """Return what the list is ordered by, as its address says it: with a minus before it, the largest first."""
    return st.query_params.get(state.ORDER, USUAL)


def order_by(project: Project, column: str) -> bool:
    """Order the list by a column, largest first, the other way round when it is so already; tell whether it can be."""
    name = {"run": "id", "delta": f"metrics.{project.metric}"}.get(column, column)
    field, _ = actions.outcome(lambda: read_field(name))
    if field is None:
        return False
    _say_order(f"-{name}" if order() != f"-{name}" else name)
    return True


def order_chosen() -> None:
    """Order the list as the fields say."""
    way = "-" if st.session_state["runs.descending"] else ""
    _say_order(f"{way}{st.session_state['runs.order']}")


def _say_order(said: str) -> None:
    put(state.ORDER, "" if said == USUAL else said)
