"""The names of columns: every one a label of its own."""

from collections import Counter
from collections.abc import Sequence

from core.errors import NotATable
from core.records.base import clipped

_LONGEST_NAME = 200


def checked(columns: Sequence[str], name: str) -> list[str]:
    """Return the names without spaces around them.

    Raises:
        NotATable: a column has no name of its own, or there are fewer than two.
    """
    names = [column.strip() for column in columns]
    nameless = [str(place) for place, column in enumerate(names, start=1) if not column]
    if nameless:
        raise NotATable(
            name=name,
            problem=f"column {some(nameless)} has no name in the header. Name every column (pandas writes its index "
            "as a nameless first column: use index=False).",
        )
    twice = [repr(clipped(column, 60)) for column, times in Counter(names).items() if times > 1]
    if twice:
        raise NotATable(
            name=name, problem=f"the header names {some(twice)} more than once. Give every column a name of its own."
        )
    for column in names:
        if column != clipped(column, _LONGEST_NAME):
            raise NotATable(
                name=name,
                problem=f"the column name {clipped(column, 60)!r} has control characters or line ends in it, or more "
                f"than {_LONGEST_NAME} characters. Shorten it to a plain label.",
            )
    if len(names) < 2:
        raise NotATable(name=name, problem="it has fewer than two columns: a model needs a target and a feature.")
    return names


def some(labels: Sequence[str]) -> str:
    """List the first labels, and say how many more there are."""
    more = len(labels) - 5
    return ", ".join(labels[:5]) + (f" and {more} more" if more > 0 else "")
