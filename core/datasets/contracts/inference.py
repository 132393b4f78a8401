"""A first contract, read off a version that is known to be good.

What a later version can hardly break without being wrong becomes a failure: types, gaps where there were none, the
classes of the target, the uniqueness of the id. What may well drift becomes a warning: ranges, categories, counts.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.records.contract import (
    Check,
    ColumnsCheck,
    Draft,
    NullsCheck,
    PatternCheck,
    RangeCheck,
    RowsCheck,
    Severity,
    TypeCheck,
    UniqueCheck,
    ValuesCheck,
)
from core.records.dataset import ColumnKind, ColumnProfile, DatasetVersion
from core.records.project import Project

MOST_VALUES = 30
"""A text column with more different values has no list of allowed ones."""

REPEATED = 5
"""How often a value must come on average for the column to be one of categories."""

ENOUGH_ROWS = 20
"""With fewer rows, a column of different values is no identifier yet."""

ROWS_AT_ONCE = 65_536


def infer(version: DatasetVersion, project: Project, path: Path) -> Draft:
    """Propose the checks that ``version``, whose table is at ``path``, passes itself."""
    checks: list[Check] = []
    with pq.ParquetFile(path) as file:
        for profile in version.profile.columns:
            checks += _of_column(profile, version.rows, project, file)
    checks.append(RowsCheck(minimum=max(1, version.rows // 2), severity=Severity.WARN))
    checks.append(ColumnsCheck(severity=Severity.WARN))
    return Draft(checks=tuple(checks))


def _of_column(profile: ColumnProfile, rows: int, project: Project, file: pq.ParquetFile) -> Iterator[Check]:
    name, present = profile.name, rows - profile.nulls
    yield TypeCheck(column=name, type=profile.kind)
    if profile.nulls == 0:
        yield NullsCheck(column=name, share=0.0)
    else:
        yield NullsCheck(column=name, share=_rounded_up(profile.nulls / rows), severity=Severity.WARN)
    if not present:
        return
    is_id = name == project.id_column or _looks_like_id(profile, present)
    if is_id and profile.distinct == present:
        yield UniqueCheck(columns=(name,), severity=Severity.FAIL if name == project.id_column else Severity.WARN)
    if profile.kind.is_numeric and not is_id:
        yield from _range(profile)
    if profile.kind is ColumnKind.TEXT:
        yield from _texts(profile, present, project, file)


def _looks_like_id(profile: ColumnProfile, present: int) -> bool:
    is_whole = present >= ENOUGH_ROWS and profile.distinct == present and profile.nulls == 0
    if profile.kind is ColumnKind.INTEGER:
        return is_whole and profile.name.lower().endswith(("id", "key", "no", "number"))
    return is_whole and profile.kind is ColumnKind.TEXT


def _rounded_up(share: float) -> float:
    """Allow half as many again, in whole hundredths."""
    return min(1.0, math.ceil(share * 150) / 100)


def _range(profile: ColumnProfile) -> Iterator[Check]:
    """Allow as far again as the values spread, but nothing below 0 where there was nothing."""
    low, high = profile.minimum, profile.maximum
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return
    spread = float(high) - float(low)
    if not math.isfinite(spread):
        return
    least = 0.0 if low >= 0 else _outward(low - spread / 2, down=True)
    most = _outward(high + spread / 2, down=False)
    is_integer = profile.kind is ColumnKind.INTEGER
    ends: tuple[Any, Any] = (int(least), int(most)) if is_integer else (least, most)
    yield RangeCheck(column=profile.name, minimum=ends[0], maximum=ends[1], severity=Severity.WARN)


def _outward(value: float, *, down: bool) -> float:
    """Round away from the data to two digits, so that limits read well."""
    if value == 0 or not math.isfinite(value):
        return value
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    steps = math.floor(value / step) if down else math.ceil(value / step)
    return float(f"{steps * step:.12g}")


def _texts(profile: ColumnProfile, present: int, project: Project, file: pq.ParquetFile) -> Iterator[Check]:
    is_target = profile.name == project.target
    if profile.distinct <= MOST_VALUES and (is_target or present >= REPEATED * profile.distinct):
        values = sorted(_distinct(file, profile.name))
        severity = Severity.FAIL if is_target else Severity.WARN
        yield ValuesCheck(column=profile.name, values=tuple(values), severity=severity)
    elif present >= ENOUGH_ROWS and profile.distinct * 2 > present:
        pattern = _shape(file, profile.name)
        if pattern:
            yield PatternCheck(column=profile.name, pattern=pattern, severity=Severity.WARN)


def _batches(file: pq.ParquetFile, name: str) -> Iterator[pa.Array]:
    for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=[name]):
        yield batch.column(0).drop_null()


def _distinct(file: pq.ParquetFile, name: str) -> set[str]:
    return {str(value) for values in _batches(file, name) for value in pc.unique(values).to_pylist()}


def _shape(file: pq.ParquetFile, name: str) -> str:
    """Return the pattern all texts share when each digit and each letter stands for its class; empty when none."""
    shapes: set[str] = set()
    for values in _batches(file, name):
        classes = pc.replace_substring_regex(values, "[0-9]", "9")
        classes = pc.replace_substring_regex(classes, "[A-Z]", "A")
        shapes |= set(pc.unique(pc.replace_substring_regex(classes, "[a-z]", "a")).to_pylist())
        if len(shapes) > 1:
            return ""
    shape = next(iter(shapes), "")
    return _written(shape) if 2 <= len(shape) <= 60 and "9" in shape else ""


def _written(shape: str) -> str:
    classes = {"9": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}
    parts: list[tuple[str, int]] = []
    for mark in shape:
        piece = classes.get(mark) or (mark if mark.isalnum() or mark in "_-" else f"\\{mark}")
        if parts and parts[-1][0] == piece:
            parts[-1] = (piece, parts[-1][1] + 1)
        else:
            parts.append((piece, 1))
    return "".join(piece if times == 1 else f"{piece}{{{times}}}" for piece, times in parts)
