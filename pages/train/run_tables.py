"""The tables of a run's judgement: every figure beside its interval and the champion, slices, groups."""

import statistics
from dataclasses import dataclass

import streamlit as st

from core.records.evaluation import Evaluation
from core.records.metric import METRICS, metrics_of
from core.records.project import Project
from core.records.training import Run
from core.training.fairness import FIGURES, differences
from pages.shared import loaders, parts, tables
from pages.shared.words import count, metric_title, number, signed

SURE = 0.05
FEW_ROWS = 30


@dataclass(frozen=True)
class Seen:
    """The run one looks at."""

    project: Project
    run: Run
    found: Evaluation


FIGURE_COLUMNS = {
    "name": st.column_config.TextColumn("Figure", pinned=True, width="medium"),
    "held_out": st.column_config.TextColumn("Held out", width="small"),
    "interval": st.column_config.TextColumn("95 % interval", width="medium"),
    "folds": st.column_config.TextColumn("Folds, mean ± std", width="medium"),
    "training": st.column_config.TextColumn("Training", width="small", help="On the rows it learned from"),
    "baseline": st.column_config.TextColumn("Constant", width="small", help="Always giving the same answer"),
    "champion": st.column_config.TextColumn("Champion", width="small"),
    "difference": st.column_config.TextColumn("Difference", width="small"),
    "verdict": tables.states("", ["better", "worse", "equal"]),
}


def figures(seen: Seen) -> None:
    """Draw every figure with how sure it is, and the champion's beside it."""
    champion = loaders.champion(seen.project.name)
    base = loaders.run(seen.project.name, champion.run_id) if champion and champion.run_id != seen.run.run_id else None
    rows = [
        _figure(metric.name, seen.found, base)
        for metric in metrics_of(seen.project.task)
        if metric.name in seen.found.metrics
    ]
    hidden = {"folds"} if not seen.found.folds else set()
    hidden |= {"champion", "difference", "verdict"} if base is None else set()
    shown = {name: column for name, column in FIGURE_COLUMNS.items() if name not in hidden}
    tables.show(rows, shown, "run.figures")
    if seen.found.interval_method:
        parts.note(f"Intervals: {seen.found.interval_method}.")
    if base is not None and champion is not None:
        parts.note(f"Champion is version {champion.version}, by its own held-out rows.")


def _figure(name: str, found: Evaluation, base: Run | None) -> tables.Row:
    band, folds = found.intervals.get(name), found.folds.get(name)
    held_out, other = found.metrics[name], base.metrics.get(name) if base else None
    verdict = ""
    if other is not None:
        better = (held_out > other) == METRICS[name].higher_is_better
        verdict = "equal" if held_out == other else "better" if better else "worse"
    spread = statistics.stdev(folds) if folds and len(folds) > 1 else 0.0
    return {
        "name": metric_title(name),
        "held_out": number(held_out),
        "interval": f"{number(band[0])} to {number(band[1])}" if band else "—",
        "folds": f"{number(statistics.fmean(folds))} ± {number(spread)}" if folds else "—",
        "training": number(found.train_metrics.get(name)),
        "baseline": number(found.baseline.get(name)),
        "champion": number(other),
        "difference": signed(held_out - other) if other is not None else "—",
        "verdict": tables.marks(verdict) if verdict else [],
    }


SLICE_COLUMNS = {
    "slice": st.column_config.TextColumn("Rows where", pinned=True, width="large"),
    "rows": tables.amount("Rows"),
    "error": st.column_config.TextColumn("Error", width="small"),
    "interval": st.column_config.TextColumn("95 % interval", width="medium"),
    "others": st.column_config.TextColumn("All others", width="small"),
    "p": st.column_config.TextColumn("Adjusted p", width="small"),
}


def slices(seen: Seen) -> None:
    """Draw the kinds of held-out rows that fare worst."""
    is_share = seen.project.task.is_classification
    shown = (lambda value: f"{value:.1%}") if is_share else number
    what = "share of wrong answers" if is_share else "mean absolute error"
    sure = sum(one.p_value < SURE for one in seen.found.slices)
    told = f"{count(sure, 'slice')} worse than chance explains" if sure else "none is worse than chance explains"
    parts.note(f"Error is the {what}; p-values are adjusted for every slice looked at: {told}.")
    rows = [
        {
            "slice": one.title,
            "rows": one.rows,
            "error": shown(one.error),
            "interval": f"{shown(one.interval[0])} to {shown(one.interval[1])}",
            "others": shown(one.others),
            "p": "< 0.001" if one.p_value < 0.001 else f"{one.p_value:.3f}",
        }
        for one in seen.found.slices
    ]
    tables.show(rows, SLICE_COLUMNS, "run.slices")


def groups(seen: Seen) -> None:
    """Draw how each group is treated, a table a column."""
    for column in dict.fromkeys(one.column for one in seen.found.fairness):
        members = [one for one in seen.found.fairness if one.column == column]
        apart = differences(seen.found.fairness, column, FEW_ROWS)
        largest = ", ".join(f"{FIGURES[name].lower()} {number(value)}" for name, value in apart.items())
        parts.section(column, f"Largest difference between groups of {FEW_ROWS} rows or more: {largest or 'none'}")
        names = [name for name in FIGURES if any(name in one.figures for one in members)]
        columns = {
            "group": st.column_config.TextColumn("Group", pinned=True, width="medium"),
            "rows": tables.amount("Rows"),
            **{name: st.column_config.TextColumn(FIGURES[name], width="small") for name in names},
        }
        rows = [
            {"group": one.group, "rows": one.rows, **{name: number(one.figures.get(name)) for name in names}}
            for one in members
        ]
        tables.show(rows, columns, f"run.groups.{column}")
