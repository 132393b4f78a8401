"""Models: the versions of a project, their standing against the champion, and who served when."""

import streamlit as st

from core.records.base import clipped
from core.records.model import Alias, ModelVersion
from core.records.project import Project
from pages.models import approvals, card, deciding, decisions, elsewhere, gates, registry, replay, verdict
from pages.shared import loaders, parts, run_loaders, state, tables
from pages.shared.words import metric_title, minute, number, plain

COLUMNS = {
    "version": st.column_config.TextColumn("Version", width="small", pinned=True),
    "aliases": tables.states("Role", [alias.value for alias in Alias]),
    "estimator": st.column_config.TextColumn("Estimator"),
    "dataset": st.column_config.TextColumn("Data"),
    "metric": st.column_config.NumberColumn("Metric", format="%.4f", width="small"),
    "run": st.column_config.TextColumn("Run", width="small"),
    "created": tables.time("Made"),
}
HISTORY = {
    "version": st.column_config.TextColumn("Version", width="small", pinned=True),
    "since": st.column_config.TextColumn("From", width=140),
    "until": st.column_config.TextColumn("Until", width=140),
    "actor": st.column_config.TextColumn("Decided by", width="small"),
    "reason": st.column_config.TextColumn("Why", width="large"),
}


def _chosen(versions: list[ModelVersion]) -> ModelVersion:
    asked = st.query_params.get(state.VERSION)
    named = next((v for v in versions if str(v.version) == asked), None)
    waiting = next((v for v in versions if Alias.CHALLENGER in v.aliases), None)
    if asked and named is None:
        with parts.title("Models"):
            pass
        parts.missing(f"There is no version {clipped(asked, 20)}.", "models", "All versions")
    return named or waiting or versions[0]


def _choose(version: ModelVersion) -> None:
    st.query_params[state.VERSION] = str(version.version)


def _table(project: Project, versions: list[ModelVersion]) -> None:
    known = run_loaders.entries(tuple(version.run_id for version in versions))
    figures = {run_id: entry.metrics.get(project.metric) for run_id, entry in known.items()}
    columns = {**COLUMNS, "metric": tables.figure(metric_title(project.metric))}
    rows = [
        {
            "version": f"v{version.version}",
            "aliases": tables.marks(*(alias.value for alias in version.aliases)),
            "estimator": version.estimator.replace("_", " "),
            "dataset": version.dataset,
            "metric": figures.get(version.run_id),
            "run": version.run_id[:8],
            "created": version.created_at,
        }
        for version in versions
    ]
    parts.note(
        "The challenger is the newest registered version, not the best one: its gates tell whether it may serve."
    )
    tables.opening(rows, columns, "models.table", lambda row: _choose(versions[row]))


def _history(project: Project) -> None:
    parts.section("Champions", "Who served when, and who decided so")
    rows = [
        {
            "version": f"v{interval.version}",
            "since": minute(interval.since),
            "until": minute(interval.until) if interval.until else "still serving",
            "actor": interval.actor,
            "reason": interval.reason,
        }
        for interval in loaders.history(project.name)
    ]
    if rows:
        tables.show(rows, HISTORY, "models.history")
    else:
        parts.note("Nothing was promoted yet.")


def _standing(project: Project) -> None:
    champion = loaders.champion(project.name)
    if champion is None:
        parts.note("Nothing serves yet: promote a version, and the scoring API answers with it.")
        return
    found = loaders.comparison(project.name, champion.version)
    value = next((row[1] for row in found.rows if row[0] == project.metric), None)
    parts.facts(
        [
            ("Serving now", f"v{champion.version}"),
            (metric_title(project.metric), number(value)),
            parts.when("Since", champion.since),
            ("Decided by", champion.actor),
            ("Why", champion.reason),
        ]
    )


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Models")
    run_loaders.refreshed(project.name)
    versions = loaders.versions(project.name)
    if not versions:
        with parts.title("Models", "What serves, what waits, what served"):
            pass
        parts.empty(f"{plain(project.name)} has no model version yet.", screen=("train", "Start a training"))
        return
    version = _chosen(versions)
    with parts.title("Models", "What serves, what waits, what served"):
        deciding.buttons(project, version)
    deciding.undo(project)
    deciding.changed_inputs(project, version)
    approvals.alias_moved(project)
    approvals.inbox(project)
    _standing(project)
    _table(project, versions)
    decisions.comparison(project, version)
    verdict.show(project, version)
    approvals.offer(project, version)
    replay.show(project, version)
    gates.show(project)
    registry.show(project, version)
    elsewhere.show(project, version)
    card.show(version)
    _history(project)


render()
