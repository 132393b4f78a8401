"""The past of a project as screens read it."""

# ruff: noqa: ARG001 - the revision is there to be a key of the cache
from datetime import datetime

import streamlit as st

from core.records.past import Chapter, Lineage, Then, Timeline
from pages.shared.context import platform
from pages.shared.loaders import fresh


@st.cache_data(max_entries=8, show_spinner=False)
def _timeline(revision: int, project: str) -> Timeline:
    return platform().history.timeline(project)


@st.cache_data(max_entries=32, show_spinner=False)
def _then(revision: int, project: str, moment: datetime) -> Then:
    return platform().history.at(project, moment)


@st.cache_data(max_entries=16, show_spinner=False)
def _story(revision: int, project: str, version: int) -> tuple[Chapter, ...]:
    return platform().history.story(project, version)


@st.cache_data(max_entries=16, show_spinner=False)
def _lineage(revision: int, project: str, of: str | None) -> Lineage:
    return platform().history.lineage(project, of)


@st.cache_data(max_entries=32, show_spinner=False)
def _answer_ms(revision: int, project: str, version: int) -> float | None:
    return platform().history.answer_ms(project, version)


answer_ms = fresh(_answer_ms)
timeline = fresh(_timeline)
then = fresh(_then)
story = fresh(_story)
lineage = fresh(_lineage)
