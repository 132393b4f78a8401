"""A small safe language for values computed from the columns of a row: parsed and typed by us, nothing is executed."""

from core.datasets.expressions.expression import Expression, compile, pointed  # noqa: A004, the word of the field
from core.datasets.expressions.tokens import written

__all__ = ["Expression", "compile", "pointed", "written"]
