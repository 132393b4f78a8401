"""Databases of other people, to be read."""

from collections.abc import Iterator
from typing import Protocol

Rows = list[tuple[object, ...]]


class OutsideDatabase(Protocol):
    """Asks databases that are not ours, by any URL that SQLAlchemy knows; nothing is ever written there."""

    def ask(self, url: str, query: str, rows: int) -> Iterator[tuple[list[str], Rows]]:
        """Yield the answer part by part: the names of its columns, and at most ``rows`` rows.

        The whole answer is never held. At least one part comes, without rows when there are none.

        Raises:
            ExtraMissing: the driver for that kind of database is not installed.
            OriginRefused: the URL cannot be read, or the query is refused there or answers without rows.
            OriginUnreachable: the database does not answer.
        """
        ...
