"""Rows of a stored table by their place: only the row groups that hold them are read."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def page(path: Path, first: int, rows: int) -> pa.Table:
    """Return ``rows`` rows from row ``first`` on, fewer at the end of the table."""
    with pq.ParquetFile(path) as file:
        parts: list[pa.Table] = []
        start = 0
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            low, high = max(first - start, 0), min(first + rows - start, size)
            if low < high:
                parts.append(file.read_row_group(group).slice(low, high - low))
            start += size
        return pa.concat_tables(parts) if parts else file.schema_arrow.empty_table()
