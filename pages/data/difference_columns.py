"""A difference column by column: cells that changed, and both distributions of the chosen one."""

import streamlit as st

from core.charts import differences as charts
from core.records.difference import ColumnDifference, Difference
from core.statistics import distances
from pages.shared import parts, state, tables
from pages.shared.context import theme
from pages.shared.words import number

COLUMNS = {
    "name": st.column_config.TextColumn("Column", pinned=True, width=150),
    "kind": st.column_config.TextColumn("Kind", width=80),
    "changed": tables.amount("Changed"),
    "psi": tables.figure("PSI", "%.3f", f"Population stability index: {distances.DEFINITION}."),
    "chance": tables.figure("By chance", "%.3f", "What two samples of these sizes give without any change."),
    "ks": tables.figure("KS", "%.3f", "Largest distance between the two distribution functions."),
    "missing": st.column_config.TextColumn("Missing", width=110),
}


def show(found: Difference) -> None:
    """Show the columns, most changed first, and the chosen one on both sides."""
    ranked = sorted(found.columns, key=_weight, reverse=True)
    asked = st.query_params.get(state.COLUMN)
    measured = [column for column in ranked if column.distribution and not column.distribution.reason]
    chosen = next((column for column in ranked if column.name == asked), (measured or ranked)[0])
    grid = st.grid(3, min_column_width=270, gap="medium")
    with grid.cell(column_span=2):
        parts.section("Columns", "Most changed first")
        rows = [_row(column) for column in ranked]
        tables.opening(rows, COLUMNS, "differences.columns", lambda row: _choose(ranked[row].name))
    with grid.cell():
        parts.section(chosen.name)
        _distribution(found, chosen)


def _weight(column: ColumnDifference) -> tuple[bool, float, int]:
    shape = column.distribution
    beyond = max((shape.psi or 0.0) - (shape.psi_by_chance or 0.0), 0.0) if shape else 0.0
    return (column.before is not column.after, beyond, column.changed)


def _choose(name: str) -> None:
    st.query_params[state.COLUMN] = name


def _row(column: ColumnDifference) -> tables.Row:
    shape = column.distribution
    kind = column.after or column.before
    return {
        "name": column.name,
        "kind": kind.value if kind else "",
        "changed": column.changed,
        "psi": shape.psi if shape else None,
        "chance": shape.psi_by_chance if shape else None,
        "ks": shape.ks if shape else None,
        "missing": f"{shape.missing_before:.1%} to {shape.missing_after:.1%}" if shape else "",
    }


def _distribution(found: Difference, column: ColumnDifference) -> None:
    shape = column.distribution
    if shape is None or shape.reason:
        parts.note(f"Not compared: {shape.reason if shape else 'only one version has it'}.")
        return
    parts.chart(charts.distributions(shape, (found.before, found.after), theme()), key="differences.distribution")
    facts: list[tuple[str, object]] = [("PSI", number(shape.psi)), ("By chance", number(shape.psi_by_chance))]
    if shape.ks is not None:
        facts.append(("KS", number(shape.ks)))
    if shape.mean_before is not None:
        facts += [("Mean before", number(shape.mean_before)), ("Mean after", number(shape.mean_after))]
    parts.facts(facts, columns=86)
