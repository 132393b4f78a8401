"""What an expression says, as frozen trees: first as written, then with kinds."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.records.dataset import ColumnKind

if TYPE_CHECKING:
    from core.datasets.expressions.functions import Function

Value = float | bool | str | datetime | None
"""A value of one row; whole numbers are floats, moments are UTC without a zone, None is null."""

Literal = int | float | bool | str | None


@dataclass(frozen=True)
class Constant:
    """A value written in the expression."""

    value: Literal
    position: int


@dataclass(frozen=True)
class Name:
    """A column by its name."""

    name: str
    position: int


@dataclass(frozen=True)
class Call:
    """A function or an operator (under the operator's own name) with its arguments."""

    function: str
    arguments: tuple["Node", ...]
    position: int


Node = Constant | Name | Call


@dataclass(frozen=True)
class TypedConstant:
    """A value with its kind; None means the untyped null, which only a few places allow."""

    value: Literal
    kind: ColumnKind | None


@dataclass(frozen=True)
class TypedColumn:
    """A column with its kind."""

    name: str
    kind: ColumnKind


@dataclass(frozen=True)
class TypedCall:
    """A function applied to arguments of kinds it takes; ``kind`` is that of the result."""

    function: "Function"
    arguments: tuple["Typed", ...]
    kind: ColumnKind


Typed = TypedConstant | TypedColumn | TypedCall
