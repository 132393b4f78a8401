"""The figures of a version beside the champion's."""

import streamlit as st

from core.charts.comparison import metric_changes
from core.models.answering import told
from core.records.model import ModelVersion, VersionComparison
from core.records.project import Project
from pages.shared import loaders, parts, tables
from pages.shared.context import theme
from pages.shared.words import count, metric_title, number, signed

COLUMNS = {
    "name": st.column_config.TextColumn("Figure", pinned=True, width=145),
    "verdict": tables.states("It is", ["better", "worse", "equal", "unknown"], 90),
    "champion": st.column_config.TextColumn("Champion", width=80),
    "version": st.column_config.TextColumn("This one", width=80),
    "difference": st.column_config.TextColumn("Difference", width=85),
}
ALONE = ("name", "version")
"""The columns when there is no other version to compare with."""


def comparison(project: Project, version: ModelVersion) -> None:
    """Show the version's figures beside the champion's, and what it expects."""
    found = loaders.comparison(project.name, version.version)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.section(f"Version {version.version}", found.note, *(alias.value for alias in version.aliases))
        st.space("stretch")
        parts.link("history", "Why this version?", version=str(version.version), tab="story")
        parts.link("runs", "Its run", run=version.run_id)
        parts.link("playground", "Try it", model=str(version.version))
    is_alone = found.champion in (None, version.version)
    columns = {name: column for name, column in COLUMNS.items() if not is_alone or name in ALONE}
    left, right = parts.pair()
    with left:
        tables.show([_row(row, found) for row in found.rows], columns, "models.comparison")
    with right:
        changed = tuple((metric_title(name), *rest) for name, *rest in found.rows)
        if not is_alone and any(row[3] for row in found.rows):
            chart = metric_changes(changed, theme(), judged=found.same_holdout)  # type: ignore[arg-type]
            parts.chart(chart, key="models.changes")
        else:
            _card(version)


def _row(row: tuple[str, float | None, float | None, float | None, bool], found: VersionComparison) -> tables.Row:
    """Return a line of the table; figures taken on different rows get no verdict."""
    name, champion, value, change, higher = row
    verdict = "equal" if not change else "better" if (change > 0) == higher else "worse"
    if not found.same_holdout:
        verdict = "unknown"
    return {
        "name": metric_title(name),
        "champion": number(champion),
        "version": number(value),
        "difference": signed(change),
        "verdict": tables.marks(verdict) if change is not None else [],
    }


def _card(version: ModelVersion) -> None:
    manifest = loaders.manifest(version)
    is_compiled = manifest.compiled is not None and manifest.compiled.kind is not None
    parts.facts(
        [
            ("Estimator", version.estimator.replace("_", " ")),
            ("Data", version.dataset),
            ("Inputs", count(len(manifest.features), "column")),
            ("Predicts", manifest.target),
            parts.when("Made", version.created_at),
            ("Model SHA-256", version.model_sha256[:12], version.model_sha256),
            (
                "Answers by",
                "compiled arrays" if is_compiled else "scikit-learn",
                f"Answers come from {told(manifest.compiled)}",
            ),
        ]
    )
