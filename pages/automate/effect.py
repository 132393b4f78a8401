"""What retrainings led to: cause, verdict and effect of each, and the curve with and without them."""

import streamlit as st

from core.charts import retraining as charts
from core.records.access import Permission
from core.records.plan import Retraining, RetrainingOutcome
from core.records.project import Project
from pages.shared import parts, retraining_loaders, state, tables
from pages.shared.context import may, theme
from pages.shared.words import metric_title, plain

FEWEST = 2
SERVED = (RetrainingOutcome.PROMOTED, RetrainingOutcome.KEPT, RetrainingOutcome.ROLLED_BACK)


def show(project: Project) -> None:
    """Draw the section."""
    found = retraining_loaders.retrainings(project.name)
    parts.section("Effect", "What started each retraining, how it was judged, and what it gained")
    if not found:
        parts.note("Nothing was retrained yet.")
        return
    if sum(one.value is not None for one in found) >= FEWEST:
        parts.chart(charts.effect(found, theme()), key="retraining.effect")
    if any(one.outcome in SERVED for one in found) and may(Permission.PREDICT):
        _on_requests(project)
    metric = metric_title(project.metric)
    columns = {
        "outcome": tables.states("Outcome", [outcome.value for outcome in RetrainingOutcome], width=110),
        "at": tables.time("When"),
        "cause": st.column_config.TextColumn("Cause", width="medium"),
        "version": st.column_config.TextColumn("Version", width="small"),
        "verdict": tables.states("Verdict", ["promote", "hold", "reject"]),
        "champion": tables.figure(f"{metric}, champion"),
        "new": tables.figure(f"{metric}, new"),
        "note": st.column_config.TextColumn("What followed", width="large"),
    }
    tables.opening([_row(one) for one in found], columns, "retraining.effects", lambda row: _open(found[row]))


def _on_requests(project: Project) -> None:
    """Draw the metric of real requests with and without retraining; what is asked anew is not logged."""
    if not st.toggle("On real requests, beside never having retrained", key="retraining.real"):
        return
    curve = retraining_loaders.effect(project.name)
    if not curve.points:
        parts.note(f"There is no curve: {plain(curve.note)}.")
        return
    parts.chart(charts.on_requests(curve, theme()), key="retraining.requests")
    parts.note(
        f"{curve.rows:,} labelled requests, by the version that answered them and again by version {curve.version}."
    )


def _row(one: Retraining) -> tables.Row:
    return {
        "outcome": tables.marks(one.outcome.value),
        "at": one.at,
        "cause": f"{one.cause}: {one.reason}" if one.reason else one.cause,
        "version": f"{one.champion} → {one.version}" if one.version else "—",
        "verdict": tables.marks(one.verdict) if one.verdict else [],
        "champion": one.champion_value,
        "new": one.value,
        "note": one.note,
    }


def _open(one: Retraining) -> None:
    st.query_params[state.JOB] = one.id
