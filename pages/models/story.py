"""Why this version? One page a version, its story in order."""

import streamlit as st

from core.charts import drift as charts
from core.records.monitor import severity
from core.records.past import Chapter
from core.records.project import Project
from pages.models import subjects
from pages.shared import actions, history_loaders, loaders, parts, state, tables
from pages.shared.context import theme
from pages.shared.words import exact


def show(project: Project) -> None:
    """Draw the story of the version that the address names, else of the champion."""
    versions = loaders.versions(project.name)
    if not versions:
        parts.empty("There is no model version yet.", screen=("train", "Start a training"))
        return
    champion = loaders.champion(project.name)
    numbers = [one.version for one in versions]
    asked = st.query_params.get(state.VERSION, "")
    usual = champion.version if champion and champion.version in numbers else numbers[0]
    st.session_state["story.version"] = int(asked) if asked.isdecimal() and int(asked) in numbers else usual
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Version", numbers, key="story.version", format_func=lambda one: f"Version {one}", on_change=_say, width=180
        )
        chosen = int(st.session_state["story.version"])
        parts.link("models", "Decide on it", version=str(chosen))
        parts.link("lineage", "Its lineage", of=f"version:{chosen}")
    for place, chapter in enumerate(history_loaders.story(project.name, chosen), start=1):
        _chapter(chapter, place)


def _say() -> None:
    st.query_params[state.VERSION] = str(st.session_state["story.version"])


def _chapter(chapter: Chapter, place: int) -> None:
    with st.container(border=not chapter.is_empty, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            parts.section(f"{place}. {chapter.title}", exact(chapter.at) if chapter.at else "")
            st.space("stretch")
            if chapter.subject:
                subjects.link(chapter.subject)
        for sentence in chapter.said:
            parts.note(sentence)
        if chapter.report:
            _drift(chapter.report)
        if chapter.rows:
            columns = {str(at): st.column_config.TextColumn(name) for at, name in enumerate(chapter.headers)}
            rows = [{str(at): cell for at, cell in enumerate(row)} for row in chapter.rows]
            tables.show(rows, columns, f"story.{place}")


def _drift(report: str) -> None:
    """Draw the check that fired: how far each column is from its threshold, and the worst one in detail."""
    found, why = actions.outcome(lambda: loaders.report(report))
    if found is None or not found.columns:
        parts.note(why or "That check looked at no single columns.")
        return
    worst = max(found.columns, key=severity)
    left, right = parts.pair()
    with left:
        parts.note(f"Distance from the threshold, by column: {found.reference} and {found.current}")
        parts.chart(charts.overview(found.columns, theme()), key="story.drift")
    with right:
        if worst.reference and worst.current:
            parts.note(f"{worst.name}, which moved most")
            parts.chart(charts.overlay(worst, theme()), key="story.drift.worst")
