"""What the list of runs is asked for: query, words, order and columns, all of it in the address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.records.metric import metrics_of
from core.records.project import Project
from core.records.run_index import RunCursor
from core.records.run_query import RunQuestion
from core.training.run_index.query import read_field
from pages.shared import actions, parts, state
from pages.shared.context import platform
from pages.shared.words import metric_title, sentence
from pages.train import run_address

OWN = {
    "status": "State",
    "estimator": "Estimator",
    "data": "Data",
    "version": "Version",
    "delta": "Against champion",
    "took": "Took",
    "started": "Started",
    "name": "Name",
    "kind": "Kind",
    "author": "Author",
    "note": "Note",
    "tags": "Tags",
    "comments": "Comments",
}
"""The columns every run has, by the names addresses use."""

ORDERS = ("started", "took", "version", "estimator", "data", "status", "name", "author", "starred")
GROUPS = ("estimator", "data", "status", "author", "kind")
ALSO = {"nested": "Trials of studies", "archived": "Archived runs"}


@dataclass(frozen=True)
class Asked:
    """What the address asks for; ``problem`` says why the query cannot be read, with nothing asked then."""

    question: RunQuestion
    columns: tuple[str, ...]
    group: str
    problem: str = ""


def usual_columns(project: Project) -> tuple[str, ...]:
    """Return the columns shown when nobody chose others."""
    ordered = sorted(metrics_of(project.task), key=lambda metric: metric.name != project.metric)
    figures = [f"metrics.{metric.name}" for metric in ordered[:3]]
    return ("status", "estimator", "data", "version", figures[0], "delta", *figures[1:], "took", "started")


def show(project: Project, cursor: RunCursor) -> Asked:
    """Draw what narrows, orders and shapes the list; return what is asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _text(state.SEARCH, "Search", "Name, id, data, parameter, tag, note", width=240, type="search")
        _text(
            state.QUERY,
            "Query",
            f'metrics.{project.metric} > 0.8 and data = "customers"',
            width="stretch",
            help=_HELP,
        )
        _choices(project, cursor)
    also = _list(state.ALSO)
    ordered = run_address.order()
    columns = tuple(_list(state.COLUMNS)) or usual_columns(project)
    group = st.query_params.get(state.GROUP, "")
    question, why = actions.outcome(
        lambda: platform().runs.question(
            st.query_params.get(state.QUERY, ""),
            st.query_params.get(state.SEARCH, ""),
            order=ordered.removeprefix("-"),
            descending=ordered.startswith("-"),
            nested="nested" in also,
            archived="archived" in also,
        )
    )
    if group and not why:
        _, why = actions.outcome(lambda: read_field(group))
    if question is None or why:
        parts.wrong(why)
        return Asked(RunQuestion(), columns, "", why)
    return Asked(question, columns, group)


_HELP = (
    "`metrics.NAME`, `params.NAME`, `tags.NAME`, or one of id, name, status, kind, estimator, data, author, note, "
    "version, took, started, finished, starred, archived. Compare with `= != < <= > >=`, `in (…)`, `contains`, "
    "`is null`; join with `and`, `or`, `not` and parentheses. Texts stand in quotes."
)


def _list(name: str) -> list[str]:
    return [part for part in st.query_params.get(name, "").split(",") if part]


def _text(name: str, label: str, placeholder: str, **look: object) -> None:
    key = f"runs.{name}"
    st.session_state[key] = st.query_params.get(name, "")
    st.text_input(label, key=key, placeholder=placeholder, on_change=_say, args=(name, key), **look)  # type: ignore[arg-type]


def _say(name: str, key: str) -> None:
    value = st.session_state[key]
    run_address.put(name, ",".join(value) if isinstance(value, list) else str(value or ""))


def _choices(project: Project, cursor: RunCursor) -> None:
    with st.popover("Columns", icon=":material/view_column:"):
        offered = [*OWN, *_named(cursor)]
        chosen = tuple(_list(state.COLUMNS)) or usual_columns(project)
        _multi(
            state.COLUMNS, "Columns, in this order", list(dict.fromkeys([*chosen, *offered])), list(chosen), label_of
        )
        _multi(state.ALSO, "Also show", list(ALSO), _list(state.ALSO), ALSO.__getitem__)
    with st.popover("Order", icon=":material/swap_vert:"):
        ordered = run_address.order()
        fields = list(dict.fromkeys([ordered.removeprefix("-"), *ORDERS, *_named(cursor)]))
        st.session_state["runs.order"] = ordered.removeprefix("-")
        st.selectbox("Order by", fields, key="runs.order", format_func=label_of, on_change=run_address.order_chosen)
        st.session_state["runs.descending"] = ordered.startswith("-")
        st.toggle("Largest or newest first", key="runs.descending", on_change=run_address.order_chosen)
        groups = ["", *GROUPS, *(f"params.{name}" for name in cursor.params), *(f"tags.{name}" for name in cursor.tags)]
        asked = st.query_params.get(state.GROUP, "")
        st.session_state["runs.group"] = asked if asked in groups else ""
        st.selectbox(
            "Group by",
            groups,
            key="runs.group",
            format_func=lambda name: label_of(name) if name else "nothing",
            on_change=_say,
            args=(state.GROUP, "runs.group"),
            help="Each group with the mean of every figure and one standard deviation around it",
        )


def _named(cursor: RunCursor) -> list[str]:
    known = (("metrics", cursor.metrics), ("params", cursor.params), ("tags", cursor.tags))
    return [f"{group}.{name}" for group, names in known for name in names]


def _multi(name: str, label: str, options: Sequence[str], chosen: list[str], called: Callable[[str], str]) -> None:
    key = f"runs.{name}"
    st.session_state[key] = [one for one in chosen if one in options]
    st.multiselect(label, options, key=key, format_func=called, on_change=_say, args=(name, key))


def label_of(name: str) -> str:
    """Return what a column or field is called."""
    if name.startswith("metrics."):
        return metric_title(name.removeprefix("metrics."))
    return OWN.get(name, name if "." in name else sentence(name))
