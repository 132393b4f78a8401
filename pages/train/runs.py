"""Runs: every training as recorded, one in detail, two side by side."""

import streamlit as st

from core.records.metric import metrics_of
from core.records.project import Project
from core.records.training import Run, RunStatus
from pages.shared import loaders, parts, state, tables
from pages.shared.words import duration, plain, short
from pages.train import run_comparison, run_detail, study_runs

STATUSES = [*(status.value for status in RunStatus), "outside"]


def _columns(project: Project, *, outside: bool) -> dict[str, object]:
    columns: dict[str, object] = {
        "run": st.column_config.TextColumn("Run", width="small", pinned=True),
        "status": tables.states("State", STATUSES, width=150 if outside else 100),
        "estimator": st.column_config.TextColumn("Estimator"),
        "dataset": st.column_config.TextColumn("Data"),
        "version": st.column_config.TextColumn("Version"),
    }
    ordered = sorted(metrics_of(project.task), key=lambda metric: metric.name != project.metric)
    for metric in ordered[:3]:
        columns[metric.name] = st.column_config.NumberColumn(
            metric.title, format="%.4f" if not metric.unit else "%.2f", width=115
        )
    columns["took"] = st.column_config.TextColumn("Took", width=60)
    columns["started"] = tables.time("Started")
    return columns


def _row(project: Project, run: Run, champion: int | None) -> tables.Row:
    version = f"v{run.version}" if run.version else ""
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
    return {
        "run": short(run.run_id),
        "status": tables.marks(run.status.value, *(["outside"] if run.is_outside else [])),
        "estimator": study_runs.named(run),
        "dataset": run.dataset or "",
        "version": f"{version} champion" if version and run.version == champion else version,
        **{metric.name: run.metrics.get(metric.name) for metric in metrics_of(project.task)},
        "took": duration(took) if took is not None else "",
        "started": run.started_at,
    }


def _open(run: Run) -> None:
    st.query_params[state.RUN] = run.run_id


def _compare(chosen: list[Run]) -> None:
    st.query_params[state.COMPARE] = ",".join(run.run_id for run in chosen)


def _list(project: Project) -> None:
    found = loaders.runs(project.name)
    if not found:
        with parts.title("Runs", "Every training, as MLflow recorded it"):
            pass
        parts.empty(f"{plain(project.name)} has no run yet.", screen=("train", "Start a training"))
        return
    head = st.container()
    parts.note("Click a row to open it; tick two to compare them.")
    deployed = loaders.champion(project.name)
    rows = [_row(project, run, deployed.version if deployed else None) for run in found]
    ticked = tables.opening(
        rows,
        _columns(project, outside=any(run.is_outside for run in found)),
        "runs.table",
        lambda row: _open(found[row]),
        choose=True,
    )
    with head, parts.title("Runs", "Every training, as MLflow recorded it"):
        chosen = [found[row] for row in ticked]
        st.button(
            "Compare",
            key="runs.compare",
            type="primary",
            icon=":material/compare_arrows:",
            disabled=len(chosen) != 2,
            on_click=_compare,
            args=(list(reversed(chosen)),),
        )


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Runs")
    compared = st.query_params.get(state.COMPARE, "").split(",")
    run_id = st.query_params.get(state.RUN)
    if run_id:
        run_detail.show(project, run_id)
    elif len(compared) == 2:
        run_comparison.show(project, compared[0], compared[1])
    else:
        _list(project)


render()
