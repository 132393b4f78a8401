"""Tables for others: text that a spreadsheet would run as a formula is made harmless (OWASP ASVS 1.2.10)."""

import csv
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import pyarrow as pa

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_PATTERN = r"^ *[=+\-@\t\r\n\x00\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]"
_PART_ROWS = 1 << 16


class ExportForm(StrEnum):
    """What a version is written as: a table others read, or the bytes it came as."""

    CSV = "csv"
    PARQUET = "parquet"
    ORIGINAL = "original"


def write(source: Path, form: ExportForm, target: Path) -> None:
    """Write a stored file to ``target``, a Parquet table as CSV when asked to; ``target`` is whole or not there."""
    with _whole(target) as part:
        if form is ExportForm.CSV:
            write_table(source, part)
        else:
            shutil.copyfile(source, part)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    part = target.with_name(f".{target.name}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_table(source: Path, target: Path) -> None:
    """Write a Parquet table as CSV, some thousand rows in memory at a time; moments as ISO 8601 without a zone."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    with pq.ParquetFile(source) as file:
        names = [str(harmless(name)) for name in file.schema_arrow.names]
        batches = file.iter_batches(batch_size=_PART_ROWS)
        schema = pa.schema([(name, _written(field.type)) for name, field in zip(names, file.schema_arrow, strict=True)])
        with pa.csv.CSVWriter(target, schema) as writer:
            for batch in batches:
                writer.write_batch(pa.record_batch([_harmless(column) for column in batch.columns], schema=schema))


def _written(kind: "pa.DataType") -> "pa.DataType":
    import pyarrow as pa

    is_plain = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return kind if is_plain else pa.string()


def _harmless(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(column.type):
        return pc.replace_substring_regex(column.cast(pa.string()), r"(?: 00:00:00)?(?:\.0+)?Z?$", "")
    if not pa.types.is_string(column.type):
        return column
    return pc.if_else(pc.match_substring_regex(column, _PATTERN), pc.binary_join_element_wise("'", column, ""), column)


def harmless(cell: object) -> object:
    """Return ``cell``, with a leading apostrophe when it is text that could start a formula; numbers stay."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(DANGEROUS):
        return f"'{cell}"
    return cell


def write_csv(target: TextIO, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write ``rows`` under ``header`` as CSV."""
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([harmless(name) for name in header])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
