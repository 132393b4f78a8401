"""Two runs side by side: only what differs in the recipe, every figure with its signed difference."""

import streamlit as st

from core.charts.comparison import metric_changes
from core.records.metric import METRICS
from core.records.project import Project
from core.records.training import MetricDifference, Run, RunComparison
from core.training.comparison import compare
from pages.shared import loaders, parts, state, tables
from pages.shared.context import theme
from pages.shared.words import metric_title, number, plain, short, signed
from pages.train import run_detail

PARAMS = {
    "name": st.column_config.TextColumn("Parameter", pinned=True, width="medium"),
    "first": st.column_config.TextColumn("First", width="medium"),
    "second": st.column_config.TextColumn("Second", width="medium"),
}
METRIC_COLUMNS = {
    "name": st.column_config.TextColumn("Figure", pinned=True),
    "first": st.column_config.TextColumn("First", width="small"),
    "second": st.column_config.TextColumn("Second", width="small"),
    "difference": st.column_config.TextColumn("Difference", width="small"),
    "verdict": tables.states("Second is", ["better", "worse", "equal"]),
}


def show(project: Project, first_id: str, second_id: str) -> None:
    """Draw the comparison."""
    first, second = loaders.run(project.name, first_id), loaders.run(project.name, second_id)
    with parts.title("Comparison", "The first run is the baseline", back=(state.COMPARE,)):
        pass
    left, right = parts.pair()
    for place, column, run in (("First", left, first), ("Second", right, second)):
        with column:
            _head(place, run)
    result = compare(first, second)
    _metrics(project, result)
    _params(result)
    left, right = parts.pair()
    for place, column, run in (("First run", left, first), ("Second run", right, second)):
        found = loaders.evaluation(run)
        with column:
            if found is not None:
                run_detail.draw(found, f"compare.{place}", columns=1, of=place)


def _head(place: str, run: Run) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            parts.note(place)
            st.markdown(f"**{plain((run.estimator or run.name).replace('_', ' '))}**", width="stretch")
            parts.link("runs", short(run.run_id), run=run.run_id)
        version = f"version {run.version}" if run.version else "no version"
        parts.note(f"{run.dataset or 'unknown data'} · {version}")


def _metrics(project: Project, result: RunComparison) -> None:
    parts.section("Figures")
    held_out = [metric for metric in result.metrics if metric.name in METRICS]
    order = [project.metric, *METRICS]
    ordered = sorted(held_out, key=lambda metric: order.index(metric.name))
    left, right = parts.pair()
    with left:
        tables.show([_metric_row(metric) for metric in ordered], METRIC_COLUMNS, "compare.metrics")
    with right:
        rows = tuple(
            (metric_title(m.name), m.first, m.second, m.difference, METRICS[m.name].higher_is_better) for m in ordered
        )
        parts.chart(metric_changes(rows, theme()), key="compare.changes")


def _metric_row(metric: MetricDifference) -> tables.Row:
    verdict = {True: "better", False: "worse", None: "equal"}[metric.better]
    return {
        "name": metric_title(metric.name),
        "first": number(metric.first),
        "second": number(metric.second),
        "difference": signed(metric.difference),
        "verdict": tables.marks(verdict),
    }


def _params(result: RunComparison) -> None:
    parts.section("What was asked differently")
    if not result.params:
        parts.note("Nothing: both runs have the same recipe.")
        return
    rows = [{"name": p.name, "first": p.first or "—", "second": p.second or "—"} for p in result.params]
    tables.show(rows, PARAMS, "compare.params")
