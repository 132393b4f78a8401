"""What a reviewer says of a drift: expected, investigate, or retrain on this window, with a note, kept for ever."""

import streamlit as st

from core.records.access import Permission
from core.records.drift_rule import DriftReview, ReviewDecision
from core.records.job import Cause, Job
from core.records.monitor import MonitorReport
from core.records.project import Project
from pages.shared import actions, parts, state, tables
from pages.shared.context import actor, may, platform

NOTE, DECISION = "drift.note", "drift.decision"
WORDS = {
    ReviewDecision.EXPECTED: "Expected",
    ReviewDecision.INVESTIGATE: "Investigate",
    ReviewDecision.RETRAIN: "Retrain on this window",
}
REVIEWS = {
    "decision": tables.states("Decision", [decision.value for decision in ReviewDecision], 110),
    "what": st.column_config.TextColumn("Of", width="small"),
    "note": st.column_config.TextColumn("Note", width="large"),
    "by": st.column_config.TextColumn("By", width="small"),
    "at": tables.time("When"),
}


def show(project: Project, report: MonitorReport, column: str) -> None:
    """Draw the decision on a report and what was said of it before."""
    parts.section("Review", "What you decide is kept with your note, for those who look at this drift later")
    if may(Permission.MONITOR):
        _ask(project, report, column)
    said = platform().drift_rules.reviews(project.name, report.id)
    if said:
        tables.show([_row(review) for review in said], REVIEWS, f"drift.reviews.{report.id}")


def _ask(project: Project, report: MonitorReport, column: str) -> None:
    offered = [one for one in ReviewDecision if one is not ReviewDecision.RETRAIN or may(Permission.TRAIN)]
    with st.container(border=True):
        st.segmented_control(
            "Decision", offered, key=DECISION, format_func=lambda one: WORDS[one], default=ReviewDecision.EXPECTED
        )
        st.text_input("Note", key=NOTE, placeholder="The new tariff began in May; the model has seen it since")
        st.button(
            "Record",
            key="drift.review",
            type="primary",
            icon=":material/rate_review:",
            on_click=_record,
            args=(project.name, report.id, column),
        )


def _record(project: str, report: str, column: str) -> None:
    decision = ReviewDecision(st.session_state.get(DECISION) or ReviewDecision.EXPECTED)
    note = str(st.session_state.get(NOTE) or "")

    def keep() -> Job | None:
        job = None
        if decision is ReviewDecision.RETRAIN and note.strip():
            cause = Cause(kind="drift", id=report, note=note.strip()[:300])
            job = platform().retraining.retrain(actor(), project, report=report, key=f"drift:{report}", cause=cause)
        platform().drift_rules.review(actor(), report, decision, note, column=column, job_id=job.id if job else None)
        return job

    problem = state.PROBLEM in st.session_state
    job = actions.act(keep, "Your decision is kept.")
    if job is not None:
        st.query_params[state.JOB] = job.id
    if not problem and state.PROBLEM not in st.session_state:
        st.session_state[NOTE] = ""


def _row(review: DriftReview) -> tables.Row:
    return {
        "decision": tables.marks(review.decision.value),
        "what": review.column or "the window",
        "note": review.note,
        "by": review.created_by,
        "at": review.created_at,
    }
