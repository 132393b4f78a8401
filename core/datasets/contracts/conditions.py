"""Expressions across columns that are true or false."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from core.errors import InvalidExpression
from core.records.dataset import Column, ColumnKind

if TYPE_CHECKING:
    from core.datasets.expressions import Expression


def condition(text: str, columns: Iterable[Column]) -> "Expression":
    """Return the expression ``text`` over rows with ``columns``.

    Raises:
        InvalidExpression: it is no expression, does not fit the columns, or is not true or false.
    """
    from core.datasets import expressions

    found = expressions.compile(text, columns)
    if found.kind is not ColumnKind.BOOLEAN:
        raise InvalidExpression(position=1, problem=f"it gives {found.kind.value}, and a check must be true or false.")
    if not found.columns:
        raise InvalidExpression(position=1, problem="it looks at no column.")
    return found
