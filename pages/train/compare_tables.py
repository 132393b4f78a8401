"""Figures with signed differences, and recipes of which only the differences are shown, a column a run."""

from typing import Any

import streamlit as st

from core.charts.template import PALETTES
from core.records.comparison import ComparedRow, FigureRow, SideBySide
from core.records.metric import METRICS
from core.records.project import Project
from pages.shared import parts, state, tables
from pages.shared.context import theme
from pages.shared.words import duration, metric_title, number, short, signed
from pages.train import run_names

ALL = "all"


def figures(found: SideBySide, _: Project) -> None:
    """Draw every figure of every run with its difference to the baseline, coloured where the rows were the same."""
    held_out = [row for row in found.figures if row.name in METRICS]
    others = [row for row in found.figures if row.name not in METRICS]
    labels = ["Figure", *_heads(found)]
    _shaded(labels, [_cells(row) for row in held_out], [_looks(row, found) for row in held_out], "compare.figures")
    parts.note("Beside each figure its difference to the baseline: green is better, red is worse, grey says nothing.")
    if others:
        more = st.expander("Other logged figures", key="compare.more", on_change="rerun")
        if more.open:
            with more:
                rows = [_cells(row) for row in others[:200]]
                _shaded(labels, rows, [_looks(row, found) for row in others[:200]], "compare.others")


def _heads(found: SideBySide) -> list[str]:
    """Return a label for each run, all different."""
    heads: list[str] = []
    for place, run in enumerate(found.runs):
        name = run_names.called(found, place)
        name = name if name not in heads else f"{name} {short(run.run_id)}"
        heads.append(f"{name} ◆" if place == found.base else name)
    return heads


def _cells(row: FigureRow) -> list[str]:
    pairs = zip(row.values, row.differences, strict=True)
    return [metric_title(row.name), *(_cell(value, change) for value, change in pairs)]


def _cell(value: float | None, change: float | None) -> str:
    return number(value) if change is None else f"{number(value)}   {signed(change)}"


def _looks(row: FigureRow, found: SideBySide) -> list[str]:
    palette = PALETTES[theme()]
    colours = {True: f"color: {palette.good}", False: f"color: {palette.bad}", None: ""}
    looks = [colours[better] for better in row.better]
    looks[found.base] = f"color: {palette.muted}"
    return ["", *looks]


def recipe(found: SideBySide, _: Project) -> None:
    """Draw where the runs come from and what was asked of them."""
    st.session_state["compare.only"] = st.query_params.get(state.ALSO, "") != ALL
    st.toggle("Only differences", key="compare.only", on_change=_say_only)
    only = bool(st.session_state["compare.only"])
    labels = ["Name", *_heads(found)]
    took = tuple(None if run.took is None else duration(run.took) for run in found.runs)
    facts = (*found.facts, ComparedRow(name="took", values=took))
    for heading, rows in (("Where they come from", facts), ("Parameters", found.params)):
        shown = [row for row in rows if row.differs or not only]
        parts.section(heading, f"{sum(row.differs for row in rows)} of {len(rows)} differ")
        if not shown:
            parts.note("All the same.")
            continue
        cells = [[row.name, *(value if value is not None else "—" for value in row.values)] for row in shown]
        _shaded(labels, cells, [_marks(row, found.base) for row in shown], f"compare.{heading}")


def _marks(row: ComparedRow, base: int) -> list[str]:
    mark = "background-color: rgba(245, 166, 35, 0.20)"
    return ["", *(mark if value != row.values[base] else "" for value in row.values)]


def _say_only() -> None:
    if st.session_state["compare.only"]:
        st.query_params.pop(state.ALSO, None)
    else:
        st.query_params[state.ALSO] = ALL


def _shaded(labels: list[str], cells: list[list[Any]], looks: list[list[str]], key: str) -> None:
    if cells:
        tables.shaded(labels, cells, looks, key)
    else:
        parts.note("There is none.")
