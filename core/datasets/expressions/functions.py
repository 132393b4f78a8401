"""What the functions of the language take, give and do: one table for checking, computing and explaining.

A function is *strict* when a null among its arguments makes its result null; then its implementations never see one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.records.dataset import ColumnKind

Array = np.ndarray[Any, Any]
"""One value a row. Numbers and booleans: float64, NaN is null. Text: object, None is null. Moments: datetime64[us]."""

Kinds = Sequence[ColumnKind | None]
"""Kinds of arguments; None is the untyped null."""

NUMBERS = frozenset({ColumnKind.INTEGER, ColumnKind.NUMBER})
BOOLEANS = frozenset({ColumnKind.BOOLEAN})
TEXTS = frozenset({ColumnKind.TEXT})
MOMENTS = frozenset({ColumnKind.DATETIME})
ANYTHING = frozenset(ColumnKind)


@dataclass(frozen=True)
class Parameter:
    """One argument: its name in messages, the kinds it takes, whether it must be written as a plain value, whether it
    may be left out, and whether more of it may follow."""

    name: str
    kinds: frozenset[ColumnKind]
    constant: bool = False
    optional: bool = False
    repeated: bool = False


@dataclass(frozen=True)
class Function:
    """A function or operator.

    ``result`` gives the kind of the result from those of the arguments. ``array`` computes whole columns, ``value`` one
    row; both give the same, bit for bit. Constant parameters reach them as plain values. Results that are no finite
    number become null. ``alike`` says that all arguments must be of one family of kinds; ``complaint`` returns what is
    wrong with the constants, or nothing.
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: Callable[[Kinds], ColumnKind]
    array: Callable[..., Array]
    value: Callable[..., Any]
    summary: str
    strict: bool = True
    alike: bool = False
    takes_null: bool = False
    complaint: Callable[[Sequence[Any]], str] = lambda _: ""

    @property
    def varying(self) -> int:
        """How many leading arguments are computed row by row; those after them are constants."""
        constant = [place for place, parameter in enumerate(self.parameters) if parameter.constant]
        return constant[0] if constant else 10**6

    @property
    def signature(self) -> str:
        """How a call is written."""
        if self.name in ("negative", "positive"):
            return "-x" if self.name == "negative" else "+x"
        words = [f"[{item.name}]" if item.optional else item.name for item in self.parameters]
        dots = ", …" if self.parameters and self.parameters[-1].repeated else ""
        return f"{self.name}({', '.join(words)}{dots})"


def family(kind: ColumnKind) -> frozenset[ColumnKind]:
    """Return the kinds that can be compared with ``kind``."""
    return NUMBERS if kind in NUMBERS else frozenset({kind})


def always(kind: ColumnKind) -> Callable[[Kinds], ColumnKind]:
    """Return a rule: the result is of ``kind``."""
    return lambda _: kind


def common(kinds: Kinds) -> ColumnKind:
    """Return the kind that holds values of all ``kinds``, which are of one family: whole numbers widen to numbers."""
    known = [kind for kind in kinds if kind is not None]
    return ColumnKind.NUMBER if ColumnKind.NUMBER in known else known[0]
