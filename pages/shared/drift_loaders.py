"""What the review of drift reads, kept until the store changes."""

# ruff: noqa: ARG001 - the revision is there to be a key of the cache

import pandas as pd
import streamlit as st

from core.monitoring.cost import Cost
from core.records.monitor import MonitorReport, ReportKind, ReportOutline
from pages.shared.context import platform
from pages.shared.loaders import fresh


# Records are frozen and may be shared; a copy of thousands of cells for every click would cost more than the picture.
@st.cache_resource(max_entries=16, show_spinner=False)
def _windows(revision: int, project: str, kind: ReportKind) -> tuple[ReportOutline, ...]:
    return tuple(platform().monitoring.outlines(project, kind))


@st.cache_data(max_entries=16, show_spinner=False)
def _cost(revision: int, project: str) -> Cost:
    return platform().drift_rules.cost(project)


@st.cache_data(max_entries=64, show_spinner=False)
def _telling_rows(id: str, column: str, _report: MonitorReport) -> pd.DataFrame:
    return platform().monitoring.rows(_report, column)


@st.cache_data(max_entries=2, show_spinner="Evidently draws its page")
def evidently_page(report_id: str) -> str:
    """Return Evidently's own page of a drift report, made safe."""
    return platform().monitoring.evidently_page(report_id)


windows = fresh(_windows)
cost = fresh(_cost)


def telling_rows(of: MonitorReport, column: str) -> pd.DataFrame:
    """Return the rows that contribute most to the drift of a column."""
    return _telling_rows(of.id, column, of)
