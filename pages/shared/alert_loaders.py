"""Alerts, rules, channels and served answers as screens read them, cached until the store's revision moves."""

# ruff: noqa: ARG001 - the revision is there to be a key of the cache
from datetime import datetime, timedelta

import streamlit as st

from core.records.alert import Alert, AlertRule, AlertState
from core.records.channel import Channel, Message
from core.records.model import Deployment
from core.records.monitor import ReportOutline
from core.records.performance import LabelInbox, SystemPoint
from pages.shared.context import now, platform
from pages.shared.loaders import fresh


@st.cache_data(max_entries=32, show_spinner=False)
def _open_count(revision: int, project: str) -> int:
    return platform().alerts.open_count(project)


@st.cache_data(max_entries=32, show_spinner=False)
def _alerts(revision: int, project: str, states: tuple[AlertState, ...]) -> list[Alert]:
    return platform().alerts.alerts(project, states, 500)


@st.cache_data(max_entries=16, show_spinner=False)
def _rules(revision: int, project: str) -> list[AlertRule]:
    return platform().alerts.rules(project)


@st.cache_data(max_entries=16, show_spinner=False)
def _channels(revision: int, project: str) -> list[Channel]:
    return platform().channels.channels(project)


@st.cache_data(max_entries=16, show_spinner=False)
def _messages(revision: int, project: str, alert_id: str | None = None) -> list[Message]:
    return platform().channels.messages(project, alert_id)


@st.cache_data(max_entries=8, show_spinner=False)
def _windows(revision: int, project: str) -> list[ReportOutline]:
    return platform().performance.windows(project)


@st.cache_data(max_entries=8, show_spinner=False)
def _figures(revision: int, project: str) -> list[str]:
    """Return every figure of stored reports as ``kind:name``, by kind, those of the whole before those of columns."""
    found = {
        f"{one.kind.value}:{name}" for one in platform().monitoring.outlines(project, limit=60) for name in one.figures
    }
    return sorted(found, key=lambda name: (name.partition(":")[0], "." in name, name))


@st.cache_data(max_entries=8, show_spinner=False)
def _deployments(revision: int, project: str) -> list[Deployment]:
    return platform().models.history(project)


@st.cache_data(max_entries=8, ttl=30, show_spinner=False)
def _inbox(revision: int, project: str, since: datetime | None) -> LabelInbox:
    return platform().performance.inbox(project, since)


@st.cache_data(max_entries=8, ttl=15, show_spinner=False)
def _system(revision: int, project: str, hours: int, minute: datetime) -> list[SystemPoint]:
    return platform().performance.system(project, minute - timedelta(hours=hours), minute)


open_count = fresh(_open_count)
alerts = fresh(_alerts)
rules = fresh(_rules)
channels = fresh(_channels)
messages = fresh(_messages)
windows = fresh(_windows)
figures = fresh(_figures)
deployments = fresh(_deployments)
inbox = fresh(_inbox)
_any_system = fresh(_system)


def system(project: str, hours: int) -> list[SystemPoint]:
    """Return what the scoring API did in the last hours, up to this minute."""
    return _any_system(project, hours, now().replace(second=0, microsecond=0))
