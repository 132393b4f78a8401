"""Over a source once, or twice: the first pass types and keeps what is as expected, and finds out about the rest.

Only when the first rows misled is there a second pass, which knows every type. Memory stays at a few parts, whatever
the size of the file.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from core.datasets.columns import Column
from core.datasets.headers import some
from core.datasets.sources import Source
from core.datasets.words import Decision
from core.errors import InvalidInput, NotATable
from core.records.base import clipped

T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[float], None]
_THREADS = 2


class Sink(Protocol):
    """Where typed rows go."""

    def begin(self) -> None:
        """Start, or start over: what was written before counts no more."""
        ...

    def write(self, names: Sequence[str], columns: Sequence[pa.Array]) -> None:
        """Take the next rows."""
        ...


@dataclass(frozen=True)
class Typed:
    """What a source turned out to be: the decision on each column, how many rows, and notes on columns."""

    decisions: tuple[Decision, ...]
    rows: int
    notes: tuple[str, ...]


def run(source: Source, name: str, sink: Sink, progress: Progress) -> Typed:
    """Read all of ``source`` into ``sink``.

    Args:
        source: the opened file.
        name: what to call the file in messages.
        sink: takes the typed rows in order.
        progress: called with the share (0 to 1) that is behind; may raise to stop.

    Raises:
        NotATable: the file is broken somewhere, has no rows, or does not fit the kinds a person chose.
    """
    columns: list[Column] = list(source.columns)
    with ThreadPoolExecutor(_THREADS, "typing") as pool:
        found = _pass(source, name, columns, sink, pool, progress)
        if found.refuted:
            columns = [column.again(decision) for column, decision in zip(columns, found.decisions, strict=True)]
            _pass(source, name, columns, sink, pool, progress)
    if found.rows == 0:
        raise NotATable(name=name, problem="it has a header but no rows. Add at least one row.")
    _refuse_misfits(source.names, columns, found.evidence, name)
    pairs = zip(source.names, found.decisions, strict=True)
    notes = tuple(f"{clipped(label, 60)!r}: {decision.note}." for label, decision in pairs if decision.note)
    return Typed(found.decisions, found.rows, notes)


@dataclass(frozen=True)
class _Found:
    decisions: tuple[Decision, ...]
    evidence: list[Any]
    rows: int
    refuted: bool


def _pass(
    source: Source, name: str, columns: list[Column], sink: Sink, pool: ThreadPoolExecutor, progress: Progress
) -> _Found:
    evidence: list[Any] = [column.nothing for column in columns]
    refuted, rows = False, 0
    sink.begin()

    def read(part: tuple[float, pa.RecordBatch]) -> tuple[float, int, list[tuple[pa.Array | None, Any]]]:
        share, batch = part
        return share, batch.num_rows, [column.read(cells) for column, cells in zip(columns, batch.columns, strict=True)]

    try:
        for share, count, results in in_order(pool, read, source.parts()):
            evidence = [seen + new for seen, (_, new) in zip(evidence, results, strict=True)]
            refuted = refuted or any(values is None for values, _ in results)
            rows += count
            if not refuted:
                sink.write(source.names, [values for values, _ in results])
            progress(share)
    except InvalidInput as error:
        if isinstance(error, NotATable):
            raise
        raise NotATable(name=name, problem=f"{error}. Convert it to text or numbers, or leave it out.") from error
    decisions = tuple(column.decide(seen) for column, seen in zip(columns, evidence, strict=True))
    refuted = refuted or any(column.expected != made for column, made in zip(columns, decisions, strict=True))
    return _Found(decisions, evidence, rows, refuted)


def in_order(pool: ThreadPoolExecutor, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield ``work`` done on each item, in order, a few ahead of the one that is taken."""
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _refuse_misfits(names: Sequence[str], columns: Sequence[Column], evidence: Sequence[Any], name: str) -> None:
    for label, column, seen in zip(names, columns, evidence, strict=True):
        if column.choice is not None and seen.misfits:
            form = f" written {column.choice.date_format}" if column.choice.date_format else ""
            cells = some([repr(clipped(cell, 40)) for cell in seen.misfits])
            raise NotATable(
                name=name,
                problem=f"column {clipped(label, 60)!r} was to be read as {column.choice.kind.value}{form}, but has "
                f"{cells}. Choose another kind, or add such cells to the marks for missing values.",
            )
