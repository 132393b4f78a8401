"""Lineage: what was made of what, drawn; a click on anything shows what led to it and what followed."""

import streamlit as st

from core.charts import history as charts
from core.history.lineage import KINDS
from core.records.past import Lineage, Node
from core.records.project import Project
from pages.models import subjects
from pages.shared import actions, history_loaders, parts, run_loaders, state, tables
from pages.shared.context import theme
from pages.shared.words import count, sentence

CHART = "lineage.chart"
MOST = 150
COLUMNS = {
    "kind": st.column_config.TextColumn("What", width=110, pinned=True),
    "title": st.column_config.TextColumn("Which", width="medium"),
    "detail": st.column_config.TextColumn("Details", width="large"),
}


def _shown(project: Project, of: str) -> tuple[Lineage, str]:
    """Return what to draw and the id of the chosen thing."""
    if not of:
        return history_loaders.lineage(project.name, None), ""
    found, why = actions.outcome(lambda: history_loaders.lineage(project.name, of))
    if found is None:
        parts.missing(why, "lineage", "The whole lineage")
    chosen = next(node.id for node in found.nodes if node.id == of or node.id.startswith(of))
    return found, chosen


def _click() -> None:
    points = st.session_state[CHART]["selection"]["points"]
    named = [str(point.get("customdata", "")) for point in points]
    if named and named[0]:
        _choose(named[0])


def _choose(node: str) -> None:
    st.query_params[state.OF] = node


def _whole() -> None:
    st.query_params.pop(state.OF, None)


def _head(found: Lineage, chosen: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        node = next((one for one in found.nodes if one.id == chosen), None)
        if node is None:
            parts.note(f"{count(len(found.nodes), 'thing')}; a click shows what led to one and what followed from it")
            return
        parts.section(f"{sentence(node.kind)}: {node.title}", node.detail)
        st.space("stretch")
        subjects.link(node.id, "Open it")
        st.button("Whole lineage", key="lineage.whole", on_click=_whole)


def _row(node: Node) -> tables.Row:
    return {"kind": node.kind, "title": node.title, "detail": node.detail}


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Lineage")
    run_loaders.refreshed(project.name)
    with parts.title("Lineage", "From data to answers, and round again"):
        pass
    found, chosen = _shown(project, st.query_params.get(state.OF, ""))
    if not found.nodes:
        parts.empty("Nothing was made yet: train a model first.", screen=("train", "Start a training"))
        return
    _head(found, chosen)
    if len(found.nodes) <= MOST:
        parts.chart(charts.lineage(found, KINDS, chosen, theme()), key=CHART, on_select=_click)
    else:
        parts.note(f"More than {MOST} things are too many to draw: choose one below.")
    tables.opening(
        [_row(node) for node in found.nodes], COLUMNS, "lineage.table", lambda row: _choose(found.nodes[row].id)
    )


render()
