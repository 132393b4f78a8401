"""Runs grouped by a shared value: how many, and each figure as a mean with its band."""

import streamlit as st

from core.charts import groups as charts
from core.records.metric import METRICS
from core.records.project import Project
from core.records.run_index import RunGroup
from core.training.run_index.query import read_field
from pages.shared import parts, run_loaders, state, tables, typed
from pages.shared.context import theme
from pages.shared.words import metric_title, number
from pages.train import run_address, run_asking
from pages.train.run_asking import Asked

MOST = 200


def show(project: Project, asked: Asked) -> None:
    """Draw the groups."""
    metrics = [name.removeprefix("metrics.") for name in asked.columns if name.startswith("metrics.")]
    metrics = metrics or [project.metric]
    by = read_field(asked.group)
    found = run_loaders.groups(project.name, asked.question, by, tuple(metrics))
    if not found:
        parts.empty("No run is like that.")
        return
    called = run_asking.label_of(asked.group)
    more = f"; the {MOST} largest are shown" if len(found) > MOST else ""
    parts.note(f"{len(found):,} groups by {called}{more}. Mean ± one standard deviation of the runs; a click opens one")
    columns = {
        "value": st.column_config.TextColumn(called, pinned=True, width="medium"),
        "runs": tables.amount("Runs"),
        **{name: st.column_config.TextColumn(metric_title(name), width="medium") for name in metrics},
    }
    rows = [_row(group, metrics) for group in found[:MOST]]
    tables.opening(rows, columns, "runs.groups", lambda row: _open(asked.group, found[row]))
    figure = metrics[0]
    parts.section(metric_title(figure), f"By {called}, the {'best' if figure in METRICS else 'largest'} groups first")
    parts.chart(charts.bands(found, figure, theme()), key="runs.bands")


def _row(group: RunGroup, metrics: list[str]) -> tables.Row:
    return {"value": group.value or "none", "runs": group.runs, **{name: _band(group, name) for name in metrics}}


def _band(group: RunGroup, name: str) -> str:
    if name not in group.figures:
        return "—"
    mean, spread, runs = group.figures[name]
    return f"{number(mean)} ± {number(spread)}" if runs > 1 else number(mean)


def _open(field: str, group: RunGroup) -> None:
    """Show the runs of a group: its value becomes part of the query."""
    own = st.query_params.get(state.QUERY, "").strip()
    condition = f"{_written(field)} {_compared(field, group.value)}"
    run_address.put(state.GROUP, "")
    run_address.put(state.QUERY, f"({own}) and {condition}" if own else condition)


def _written(field: str) -> str:
    group, dot, name = field.partition(".")
    return f"{group}.`{name}`" if dot else field


def _compared(field: str, value: str) -> str:
    if not value:
        return "is null"
    mark = "'" if '"' in value else '"'
    is_number = field.startswith("params.") and _is_number(value)
    return f"= {value}" if is_number else f"= {mark}{value}{mark}"


def _is_number(text: str) -> bool:
    if typed.number(text) is None:
        return False
    return text.lower().lstrip("+-") not in ("nan", "inf", "infinity")
