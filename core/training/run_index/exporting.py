"""A list of runs as a file."""

import csv
import io
from collections.abc import Sequence

from core.records.run_query import FieldValue, RunField
from core.training.comparing.exporting import safe


def to_csv(fields: Sequence[RunField], rows: Sequence[Sequence[FieldValue | None]]) -> str:
    """Return runs as CSV, a column for each field as queries spell it; texts that look like formulas are quoted."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow([safe(str(field)) for field in fields])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return sink.getvalue()


def _cell(value: FieldValue | None) -> str:
    if value is None:
        return ""
    return safe(value) if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
