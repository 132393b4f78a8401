"""What screens read about retraining by itself, cached until the store's revision moves."""

# ruff: noqa: ARG001 - the revision is there to be a key of the cache
import streamlit as st

from core.records.plan import EffectCurve, Retraining, RetrainingPlan
from core.records.rule import Evaluation, RetrainingRule
from core.records.simulation import Simulation
from pages.shared.context import actor, platform
from pages.shared.loaders import fresh


@st.cache_data(max_entries=16, show_spinner=False)
def _plan(revision: int, project: str) -> RetrainingPlan:
    return platform().plans.plan(project)


@st.cache_data(max_entries=16, show_spinner=False)
def _retrainings(revision: int, project: str) -> list[Retraining]:
    return platform().plans.retrainings(project)


@st.cache_data(max_entries=16, show_spinner=False)
def _rules(revision: int, project: str) -> list[RetrainingRule]:
    return platform().rules.rules(project)


@st.cache_data(max_entries=16, show_spinner=False)
def _evaluations(revision: int, project: str) -> list[Evaluation]:
    return platform().rules.evaluations(project)


@st.cache_data(max_entries=16, show_spinner=False)
def _suggestions(revision: int, project: str) -> list[Evaluation]:
    return platform().rules.suggestions(project)


@st.cache_data(max_entries=16, show_spinner=False)
def _simulations(revision: int, project: str) -> list[Simulation]:
    return platform().simulations.simulations(project)


@st.cache_data(max_entries=16, show_spinner="Asking old versions anew")
def _effect(revision: int, project: str) -> EffectCurve:
    return platform().effect.curve(actor(), project)


plan = fresh(_plan)
retrainings = fresh(_retrainings)
rules = fresh(_rules)
evaluations = fresh(_evaluations)
suggestions = fresh(_suggestions)
simulations = fresh(_simulations)
effect = fresh(_effect)
