"""From a tree as written to one with kinds: names found, arguments counted and typed."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

from core.datasets.expressions import choices, moments, numeric, texts
from core.datasets.expressions.functions import BOOLEANS, MOMENTS, NUMBERS, TEXTS, Function, Parameter, family
from core.datasets.expressions.tokens import KEYWORDS
from core.datasets.expressions.tree import Call, Constant, Name, Node, Typed, TypedCall, TypedColumn, TypedConstant
from core.errors import InvalidExpression
from core.records.dataset import Column, ColumnKind

TABLE: Mapping[str, Function] = {
    function.name: function
    for function in (*numeric.FUNCTIONS, *choices.FUNCTIONS, *texts.FUNCTIONS, *moments.FUNCTIONS)
}
"""Every function and operator by name."""

CALLABLE = tuple(
    name for name in TABLE if name.replace("_", "").isalnum() and name not in {*KEYWORDS, "negative", "positive"}
)
"""Names that are written as calls."""

_WORDS = {NUMBERS: "a number", BOOLEANS: "a condition (true or false)", TEXTS: "text", MOMENTS: "a moment"}
_HINTS = {
    (NUMBERS, ColumnKind.BOOLEAN): " indicator(…) makes 1 and 0 of a condition.",
    (NUMBERS, ColumnKind.TEXT): " number(…) reads one out of text.",
    (NUMBERS, ColumnKind.DATETIME): " Use parts such as month(…), or days_between(…, …).",
    (TEXTS, ColumnKind.NUMBER): " text(…) makes text of a number.",
    (TEXTS, ColumnKind.INTEGER): " text(…) makes text of a number.",
    (MOMENTS, ColumnKind.TEXT): " date(…) reads one out of text, as in date('2024-01-31').",
}


def typed(node: Node, columns: Iterable[Column]) -> Typed:
    """Return ``node`` with kinds.

    Raises:
        InvalidExpression: a name is unknown, or an argument is not of a kind its place takes; the sentence says what
            was expected, and which name was probably meant.
    """
    return _Checker(columns).typed(node)


class _Checker:
    def __init__(self, columns: Iterable[Column]) -> None:
        self._kinds = {column.name: column.kind for column in columns}

    def typed(self, node: Node) -> Typed:
        if isinstance(node, Constant):
            return TypedConstant(node.value, _kind_of(node))
        if isinstance(node, Name):
            return self._column(node)
        return self._call(node)

    def _column(self, node: Name) -> TypedColumn:
        if node.name not in self._kinds:
            meant = _meant(node.name, self._kinds)
            problem = f"there is no column {node.name!r}.{meant or _listed(self._kinds)}"
            raise InvalidExpression(position=node.position, problem=problem)
        return TypedColumn(node.name, self._kinds[node.name])

    def _call(self, node: Call) -> TypedCall:
        function = TABLE.get(node.function)
        if function is None:
            meant = _meant(node.function, CALLABLE)
            problem = f"there is no function {node.function!r}.{meant or _listed(CALLABLE)}"
            raise InvalidExpression(position=node.position, problem=problem)
        parameters = _spread(function, node)
        arguments = tuple(map(self.typed, node.arguments))
        for parameter, given, argument in zip(parameters, node.arguments, arguments, strict=True):
            _require(function, parameter, given, argument)
        kinds = [argument.kind for argument in arguments]
        _require_alike(function, node, kinds)
        _require_sound_constants(function, node)
        kind = function.result(kinds)
        return TypedCall(function, tuple(_with_kind(argument, kind) for argument in arguments), kind)


def _kind_of(node: Constant) -> ColumnKind | None:
    if node.value is None:
        return None
    if isinstance(node.value, bool):
        return ColumnKind.BOOLEAN
    if isinstance(node.value, str):
        return ColumnKind.TEXT
    return ColumnKind.INTEGER if isinstance(node.value, int) else ColumnKind.NUMBER


def _spread(function: Function, node: Call) -> list[Parameter]:
    """Return one parameter for each argument of ``node``."""
    parameters, given = list(function.parameters), len(node.arguments)
    least = sum(not parameter.optional for parameter in parameters)
    most = None if parameters[-1].repeated else len(parameters)
    if given < least or (most is not None and given > most):
        many = f"at least {least}" if most is None else str(least) if least == most else f"{least} or {most}"
        values = "value" if many == "1" else "values"
        problem = f"{function.signature} takes {many} {values}, not {given}."
        raise InvalidExpression(position=node.position, problem=problem)
    return (parameters + [parameters[-1]] * given)[:given]


def _require(function: Function, parameter: Parameter, given: Node, argument: Typed) -> None:
    if parameter.constant and not isinstance(argument, TypedConstant):
        problem = f"{parameter.name} of {function.name} must be a plain value, not computed."
        raise InvalidExpression(position=given.position, problem=problem)
    if argument.kind is None:
        _require_null_allowed(function, parameter, given)
    elif argument.kind not in parameter.kinds:
        problem = f"{_of(function, parameter)} must be {_called(parameter.kinds)}, not {argument.kind.value}."
        raise InvalidExpression(
            position=given.position, problem=problem + _HINTS.get((parameter.kinds, argument.kind), "")
        )


def _require_null_allowed(function: Function, parameter: Parameter, given: Node) -> None:
    if not function.takes_null or parameter.name == "condition":
        problem = "null here would make the result always null. Write `x is null` to ask for missing values."
        raise InvalidExpression(position=given.position, problem=problem)


def _require_alike(function: Function, node: Call, kinds: Sequence[ColumnKind | None]) -> None:
    pairs = list(zip(kinds, node.arguments, strict=True))
    compared = pairs[1:] if function.name == "if" else pairs if function.alike else []
    known = [(kind, given) for kind, given in compared if kind is not None]
    if compared and not known:
        raise InvalidExpression(position=node.position, problem=f"all values of {function.name} are null.")
    for kind, given in known[1:]:
        first = known[0][0]
        if kind not in family(first):
            problem = f"{first.value} and {kind.value} do not go together in {function.name!r}."
            hint = _HINTS.get((family(first), kind)) or _HINTS.get((family(kind), first), "")
            raise InvalidExpression(position=given.position, problem=problem + hint)


def _require_sound_constants(function: Function, node: Call) -> None:
    given = [item for item in node.arguments[function.varying :] if isinstance(item, Constant)]
    problem = function.complaint([item.value for item in given])
    if problem:
        raise InvalidExpression(position=given[0].position, problem=problem)


def _with_kind(argument: Typed, kind: ColumnKind) -> Typed:
    """Give a bare null the kind of the result it stands in."""
    is_bare = isinstance(argument, TypedConstant) and argument.kind is None
    return TypedConstant(None, kind) if is_bare else argument


def _of(function: Function, parameter: Parameter) -> str:
    written = parameter.name if " " in parameter.name else f"{parameter.name} in {function.signature}"
    return written if " " not in parameter.name else f"{written} of {function.name!r}"


def _called(kinds: frozenset[ColumnKind]) -> str:
    return _WORDS.get(kinds) or " or ".join(sorted(kind.value for kind in kinds))


def _meant(name: str, known: Iterable[str]) -> str:
    lowered = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), lowered, 1, 0.6)
    return f" Did you mean {lowered[close[0]]!r}?" if close else ""


def _listed(known: Iterable[str]) -> str:
    names = list(known)
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f" There are: {', '.join(names[:12])}{more}." if names else " There are none."
