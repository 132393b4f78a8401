"""Drift: is the data a model meets still the data it learned from?"""

import streamlit as st

from core.monitoring.request import CHECKS, LAST_YEAR, PREVIOUS, REFERENCE
from core.records.access import Permission
from core.records.job import Job
from core.records.monitor import ReportOutline
from core.records.project import Project
from pages.monitor import concept, quality, report_detail, review, rule_form
from pages.shared import actions, live, loaders, parts, state, tables, tabs
from pages.shared.context import actor, may, platform
from pages.shared.words import plain

LOGGED = "Logged predictions"
TRAINED = "The champion's training data"
WHOLE = "All of it as one"
EVERY: dict[str, str | None] = {
    WHOLE: None,
    "By day": "1d",
    "By week": "1w",
    "By month": "1mo",
    "By number of rows": "rows",
}
VERSUS = {REFERENCE: "the reference", PREVIOUS: "the window before", LAST_YEAR: "the same season a year before"}
KINDS = {"drift": "Drift", "quality": "Data quality", "concept": "Concept"}
COLUMNS = {
    "verdict": tables.states("Verdict", ["drifted", "stable", "untested"]),
    "kind": st.column_config.TextColumn("Check", width="small"),
    "drifted": st.column_config.TextColumn("Found", width="small"),
    "current": st.column_config.TextColumn("Current", width=210),
    "reference": st.column_config.TextColumn("Reference"),
    "rows": tables.amount("Rows"),
    "summary": st.column_config.TextColumn("In words", width="medium"),
    "created": tables.time("Checked"),
}


def _offered(every: str | None) -> list[str]:
    """Return what windows of a length can be compared with: rows have no season."""
    if every is None:
        return [REFERENCE]
    return [REFERENCE, PREVIOUS] if every == "rows" else list(VERSUS)


def _submit(project: str) -> Job:
    chosen = st.session_state
    current, reference = chosen.get("drift.current", LOGGED), chosen.get("drift.reference", TRAINED)
    every, versus = EVERY[chosen.get("drift.every", WHOLE)], chosen.get("drift.versus") or REFERENCE
    return platform().monitoring.submit(
        actor(),
        project,
        current=None if current == LOGGED else current,
        reference=None if reference == TRAINED else reference,
        every=f"{int(chosen.get('drift.rows') or 1_000)}rows" if every == "rows" else every,
        versus=versus if versus in _offered(every) else REFERENCE,
        kinds=tuple(kind for kind in CHECKS if kind in chosen.get("drift.kinds", CHECKS)),
    )


def _check(project: str) -> None:
    job = actions.act(lambda: _submit(project), "The check is queued.")
    if job:
        st.query_params[state.JOB] = job.id


@st.dialog("Run check")
def _dialog(project: str) -> None:
    st.segmented_control(
        "What is checked",
        CHECKS,
        selection_mode="multi",
        default=CHECKS,
        key="drift.kinds",
        format_func=KINDS.__getitem__,
        help="Distributions, the quality of the data, and the errors of the champion where the truth is known.",
    )
    refs = [str(version.ref) for version in loaders.datasets(project)]
    st.selectbox("Current: what is looked at", [LOGGED, *refs], key="drift.current")
    st.selectbox("Reference: what it is compared with", [TRAINED, *refs], key="drift.reference")
    every = st.selectbox("Windows: how the current data is cut", list(EVERY), key="drift.every")
    if EVERY[every] == "rows":
        st.number_input("Rows in a window", min_value=1, value=1_000, step=100, key="drift.rows")
    if EVERY[every]:
        st.segmented_control(
            "Each window is compared with",
            _offered(EVERY[every]),
            default=REFERENCE,
            key="drift.versus",
            format_func=VERSUS.__getitem__,
            help="A year before: the same month, or 52 weeks back, of the current data. Where seasons differ, only "
            "this tells a drift from a winter.",
        )
    parts.note("A column has drifted when its distance matters and chance does not explain it, by the project's rule.")
    actions.close_when_done(
        st.button("Run check", key="drift.run", type="primary", on_click=_check, args=(project,), width="stretch")
    )


def _row(report: ReportOutline) -> tables.Row:
    return {
        "verdict": tables.marks(report.outcome),
        "kind": KINDS.get(report.kind.value, report.kind.value),
        "drifted": f"{report.drifted_columns} of {report.tested_columns}",
        "current": report.current,
        "reference": report.reference,
        "rows": report.rows_current,
        "summary": report.summary,
        "created": report.created_at,
    }


def _open(report: ReportOutline) -> None:
    st.query_params[state.REPORT] = report.id


def _running() -> None:
    job_id = st.query_params.get(state.JOB)
    if not job_id:
        return
    job = live.job_panel(job_id)
    if job.result and "report" in job.result:
        with st.container(horizontal=True, vertical_alignment="center"):
            parts.note(str(job.result.get("summary", "")))
            parts.link("drift", "Open the report", report=str(job.result["report"]))


def _reports(project: Project) -> None:
    found = [report for report in loaders.reports(project.name) if report.kind.value in KINDS]
    if not found:
        parts.empty(f"No check has looked at {plain(project.name)} yet.")
        return
    tables.opening([_row(report) for report in found], COLUMNS, "drift.table", lambda row: _open(found[row]))


def _screen(project: Project) -> None:
    with parts.title("Drift", "Is the data a model meets still the data it learned from?"):
        if may(Permission.MONITOR) and st.button(
            "Run check", key="drift.new", type="primary", icon=":material/troubleshoot:"
        ):
            _dialog(project.name)
    _running()
    offered = {
        "review": ("Review", review.show),
        "quality": ("Data quality", quality.show),
        "concept": ("Concept", concept.show),
        "reports": ("Reports", _reports),
        "rule": ("Rule", rule_form.show),
    }
    tabs.by_address("drift.tabs", offered, project)


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Drift")
    report_id = st.query_params.get(state.REPORT)
    if report_id:
        report_detail.show(project, report_id)
    else:
        _screen(project)


render()
