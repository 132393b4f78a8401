"""Performance: how served answers did, measured by labels and estimated without."""

import streamlit as st

from core.charts import performance as charts
from core.records.access import Permission
from core.records.metric import METRICS
from core.records.monitor import ReportOutline
from core.records.project import Project
from pages.monitor import label_inbox, performance_window, system, value_view
from pages.shared import actions, alert_loaders, live, parts, state, tables, tabs
from pages.shared.context import actor, may, platform, theme
from pages.shared.words import count, number, plain

EVERY = {"hour": "Each hour", "day": "Each day", "week": "Each week", "month": "Each month", "all": "All together"}
COLUMNS = {
    "state": tables.states("State", ["measured", "provisional", "estimated", "untested"], width=120),
    "window": st.column_config.DatetimeColumn("Window from", format="YYYY-MM-DD HH:mm", width=140),
    "value": st.column_config.TextColumn("Measured", width="small"),
    "estimated": st.column_config.TextColumn("Estimated", width="small"),
    "expected": st.column_config.TextColumn("At training", width="small"),
    "answers": tables.amount("Answers"),
    "labelled": tables.amount("Labelled"),
    "summary": st.column_config.TextColumn("In words", width="large"),
}


def _measure(project: str) -> None:
    every = st.session_state.get("performance.every", "day")
    job = actions.act(
        lambda: platform().performance.submit(actor(), project, every=every), "The answers are being measured."
    )
    if job:
        st.query_params[state.JOB] = job.id


@st.dialog("Measure the answers served")
def _ask(project: str) -> None:
    st.selectbox("A window", list(EVERY), 1, EVERY.__getitem__, key="performance.every")
    parts.note(
        "Labels that came since the last time are taken in; windows that were measured before are measured anew."
    )
    key = "performance.run"
    pressed = st.button("Measure", key=key, type="primary", on_click=_measure, args=(project,), width="stretch")
    actions.close_when_done(pressed)


def state_of(report: ReportOutline, metric: str) -> str:
    """Return how sure the figure of a window is."""
    found = report.production.metric(metric) if report.production else None
    if report.production is None or found is None or (found.value is None and found.estimated is None):
        return "untested"
    if found.value is None:
        return "estimated"
    return "provisional" if report.production.provisional else "measured"


def _row(report: ReportOutline, metric: str) -> tables.Row:
    found = report.production.metric(metric) if report.production else None
    return {
        "state": tables.marks(state_of(report, metric)),
        "window": report.moment,
        "value": number(found.value if found else None),
        "estimated": number(found.estimated if found else None),
        "expected": number(found.expected if found else None),
        "answers": report.rows_current,
        "labelled": report.production.labelled if report.production else 0,
        "summary": report.summary,
    }


def _open(report: ReportOutline) -> None:
    st.query_params[state.REPORT] = report.id


def _over_time(project: Project) -> None:
    windows = alert_loaders.windows(project.name)
    if not windows:
        parts.empty(
            f"Nothing that {plain(project.name)} answered was measured yet. Measure it: labelled answers by their "
            "labels, the others from the model's own confidence."
        )
        return
    names = [one.name for one in METRICS.values() if any(_has(report, one.name) for report in windows)]
    metric = project.metric if project.metric in names else next(iter(names), project.metric)
    if len(names) > 1:
        metric = st.selectbox(
            "Metric", names, names.index(metric), lambda name: METRICS[name].title, key="performance.metric", width=260
        )
    _now(windows, metric)
    parts.chart(
        charts.over_time(windows, metric, alert_loaders.deployments(project.name), theme()), "performance.chart"
    )
    latest = next(report for report in reversed(windows) if report.production is not None)
    assert latest.production is not None  # noqa: S101 - chosen by that
    if latest.production.estimate_reason:
        parts.note(latest.production.estimate_reason)
    elif latest.production.calibration:
        parts.note(f"The estimate rests on {latest.production.calibration}. It sees other inputs, not another truth.")
    if project.cost_matrix is not None:
        value_view.show(project, windows, "performance.value")
    shown = windows[::-1]
    tables.opening([_row(one, metric) for one in shown], COLUMNS, "performance.table", lambda row: _open(shown[row]))


def _has(report: ReportOutline, metric: str) -> bool:
    found = report.production.metric(metric) if report.production else None
    return found is not None and (found.value is not None or found.estimated is not None)


def _now(windows: list[ReportOutline], metric: str) -> None:
    """Show the newest final figure, the newest estimate, and how much is labelled."""
    final = next((one for one in reversed(windows) if state_of(one, metric) == "measured"), None)
    guess = next((one for one in reversed(windows) if one.figures.get(f"estimated.{metric}") is not None), None)
    better = METRICS[metric].higher_is_better
    grid = st.grid(4, min_column_width=180, gap="small")
    with grid.cell():
        found = final.production.metric(metric) if final and final.production else None
        gap = found.value - found.expected if found and found.value is not None and found.expected is not None else None
        said = None if gap is None else f"{gap:+.3f} against training"
        shown = number(found.value if found else None)
        parts.tile("Measured last, final", shown, said, good=None if gap is None else (gap >= 0) == better)
    with grid.cell():
        estimated = guess.figures[f"estimated.{metric}"] if guess else None
        parts.tile("Estimated last", number(estimated), "without labels" if guess else None)
    answers = sum(one.rows_current for one in windows)
    labelled = sum(one.production.labelled for one in windows if one.production)
    with grid.cell():
        parts.tile("Answers measured", f"{answers:,}", count(len(windows), "window"))
    with grid.cell():
        parts.tile("With a label", f"{labelled / answers:.0%}" if answers else "—", f"{labelled:,} answers")


def _running() -> None:
    job_id = st.query_params.get(state.JOB)
    if job_id:
        live.job_panel(job_id)


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Performance")
    report_id = st.query_params.get(state.REPORT)
    if report_id:
        performance_window.show(report_id)
        return
    with parts.title("Performance", "How served answers did: by their labels, and estimated without"):
        if may(Permission.MONITOR) and st.button("Measure", key="performance.new", icon=":material/speed:"):
            _ask(project.name)
        if may(Permission.ADD_LABELS) and st.button(
            "Add labels", key="performance.labels", type="primary", icon=":material/label:"
        ):
            label_inbox.ask(project.name)
    _running()
    offered = {
        "time": ("Over time", _over_time),
        "labels": ("Label inbox", label_inbox.show),
        "system": ("Scoring API", system.show),
    }
    tabs.by_address("performance.tab", offered, project)


render()
