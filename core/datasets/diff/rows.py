"""The rows that differ, read back: a page of them, a count, or all of them as a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.datasets import duck
from core.datasets.exporting import write_csv
from core.errors import InvalidInput
from core.records.base import clipped
from core.records.difference import Difference, RowChange, RowDifference, RowSelection

AT_ONCE = 5_000


def page(path: Path, difference: Difference, selection: RowSelection, offset: int, limit: int) -> list[RowDifference]:
    """Return ``limit`` differing rows from ``offset`` on, in the order of the older version, added ones last.

    Raises:
        InvalidInput: the selection names no column that both versions have.
    """
    names = [*_head(), *_cells(difference, "b"), *_cells(difference, "a"), *_cells(difference, "c")]
    query = (
        f"SELECT {', '.join(names)} FROM read_parquet({duck.text(str(path))}) "  # noqa: S608 - names of our own
        f"WHERE {_condition(difference, selection)} ORDER BY {_ORDER} LIMIT {int(limit)} OFFSET {int(offset)}"
    )
    with duck.bounded(256) as connection:
        return [_row(difference, row) for row in connection.execute(query).fetchall()]


def count(path: Path, difference: Difference, selection: RowSelection) -> int:
    """Return how many rows a selection has.

    Raises:
        InvalidInput: the selection names no column that both versions have.
    """
    condition = _condition(difference, selection)
    if selection == RowSelection():
        return difference.added + difference.removed + difference.changed
    with duck.bounded(256) as connection:
        query = f"SELECT count(*) FROM read_parquet({duck.text(str(path))}) WHERE {condition}"  # noqa: S608
        return int(connection.execute(query).fetchone()[0])


def places(path: Path) -> dict[str, list[int]]:
    """Return the places in the older version of the rows that ``changed`` and of those ``removed``."""
    found: dict[str, list[int]] = {RowChange.CHANGED.value: [], RowChange.REMOVED.value: []}
    query = f"SELECT change, b_row FROM read_parquet({duck.text(str(path))}) WHERE b_row IS NOT NULL"  # noqa: S608
    with duck.bounded(256) as connection:
        for change, row in connection.execute(query).fetchall():
            found[change].append(row)
    return found


def export(path: Path, difference: Difference, selection: RowSelection, target: Path) -> None:
    """Write the selected rows as CSV (harmless to spreadsheets), or as Parquet when ``target`` ends in .parquet.

    Columns are ``change``, then ``before.<name>`` and ``after.<name>`` side by side.

    Raises:
        InvalidInput: the selection names no column that both versions have.
    """
    cells = _exported(difference)
    names = [name for _, name in cells]
    query = (
        f"SELECT {', '.join(cell for cell, _ in cells)} FROM read_parquet({duck.text(str(path))}) "  # noqa: S608
        f"WHERE {_condition(difference, selection)} ORDER BY {_ORDER}"
    )
    with duck.bounded() as connection:
        if target.suffix == ".parquet":
            _write_parquet(target, names, connection.sql(query).to_arrow_reader(AT_ONCE * 10))
        else:
            with target.open("w", encoding="utf-8", newline="") as file:
                write_csv(file, names, _streamed(connection.execute(query)))


def _write_parquet(target: Path, names: Sequence[str], batches: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([field.with_name(name) for field, name in zip(batches.schema, names, strict=True)])
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.rename_columns(names))


_ORDER = "b_row NULLS LAST, a_row"


def _head() -> tuple[str, ...]:
    return ("change", "b_row", "a_row")


def _has(difference: Difference, letter: str, place: int) -> bool:
    column = difference.columns[place]
    sides = {"b": (column.before,), "a": (column.after,), "c": (column.before, column.after)}
    return all(side is not None for side in sides[letter])


def _cells(difference: Difference, letter: str) -> list[str]:
    """Return the columns of the stored table for a letter, NULL where a version has no such column."""
    empty = "false" if letter == "c" else "NULL"
    places = range(len(difference.columns))
    return [f"{letter}{place}" if _has(difference, letter, place) else empty for place in places]


def _condition(difference: Difference, selection: RowSelection) -> str:
    wanted = ", ".join(f"'{change.value}'" for change in selection.changes)
    conditions = [f"change IN ({wanted})"] if wanted else []
    if selection.column is not None:
        names = [column.name for column in difference.columns if column.before and column.after]
        if selection.column not in names:
            shown = ", ".join(clipped(name, 40) for name in names[:30])
            raise InvalidInput(
                problem=f"{clipped(selection.column, 60)!r} is no column both versions have. They share: {shown}."
            )
        conditions.append(f"c{[column.name for column in difference.columns].index(selection.column)}")
    return " AND ".join(conditions) or "true"


def _row(difference: Difference, row: Sequence[Any]) -> RowDifference:
    change, b_row, a_row, *cells = row
    width = len(difference.columns)
    before, after, changed = cells[:width], cells[width : 2 * width], cells[2 * width :]
    return RowDifference(
        change=RowChange(change),
        row_before=b_row,
        row_after=a_row,
        before=None if b_row is None else tuple(before),
        after=None if a_row is None else tuple(after),
        changed=tuple(map(bool, changed)),
    )


def _exported(difference: Difference) -> list[tuple[str, str]]:
    """Return (column of the stored table, name in the file), old beside new."""
    pairs = [("change", "change")]
    for place, column in enumerate(difference.columns):
        for letter, word in (("b", "before"), ("a", "after")):
            if _has(difference, letter, place):
                pairs.append((f"{letter}{place}", f"{word}.{column.name}"))
    return pairs


def _streamed(found: Any) -> Iterator[Sequence[object]]:
    while rows := found.fetchmany(AT_ONCE):
        yield from rows
