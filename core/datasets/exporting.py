"""Tables for spreadsheets: text that a spreadsheet would run as a formula is made harmless (OWASP ASVS 1.2.10)."""

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")


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
