"""The profile of a table: its columns two at a time, its rows, how columns go together, and what is wrong with it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from core.datasets import duck
from core.datasets.passes import in_order
from core.datasets.profile import METHOD, associations, columns, findings, rows
from core.datasets.profile.columns import Described
from core.datasets.profile.sketches import places as sampled_places
from core.datasets.profile.source import Source
from core.records.dataset import ColumnKind, Profile
from core.records.project import Project

_THREADS = 2
_AT_ONCE_BYTES = 32 << 20
_NEARLY_UNIQUE = 0.95
_MEMORY_MB = 128

Progress = Callable[[float], None]


def _silent(share: float) -> None:
    """Take no note of progress."""


def profile(
    source: Source,
    project: Project | None = None,
    doubts: Sequence[str] = (),
    notes: Sequence[str] = (),
    progress: Progress = _silent,
) -> Profile:
    """Describe a typed table, in bounded memory whatever its size.

    Args:
        source: the table.
        project: whose target, id and time columns are looked at as such.
        doubts: warnings of the reader that question the whole; they come first.
        notes: remarks of the reader on single columns; they come last.
        progress: hears the share (0 to 1) that is behind; may raise to stop.
    """
    described = [_settled(source, item) for item in _described(source, progress)]
    progress(0.7)
    profiles = tuple(item.profile for item in described)
    is_unique = any(item.distinct == source.rows and "distinct" not in item.estimated for item in profiles)
    copies = 0 if is_unique else rows.duplicates(source)
    progress(0.9)
    target = None if project is None else next((item for item in profiles if item.name == project.target), None)
    found = associations.of(described, source.rows, project if target else None)
    made = Profile(
        rows=source.rows,
        duplicates=copies,
        columns=profiles,
        target=target.name if target else None,
        classes=target.top if target and project and project.task.is_classification else (),
        associations=found,
        method=METHOD,
    )
    return made.model_copy(update={"findings": findings.of(made, project, doubts, notes)})


def _described(source: Source, progress: Progress) -> list[Described]:
    names, batches = source.schema.names, list(_batches(source))
    places = sampled_places(source.rows, len(names))
    needs_database = not all(batch.is_whole for batch in batches)
    database: AbstractContextManager[Any] = duck.bounded(_MEMORY_MB) if needs_database else nullcontext()
    with database as connection, ThreadPoolExecutor(_THREADS, "profile") as pool:

        def work(batch: "_Batch") -> list[Described]:
            if not batch.is_whole:
                return [columns.streamed(source, batch.names[0], places, connection.cursor())]
            table = source.read(batch.names)
            return [columns.whole(name, table[name], places) for name in batch.names]

        found: list[Described] = []
        for part in in_order(pool, work, batches):
            found += part
            progress(0.7 * len(found) / len(names))
    return found


@dataclass(frozen=True)
class _Batch:
    names: list[str]
    is_whole: bool


def _batches(source: Source) -> Iterator[_Batch]:
    """Put columns that are sorted whole together, as many as fit into memory; others come alone."""
    waiting: list[str] = []
    size = 0
    for name in source.schema.names:
        is_whole = columns.is_whole(source, name)
        taken = max(source.size(name), 8 * source.rows) if is_whole else 0
        if waiting and (not is_whole or size + taken > _AT_ONCE_BYTES):
            yield _Batch(waiting, is_whole=True)
            waiting, size = [], 0
        if is_whole:
            waiting.append(name)
            size += taken
        else:
            yield _Batch([name], is_whole=False)
    if waiting:
        yield _Batch(waiting, is_whole=True)


def _settled(source: Source, found: Described) -> Described:
    """Count exactly where an estimate says that all values may be different: an identifier is a matter of yes or no."""
    item = found.profile
    is_label = item.kind in (ColumnKind.INTEGER, ColumnKind.TEXT) and not item.nulls
    if "distinct" not in item.estimated or not is_label or item.distinct < _NEARLY_UNIQUE * source.rows:
        return found
    distinct = source.rows - rows.column_repeats(source, item.name)
    estimated = tuple(name for name in item.estimated if name != "distinct")
    return Described(item.model_copy(update={"distinct": distinct, "estimated": estimated}), found.sample)
