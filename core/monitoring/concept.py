"""Concept drift: does the champion err more than it did, since when, and do the features still mean the same?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from core.monitoring import performance, telling
from core.monitoring.frame import Frame, Tell, identity, places_of
from core.monitoring.material import Material
from core.monitoring.roles import FEATURE
from core.monitoring.telling import Feature, Known
from core.records.monitor import Association, ConceptPoint, MonitorReport, ReportKind
from core.statistics.changes import Change, changes

FEWEST = 50
"""Rows with a known truth below which an error is no measurement."""

POINTS = 40
"""Points of a window's line at most, each the mean of at least ``ROWS`` rows."""

ROWS = 10
TENTH, LEVEL = 0.1, 0.01
"""How much the error must rise to matter, and how rarely chance must explain that."""

NAMED = 3

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Errors:
    """The champion's errors on rows it has not learned: ``usual`` those at training, ``now`` those of the current side
    in the order of time, at the rows ``places`` of it. ``changes`` are places in ``now``; negative ones lie before."""

    usual: Numbers
    now: Numbers
    places: Numbers
    changes: tuple[Change, ...]
    reason: str = ""


@dataclass(frozen=True)
class Meanings:
    """The features and targets of both sides as numbers, and how they go together in the reference."""

    features: dict[tuple[str, str], Feature]
    goals: list[Feature]
    usual: Known


@dataclass(frozen=True)
class Found:
    """What one window says."""

    rows: int
    error: float | None
    usual: float | None
    rose: bool
    points: tuple[ConceptPoint, ...]
    began: tuple[int, ...]
    since: str
    associations: tuple[Association, ...]


def reports(frame: Frame, material: Material, tell: Tell) -> list[MonitorReport]:
    """Return the report of each window, in the order of time; ``tell`` hears stage, fraction and message."""
    tell("concept", 0.0, "errors of the champion")
    errors = errors_of(material)
    tell("concept", 0.2, "what features tell of the target")
    meanings = _meanings(frame, material)
    found = []
    for place in range(len(material.windows)):
        tell("concept", 0.3 + 0.7 * place / len(material.windows), f"window {place + 1} of {len(material.windows)}")
        window = _window(frame, material, place, errors, meanings)
        found.append(_report(frame, material, place, window, errors.reason))
    return found


def errors_of(material: Material) -> Errors:
    """Return the errors of the champion on both sides, and where they change."""
    if material.champion is None:
        return _none("there is no champion whose errors could be told")
    if material.answered is None or material.expected is None:
        return _none(material.silence)
    usual, _ = performance.errors(material.champion, material.expected)
    now, places = performance.errors(material.champion, material.answered)
    if len(now) < FEWEST:
        return _none(f"the truth of {len(now):,} rows is known; {FEWEST} are needed")
    order = np.arange(len(now)) if material.times is None else np.argsort(material.times[places], kind="stable")
    now, places = now[order], places[order]
    found = changes(_scaled(usual, now))
    moved = [Change(one.at - len(usual), one.noticed - len(usual), one.before, one.after) for one in found]
    return Errors(usual, now, places, tuple(one for one in moved if one.noticed >= 0))


def _none(reason: str) -> Errors:
    return Errors(np.empty(0), np.empty(0), np.empty(0, dtype=int), (), reason)


def _scaled(usual: Numbers, now: Numbers) -> Numbers:
    """Return all errors as numbers from 0 to 1: three times the 95th percentile at training, or more, counts as 1."""
    scale = 3 * float(np.quantile(usual if len(usual) >= FEWEST else now, 0.95))
    return np.clip(np.concatenate([usual, now]) / (scale or 1.0), 0.0, 1.0)


def _meanings(frame: Frame, material: Material) -> Meanings | None:
    target = frame.project.target
    old, new = material.reference.column(target), _truth(material, target)
    if old is None or new is None:
        return None
    goals = telling.targets(old, new, is_class=frame.project.task.is_classification)
    features = {}
    for asked in material.columns:
        sides = material.reference.column(asked.name), material.current.column(asked.name)
        if asked.role != FEATURE or asked.reason or sides[0] is None or sides[1] is None:
            continue
        for goal in goals:
            one = telling.feature(asked.name, asked.kind, sides[0], sides[1], goal.reference)
            if one is not None:
                features[asked.name, goal.name] = one
    return Meanings(features, goals, telling.known(features, goals))


def _truth(material: Material, target: str) -> "pd.Series[Any] | None":
    """Return what came true for each row of the current side, missing where it is not known."""
    given = material.current.column(target)
    if given is not None or material.answered is None:
        return given
    whole = np.full(material.current.rows, None, dtype=object)
    whole[material.answered.places] = material.answered.truth.to_numpy(dtype=object)
    return pd.Series(whole)


def _window(frame: Frame, material: Material, place: int, errors: Errors, meanings: Meanings | None) -> Found:
    rows = places_of(material, material.windows[place])
    here = np.flatnonzero(np.isin(errors.places, rows))
    values = errors.now[here]
    is_known = len(values) >= FEWEST
    usual = float(errors.usual.mean()) if len(errors.usual) >= FEWEST else None
    error = float(values.mean()) if is_known else None
    points, edges = _points(material, errors, here) if is_known else ((), np.empty(0))
    inside = [one for one in errors.changes if len(here) and here[0] <= max(one.at, 0) <= here[-1]] if is_known else []
    began = sorted(
        {int(np.searchsorted(edges, np.searchsorted(here, max(one.at, 0)), side="right") - 1) for one in inside}
    )
    worse = [one for one in inside if one.after > one.before]
    rose = bool(worse) or (error is not None and usual is not None and _above(values, errors.usual))
    since = _moment(material, errors.places[max(worse[0].at, 0)]) if worse else ""
    told: tuple[Association, ...] = ()
    if meanings is not None:
        least, level = frame.rule.min_rows, frame.rule.significance
        told = telling.shifts(meanings.features, meanings.goals, meanings.usual, rows, least=least, significance_=level)
    return Found(len(values), error, usual, rose, points, tuple(began), since, told)


def _points(material: Material, errors: Errors, here: Numbers) -> tuple[tuple[ConceptPoint, ...], Numbers]:
    """Return the mean error of equal parts of a window, and where each part begins."""
    count = min(POINTS, max(1, len(here) // ROWS))
    parts = np.array_split(here, count)
    starts = np.cumsum([0, *(len(part) for part in parts)])[:-1]
    return (
        tuple(
            ConceptPoint(
                at=_moment(material, errors.places[part[0]]), rows=len(part), error=float(errors.now[part].mean())
            )
            for part in parts
        ),
        starts,
    )


def _moment(material: Material, row: int) -> str:
    if material.times is None or np.isnat(material.times[row]):
        return ""
    moment: datetime = pd.Timestamp(material.times[row], tz="UTC").to_pydatetime()
    return moment.isoformat()


def _above(values: Numbers, usual: Numbers) -> bool:
    """Tell whether errors are higher than those at training: by a tenth, and not by chance (Welch's test)."""
    from scipy import stats

    if values.mean() < (1 + TENTH) * usual.mean():
        return False
    if np.ptp(values) == 0 and np.ptp(usual) == 0:
        return True
    return float(stats.ttest_ind(values, usual, equal_var=False).pvalue) < LEVEL


def _report(frame: Frame, material: Material, place: int, found: Found, reason: str) -> MonitorReport:
    shifted = [one for one in found.associations if one.shifted]
    return MonitorReport(
        **identity(frame, material, place, ReportKind.CONCEPT),
        drifted=found.rose,
        fires=found.rose,
        drifted_columns=len(shifted),
        tested_columns=len(found.associations) + (found.error is not None),
        summary=_summary(
            found, [one.feature for one in shifted], reason, is_class=frame.project.task.is_classification
        ),
        figures=_figures(found, len(shifted)),
        points=found.points,
        changes=found.began,
        associations=found.associations,
    )


def _figures(found: Found, shifted: int) -> dict[str, float]:
    told = {"error": found.error, "error_at_training": found.usual}
    figures = {name: value for name, value in told.items() if value is not None}
    if found.error is not None:
        figures |= {"changes": float(len(found.began)), "rose": float(found.rose)}
        if found.usual:
            figures["rise"] = found.error / found.usual - 1
    if found.associations:
        figures |= {
            "shifted": float(shifted),
            "largest_shift": max(abs(one.current - one.reference) for one in found.associations),
        }
    return figures


def _summary(found: Found, shifted: Sequence[str], reason: str, *, is_class: bool) -> str:
    parts = []
    if found.error is None:
        why = reason or f"the truth of {found.rows:,} rows is known; {FEWEST} are needed"
        parts.append(f"No verdict on the error: {why}.")
    else:
        name, was = ("share of wrong answers" if is_class else "mean error"), ""
        if found.usual is not None:
            was = f", {found.usual:.3g} at training"
        head = "rose" if found.rose else "is as before"
        since = f", first on {found.since[:10]}" if found.since else ""
        parts.append(f"The {name} {head}{since}: {found.error:.3g} on {found.rows:,} rows{was}.")
    if shifted:
        more = f" and {len(shifted) - NAMED} more" if len(shifted) > NAMED else ""
        verb = "tells" if len(shifted) == 1 else "tell"
        parts.append(f"{', '.join(shifted[:NAMED])}{more} {verb} something else of the target than before.")
    return " ".join(parts)
