"""Changing the kind of a column: every cast is an expression, so that its rule is written down and computed once.

What cannot be cast becomes missing.
"""

from core.errors import InvalidInput
from core.records.dataset import ColumnKind

_B, _I, _N, _T, _D = (
    ColumnKind.BOOLEAN,
    ColumnKind.INTEGER,
    ColumnKind.NUMBER,
    ColumnKind.TEXT,
    ColumnKind.DATETIME,
)
_WHOLE = "if({x} = floor({x}), floor({x}), null)"
_TRUE, _FALSE = "'true', 'yes', 'y', 't', '1'", "'false', 'no', 'n', 'f', '0'"

CASTS: dict[tuple[ColumnKind, ColumnKind], str] = {
    (_I, _N): "{x} * 1.0",
    (_N, _I): _WHOLE,
    (_B, _I): "indicator({x})",
    (_B, _N): "indicator({x}) * 1.0",
    (_T, _N): "number({x})",
    (_T, _I): _WHOLE.format(x="number({x})"),
    (_I, _T): "text({x})",
    (_N, _T): "text({x})",
    (_B, _T): "if({x}, 'true', if(not {x}, 'false', null))",
    (_I, _B): "if({x} = 1, true, if({x} = 0, false, null))",
    (_N, _B): "if({x} = 1, true, if({x} = 0, false, null))",
    (_T, _B): f"if(lower(trim({{x}})) in ({_TRUE}), true, if(lower(trim({{x}})) in ({_FALSE}), false, null))",
    (_T, _D): "date({x})",
}
"""The expression for each pair of kinds; ``{x}`` is the column."""


def quoted(name: str) -> str:
    """Return a column's name as expressions write it."""
    return "`" + name.replace("`", "``") + "`"


def cast(name: str, kind: ColumnKind, to: ColumnKind, format: str) -> str | None:
    """Return the expression that makes ``to`` of a column, or None when it is of that kind already.

    Raises:
        InvalidInput: there is no way from the one kind to the other.
    """
    if kind is to:
        return None
    if (kind, to) not in CASTS:
        hint = " Take date parts of it instead." if kind is _D else ""
        raise InvalidInput(problem=f"{name!r} is {kind.value}, which cannot become {to.value}.{hint}")
    if to is _D and format:
        return f"date({quoted(name)}, '{format.replace(chr(39), chr(39) * 2)}')"
    return CASTS[kind, to].replace("{x}", quoted(name))
