"""What the screens of the served answers read, cached for a moment: the log grows without telling anybody."""

# ruff: noqa: ARG001 - the moment is there to be a key of the cache
from datetime import timedelta

import streamlit as st

from core.records.prediction import LoggedPrediction
from core.records.story import PredictionQuery, Step
from core.records.traffic import Standing, Traffic
from pages.shared.context import platform
from pages.shared.loaders import fresh


@st.cache_data(max_entries=32, show_spinner=False)
def _traffic(revision: int, project: str) -> list[Traffic]:
    return platform().traffic.history(project)


traffic_history = fresh(_traffic)


def candidate(project: str) -> Traffic | None:
    """Return which candidate takes part in the traffic now."""
    newest = next(iter(traffic_history(project)), None)
    return newest if newest is not None and newest.until is None else None


@st.cache_data(max_entries=16, ttl=2, show_spinner=False)
def steps(project: str, window: timedelta) -> list[Step]:
    """Return what was answered in the last ``window``."""
    return platform().throughput.steps(project, window)


@st.cache_data(max_entries=16, ttl=5, show_spinner=False)
def standing(given: Traffic) -> Standing:
    """Return how a candidate stands beside the champion."""
    return platform().standing.of(given)


@st.cache_data(max_entries=16, ttl=5, show_spinner=False)
def found(project: str, query: PredictionQuery) -> list[LoggedPrediction]:
    """Return the newest answers a query asks for."""
    return platform().search.find(project, query)
