"""Which held-out rows another run answers differently than the baseline, in both directions."""

from typing import Any

import streamlit as st

from core.records.comparison import Flips, SideBySide
from core.records.project import Project
from core.records.run_index import RunEntry
from pages.shared import actions, parts, run_loaders, state, tables
from pages.shared.words import count, number
from pages.train import compare_charts, run_names


def show(found: SideBySide, project: Project) -> None:
    """Draw the flips between the baseline and one of the others."""
    baseline, *others = compare_charts.ordered(found)
    other = _chosen(others)
    flips, why = actions.outcome(lambda: run_loaders.flips(baseline, other, _classes(baseline)))
    if why:
        parts.note(why)
        return
    if flips is None:
        parts.note("The answers of these two were not both stored, so that rows cannot be told apart.")
        return
    if not flips.shared:
        parts.note("The two have no held-out row in common, so that there is nothing to compare row by row.")
        return
    _figures(flips, run_names.name_of(baseline), run_names.name_of(other), project)
    _examples(flips, project, baseline)


def _chosen(others: list[RunEntry]) -> RunEntry:
    names = {run.run_id: run_names.name_of(run) for run in others}
    asked = st.query_params.get(state.OTHER, "")
    st.session_state["compare.other"] = asked if asked in names else others[0].run_id
    st.selectbox(
        "Beside the baseline",
        list(names),
        key="compare.other",
        format_func=names.__getitem__,
        on_change=_say,
        width=320,
    )
    return next(run for run in others if run.run_id == st.session_state["compare.other"])


def _say() -> None:
    st.query_params[state.OTHER] = st.session_state["compare.other"]


def _classes(run: RunEntry) -> tuple[str, ...]:
    judged = run_loaders.judgements([run]).get(run.run_id)
    return judged.classes if judged else ()


def _figures(flips: Flips, base: str, other: str, project: Project) -> None:
    is_class = project.task.is_classification
    share = flips.flipped / flips.shared
    parts.note(f"{count(flips.shared, 'held-out row')} that both answered; {base} against {other}")
    with st.grid(4, min_column_width=150):
        parts.tile("Answered differently", f"{flips.flipped:,}", f"{share:.1%} of the rows")
        parts.tile("Right now, wrong before" if is_class else "Nearer to the truth", f"{flips.mended:,}", good=True)
        parts.tile("Wrong now, right before" if is_class else "Farther from it", f"{flips.broken:,}", good=False)
        parts.tile("Wrong both times" if is_class else "As far away", f"{flips.moved:,}")
    if flips.directions:
        rows = [{"from": was, "to": now, "rows": amount} for was, now, amount in flips.directions]
        columns = {
            "from": st.column_config.TextColumn("Baseline said"),
            "to": st.column_config.TextColumn("The other says"),
            "rows": tables.amount("Rows"),
        }
        tables.show(rows, columns, "compare.directions")


def _examples(flips: Flips, project: Project, baseline: RunEntry) -> None:
    """List the rows that flipped: what both said, and what stands in each."""
    if not flips.examples:
        return
    score = "probability" if project.task.is_classification else "answer"
    columns: dict[str, Any] = {
        "truth": st.column_config.TextColumn("Truth", pinned=True, width=90),
        "was": st.column_config.TextColumn("Baseline", pinned=True, width=90),
        "now": st.column_config.TextColumn("The other", pinned=True, width=90),
        "before": st.column_config.TextColumn(f"Baseline's {score}", width=120),
        "after": st.column_config.TextColumn(f"The other's {score}", width=120),
    }
    found = run_loaders.contents(baseline, tuple(row for row, *_ in flips.examples))
    named = [name for name in found.columns if name != project.target] if found else []
    columns |= {f"value.{name}": st.column_config.TextColumn(name) for name in named}
    rows = []
    for row, truth, was, now, before, after in flips.examples:
        values = dict(zip(found.columns, found.rows.get(row, ()), strict=False)) if found else {}
        cells = {f"value.{name}": values.get(name) for name in named}
        rows.append({"truth": truth, "was": was, "now": now, "before": number(before), "after": number(after), **cells})
    parts.section("Rows that flipped", "Those first whose score moved most, with what stands in them")
    if found is None:
        parts.note("The data they come from is gone, so that only the answers can be shown.")
    tables.show(rows, columns, "compare.examples")
