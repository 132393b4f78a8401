"""What all checks of a job share, and what their reports say alike."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from core.monitoring.material import Material
from core.monitoring.request import LAST_YEAR, PREVIOUS, Request
from core.monitoring.windows import Window
from core.records.base import JsonObject
from core.records.drift_rule import RuleDraft
from core.records.monitor import ReportKind
from core.records.project import Project

Tell = Callable[[str, float, str], None]
"""Hears stage, fraction of it and message."""


@dataclass(frozen=True)
class Frame:
    """What all windows of a check share."""

    id: str
    project: Project
    rule: RuleDraft
    rule_number: int
    now: datetime


def before(request: Request, material: Material, place: int) -> Window | None:
    """Return the window that one is compared with, None for the reference: also that of the first, before which there
    is none."""
    if request.versus == LAST_YEAR:
        return material.seasons[place]
    return material.windows[place - 1] if request.versus == PREVIOUS and place else None


def places_of(material: Material, window: Window) -> "np.ndarray[Any, Any]":
    """Return the places of a window's rows in the current side."""
    return np.arange(material.current.rows) if window.rows is None else window.rows


def identity(
    frame: Frame, material: Material, place: int, kind: ReportKind, against: Window | None = None
) -> JsonObject:
    """Return what tells a report from others: of which window, ``against`` which other one, or the reference."""
    window = material.windows[place]
    since, until = span(material, window)
    made = frame.id if kind is ReportKind.DRIFT else f"{frame.id}-{kind.value}"
    return {
        "id": made if len(material.windows) == 1 else f"{made}-{place + 1:03d}",
        "project": frame.project.name,
        "kind": kind,
        "reference": against.label if against else material.reference.label,
        "current": window.label,
        "rows_reference": against.size(material.current) if against else material.reference.rows,
        "rows_current": window.size(material.current),
        "since": since,
        "until": until,
        "series": frame.id,
        "rule": frame.rule_number,
        "dataset": str(material.version.ref) if material.version else "",
        "job_id": frame.id,
        "created_at": frame.now,
    }


def span(material: Material, window: Window) -> tuple[datetime | None, datetime | None]:
    """Return the time of a window: its own, else from its first moment to just after its last."""
    if window.since is not None or material.times is None:
        return window.since, window.until
    times = material.times if window.rows is None else material.times[window.rows]
    known = times[~np.isnat(times)]
    if not len(known):
        return None, None
    ends = [pd.Timestamp(end, tz="UTC").to_pydatetime() for end in (known.min(), known.max() + np.timedelta64(1, "us"))]
    return ends[0], ends[1]
