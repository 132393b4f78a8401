"""Each column's distribution in both versions, and how far apart they are.

As many columns as threads are in memory at a time. Categories are counted by DuckDB; dates are measured as numbers.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.datasets.diff.samples import Reader, Samples
from core.datasets.diff.sides import Sides
from core.records.base import clipped
from core.records.dataset import Column, ColumnKind
from core.records.difference import Distribution

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

AT_ONCE = 2
"""Threads that measure; each holds a column a few times over, 8 bytes a row."""

SHOWN = 12
MOST_CATEGORIES = 1000
MOST_COLUMNS = 500
MISSING, OTHER = "(missing)", "(other)"


def distributions(connection: Any, sides: Sides, rows: Path, *, is_exact: bool) -> Iterator[tuple[str, Distribution]]:
    """Yield (name, distribution) for each column both versions have.

    ``rows`` is the table of differing rows; ``is_exact`` tells that every cell outside of it is the same in both.
    """
    reasons = {
        new.name: _reason(sides, old, new) if place < MOST_COLUMNS else f"only {MOST_COLUMNS} columns are measured"
        for place, (old, new) in enumerate(sides.common)
    }
    numbers = [new for _, new in sides.common if _is_measured(new) and not reasons[new.name]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # Sorting, most of the work, is done outside of Python's lock.
        readers = [Reader(sides, rows, is_exact=is_exact) for _ in range(AT_ONCE)]
        parts = [pool.submit(_measured, reader, sides, numbers[at::AT_ONCE]) for at, reader in enumerate(readers)]
        for _, new in sides.common:
            if reasons[new.name]:
                yield new.name, Distribution(reason=reasons[new.name])
            elif not _is_measured(new):
                yield new.name, _words(connection, sides, new)
        for part in parts:
            yield from part.result()


def _is_measured(column: Column) -> bool:
    return column.kind.is_numeric or column.kind is ColumnKind.DATETIME


def _measured(reader: Reader, sides: Sides, columns: Sequence[Column]) -> list[tuple[str, Distribution]]:
    with reader:
        return [(column.name, _numbers(sides, column, reader.samples(column))) for column in columns]


def _reason(sides: Sides, old: Column, new: Column) -> str:
    if not (sides.before.version.rows and sides.after.version.rows):
        return "one version has no rows"
    is_measured = old.kind is new.kind or (old.kind.is_numeric and new.kind.is_numeric)
    return "" if is_measured else f"it was {old.kind} and is {new.kind}"


def _numbers(sides: Sides, column: Column, samples: Samples) -> Distribution:
    from core.statistics import distances

    rows = sides.before.version.rows, sides.after.version.rows
    old, new = samples.sizes
    missing = {"missing_before": 1 - old / rows[0], "missing_after": 1 - new / rows[1]}
    if not (old and new):
        return Distribution(reason="every value is missing in one version", **missing)
    means = dict(zip(("mean_before", "mean_after"), samples.means, strict=True)) if column.kind.is_numeric else {}
    edges = distances.quantile_edges(samples.old)
    before, after = samples.shares(edges)
    return Distribution(
        labels=_ranges(edges, column.kind),
        edges=tuple(edges[1:-1].tolist()),
        before=tuple(before.tolist()),
        after=tuple(after.tolist()),
        psi=distances.psi(before, after),
        psi_by_chance=distances.psi_by_chance(len(before), old, new),
        ks=samples.ks(),
        **means,
        **missing,
    )


def _ranges(edges: "Numbers", kind: ColumnKind) -> tuple[str, ...]:
    def said(edge: float) -> str:
        if kind is not ColumnKind.DATETIME:
            return f"{edge:,.6g}"
        import numpy as np

        return str(np.datetime64(int(edge), "s")).replace("T", " ").removesuffix(" 00:00:00")

    inner = [said(edge) for edge in edges[1:-1]]
    if not inner:
        return ("all values",)
    middle = [f"{low} to {high}" for low, high in pairwise(inner)]
    return (f"below {inner[0]}", *middle, f"{inner[-1]} and above")


def _words(connection: Any, sides: Sides, column: Column) -> Distribution:
    """Compare categories; a missing value is one of them."""
    import numpy as np

    from core.statistics import distances

    counts = _counts(connection, sides, column)
    rows = sides.before.version.rows, sides.after.version.rows
    if len(counts) > MOST_CATEGORIES:
        return Distribution(reason=f"more than {MOST_CATEGORIES:,} different values")
    pairs = np.array([(b, a) for _, b, a in counts], dtype=float)
    before, after = pairs[:, 0] / rows[0], pairs[:, 1] / rows[1]
    missing = next(((b, a) for word, b, a in counts if word is None), (0, 0))
    shown = [MISSING if word is None else clipped(str(word), 60) for word, _, _ in counts[:SHOWN]]
    rest = [OTHER] if len(counts) > SHOWN else []
    return Distribution(
        labels=(*shown, *rest),
        before=(*before[:SHOWN].tolist(), *([float(before[SHOWN:].sum())] if rest else [])),
        after=(*after[:SHOWN].tolist(), *([float(after[SHOWN:].sum())] if rest else [])),
        missing_before=missing[0] / rows[0],
        missing_after=missing[1] / rows[1],
        psi=distances.psi(before, after),
        psi_by_chance=distances.psi_by_chance(len(counts), *rows),
    )


def _counts(connection: Any, sides: Sides, column: Column) -> list[tuple[Any, int, int]]:
    """Return (category, rows before, rows after), the most frequent first; one more than can be compared at most."""
    place = sides.places[column.name]
    sums = {"b": "count(*) AS b, 0 AS a", "a": "0 AS b, count(*) AS a"}
    both = " UNION ALL ".join(
        f"SELECT {letter}{place} AS word, {sums[letter]} FROM {sides.table(letter)} GROUP BY 1"  # noqa: S608
        for letter in "ba"
    )
    found: list[tuple[Any, int, int]] = connection.execute(
        f"SELECT word, sum(b)::BIGINT, sum(a)::BIGINT FROM ({both}) GROUP BY word "  # noqa: S608
        f"ORDER BY sum(b) + sum(a) DESC, word LIMIT {MOST_CATEGORIES + 1}"
    ).fetchall()
    return found
