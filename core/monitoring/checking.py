"""A drift check carried out: column after column over all windows, so that never more than one column is in memory."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from core.monitoring import drift, explaining, judging, performance, verdict, windows
from core.monitoring.drift import Pair
from core.monitoring.explaining import Candidate
from core.monitoring.frame import Frame, Tell, before, identity, places_of
from core.monitoring.material import Material
from core.monitoring.request import Request
from core.monitoring.roles import EXTRA, FEATURE, PREDICTION
from core.monitoring.windows import Asked, Window
from core.records.drift_rule import RuleDraft
from core.records.monitor import ColumnDrift, ColumnVerdict, MonitorReport, Performance, ReportKind, severity

EXPLAINED = 5
"""Columns of a window whose drift is traced to a part of the rows, the most drifted ones."""

AT_ONCE = 2
"""Columns that are measured at once where there are many rows."""

AT_SIZE = 100_000
"""Rows of both sides up to which Evidently computes what is asked, in a check of one window."""

RENAMED = 0.05
"""Distance up to which a column that came looks like one that went."""


def asks_evidently(request: Request, material: Material) -> bool:
    """Tell who computes: Evidently when asked to, or when it can at once; at size and for many windows we do, with the
    same numbers."""
    if request.engine != "auto":
        return request.engine == "evidently"
    return (
        len(material.windows) == 1 and material.reference.rows + material.windows[0].size(material.current) <= AT_SIZE
    )


def reports(frame: Frame, request: Request, material: Material, tell: Tell) -> list[MonitorReport]:
    """Return the report of each window, in the order of time; ``tell`` hears stage, fraction and message."""
    by_evidently = asks_evidently(request, material)
    measured = _measured(frame, request, material, tell, by_evidently=by_evidently)
    judged = [judging.judge(columns, frame.rule) for columns in measured]
    judged = _explained(request, material, judged, tell)
    told = [_performance(frame, material, window) for window in material.windows]
    engine = "evidently" if by_evidently else "exact"
    return [
        _report(frame, request, material, place, (judged[place], told[place], engine))
        for place in range(len(material.windows))
    ]


def _measured(
    frame: Frame, request: Request, material: Material, tell: Tell, *, by_evidently: bool
) -> list[list[ColumnDrift]]:
    """Return what is known of every column, by window."""
    found: list[list[ColumnDrift]] = [[] for _ in material.windows]
    columns = [*material.columns, *([material.prediction] if material.prediction else [])]
    is_large = material.reference.rows + material.current.rows > AT_SIZE and len(material.windows) == 1
    tasks = [partial(_column, frame, request, material, asked, by_evidently) for asked in columns]
    at_work = drift.ahead(tasks, AT_ONCE) if is_large and not by_evidently else (task() for task in tasks)
    tell("test", 0.0, columns[0].name if columns else "")
    for place, windows_ in enumerate(at_work):
        for number, column in enumerate(windows_):
            found[number].append(column)
        if place + 1 < len(columns):
            tell("test", (place + 1) / len(columns), columns[place + 1].name)
    return [_renamed(material, columns) for columns in found]


def _column(frame: Frame, request: Request, material: Material, asked: Asked, by_evidently: bool) -> list[ColumnDrift]:
    """Return what is known of a column in each window."""
    importances = material.champion.importances if material.champion else {}
    weight = importances.get(asked.name, 0.0) if importances and asked.role == FEATURE else None
    found = []
    for place, pair in enumerate(_of_column(request, material, asked)):
        one = replace(pair, reason=pair.reason or _lacking(material, before(request, material, place)))
        column = drift.measure(one)
        if by_evidently:
            column = drift.by_evidently(column, one, frame.rule)
        found.append(column.model_copy(update={"importance": weight}))
    return found


def _lacking(material: Material, earlier: Window | None) -> str:
    return "" if earlier is None or earlier.size(material.current) else f"no row lies in {earlier.label}"


def _of_column(request: Request, material: Material, asked: Asked) -> list[Pair]:
    """Return a column's pair for each window."""
    if asked.role == PREDICTION:
        return [_prediction(request, material, asked, place) for place in range(len(material.windows))]
    if asked.role == EXTRA:
        return [windows.pair(asked, None, None) for _ in material.windows]
    reference, current = material.reference.column(asked.name), material.current.column(asked.name)
    pairs = []
    for place, window in enumerate(material.windows):
        earlier = before(request, material, place)
        old = reference if earlier is None else None if current is None else earlier.of(current)
        pairs.append(windows.pair(asked, old, None if current is None else window.of(current)))
    return pairs


def _prediction(request: Request, material: Material, asked: Asked, place: int) -> Pair:
    answered = material.answered
    if answered is None or asked.reason:
        return windows.pair(asked, None, None)

    def of(window: Window) -> "pd.Series[Any]":
        inside = slice(None) if window.rows is None else np.isin(answered.places, window.rows)
        return answered.answers[inside]

    earlier = before(request, material, place)
    usual = material.expected.answers if material.expected else None
    return windows.pair(asked, usual if earlier is None else of(earlier), of(material.windows[place]))


def _renamed(material: Material, columns: list[ColumnDrift]) -> list[ColumnDrift]:
    """Say of a feature that went which column that came looks like it: a feature renamed."""
    came = [column for column in columns if column.role == EXTRA]
    return [_with_namesake(material, column, came) if _is_gone(material, column) else column for column in columns]


def _is_gone(material: Material, column: ColumnDrift) -> bool:
    here = column.name in material.reference.kinds and column.name not in material.current.kinds
    return here and column.role == FEATURE


def _with_namesake(material: Material, column: ColumnDrift, came: Sequence[ColumnDrift]) -> ColumnDrift:
    reference = material.reference.read(column.name)
    for other in came:
        kind = material.current.kinds[other.name]
        if kind is not column.kind and not (kind.is_numeric and column.kind.is_numeric):
            continue
        pair = Pair(column.name, FEATURE, column.kind, reference, material.current.read(other.name))
        found = drift.measure(pair).scores
        apart = found.get("ks_distance" if column.kind.is_numeric else "jensenshannon", 1.0)
        if apart <= RENAMED:
            told = f"{column.reason}; {other.name!r} came and is {apart:.2g} away: was it renamed?"
            return column.model_copy(update={"reason": told})
    return column


def _explained(
    request: Request, material: Material, judged: Sequence[tuple[ColumnDrift, ...]], tell: Tell
) -> list[tuple[ColumnDrift, ...]]:
    """Add to the most drifted columns of each window where their drift comes from."""
    worst = [_worst(columns) for columns in judged]
    wanted = sorted({name for names in worst for name in names})
    if not wanted:
        return list(judged)
    candidates = _candidates(material, judged[0])
    told: dict[tuple[int, str], ColumnDrift] = {}
    for step, name in enumerate(wanted):
        tell("explain", step / len(wanted), name)
        sides = material.reference.column(name), material.current.column(name)
        if sides[0] is None or sides[1] is None:
            continue
        for place, columns in enumerate(judged):
            if name in worst[place]:
                column = next(one for one in columns if one.name == name and one.role != PREDICTION)
                told[place, name] = _traced(request, material, place, column, (sides[0], sides[1]), candidates)
    return [
        tuple(column if column.role == PREDICTION else told.get((place, column.name), column) for column in columns)
        for place, columns in enumerate(judged)
    ]


def _worst(columns: Sequence[ColumnDrift]) -> list[str]:
    drifted = [
        column
        for column in columns
        if column.verdict is ColumnVerdict.DRIFTED and column.role != PREDICTION and column.values_current
    ]
    order = sorted(drifted, key=lambda column: -severity(column) * (0.1 + (column.importance or 0.0)))
    return [column.name for column in order[:EXPLAINED]]


def _candidates(material: Material, columns: Sequence[ColumnDrift]) -> list[Candidate]:
    """Return the columns that rows can be parted by, the most important ones."""
    features = sorted(
        (column for column in columns if column.role == FEATURE and column.scores),
        key=lambda column: -(column.importance or 0.0),
    )
    found: list[Candidate] = []
    for column in features:
        if len(found) == explaining.CANDIDATES:
            break
        sides = material.reference.read(column.name), material.current.read(column.name)
        one = explaining.candidate(column.name, *sides, is_number=column.kind.is_numeric)
        found += [one] if one else []
    return found


def _traced(
    request: Request,
    material: Material,
    place: int,
    column: ColumnDrift,
    sides: "tuple[pd.Series[Any], pd.Series[Any]]",
    candidates: Sequence[Candidate],
) -> ColumnDrift:
    rows = places_of(material, material.windows[place])
    earlier = before(request, material, place)
    parts: tuple[Any, ...] = ()
    # Against the window before, both sides are parts of the current one.
    if earlier is None:
        parts = explaining.segments(column, sides[0], sides[1], candidates, rows)
    else:
        own = [replace(one, reference=one.current) for one in candidates]
        parts = explaining.segments(column, sides[1], sides[1], own, rows, places_of(material, earlier))
    return column.model_copy(update={"segments": parts, "rows": explaining.telling_rows(column, sides[1], rows)})


def _performance(frame: Frame, material: Material, window: Window) -> Performance | None:
    if material.champion is None or material.answered is None:
        return None
    return performance.of_window(frame.project, material.champion, material.answered, window.rows)


def _report(
    frame: Frame,
    request: Request,
    material: Material,
    place: int,
    found: tuple[tuple[ColumnDrift, ...], Performance | None, str],
) -> MonitorReport:
    columns, told, engine = found
    judged = verdict.of_window(columns, frame.rule)
    facts = identity(frame, material, place, ReportKind.DRIFT, before(request, material, place))
    summary = judged.summary
    if not facts["rows_current"]:
        summary = "No verdict: no row lies in this window."
    elif not facts["rows_reference"]:
        summary = f"No verdict: no row lies in {facts['reference']}, so there is nothing to compare with."
    return MonitorReport(
        **facts,
        drifted=judged.drifted,
        drifted_columns=judged.drifted_columns,
        tested_columns=judged.tested_columns,
        summary=summary,
        engine=engine,
        figures={**judged.figures, **_told_figures(told)},
        performance=told,
        columns=columns,
    )


def _told_figures(told: Performance | None) -> dict[str, float]:
    if told is None:
        return {}
    named = {"performance": told.value, "performance_expected": told.expected, "worth": told.worth}
    return {name: value for name, value in named.items() if value is not None}


def with_fires(found: Sequence[MonitorReport], earlier: Sequence[bool], rule: RuleDraft) -> list[MonitorReport]:
    """Tell of each report whether the rule fires with the windows before it; ``earlier`` are the verdicts on windows
    before the first, the oldest first."""
    verdicts, told = list(earlier), []
    for report in found:
        verdicts.append(report.drifted)
        told.append(report.model_copy(update={"fires": verdict.fires(verdicts, rule)}))
    return told
