"""Hyperparameters: derived from what scikit-learn declares, checked and read from text by the same table."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import InvalidParameter
from core.records.training import EstimatorCard, Parameter, ParameterValue
from core.training.catalogue import Hint

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


def derive(name: str, constraints: Iterable[Any], default: Any, hint: Hint) -> Parameter | None:
    """Return the parameter that scikit-learn's ``constraints`` declare, in our words.

    The kind follows the default value; with a default of None it follows the first range or list of words. None when
    nothing is left to choose.
    """
    declared = list(constraints)
    default = default if hint.default is None else hint.default
    common = {
        "name": name,
        "default": default,
        "optional": any(item is None for item in declared),
        "help": hint.help,
        "advanced": hint.advanced,
    }
    if isinstance(default, bool):
        return Parameter(kind="bool", **{**common, "optional": False})
    interval = None if isinstance(default, str) else _interval(declared, default)
    if interval is not None:
        return Parameter(**common, **_range(interval), **_soft(hint))
    choices = _choices(declared, hint)
    return Parameter(kind="choice", choices=choices, **common) if len(choices) + common["optional"] > 1 else None


def _interval(declared: list[Any], default: Any) -> Any:
    from sklearn.utils._param_validation import Interval

    found = [item for item in declared if isinstance(item, Interval)]
    if default is None:
        return found[0] if found else None
    fitting = [item for item in found if _is_whole(item) == isinstance(default, int)]
    return (fitting or found)[0]


def _is_whole(interval: Any) -> bool:
    from numbers import Integral

    return interval.type is Integral


def _range(interval: Any) -> dict[str, Any]:
    return {
        "kind": "int" if _is_whole(interval) else "float",
        "low": interval.left,
        "high": interval.right,
        "closed": interval.closed,
    }


def _soft(hint: Hint) -> dict[str, Any]:
    low, high = hint.soft or (None, None)
    return {"soft_low": low, "soft_high": high, "log": hint.log}


def _choices(declared: list[Any], hint: Hint) -> tuple[str, ...]:
    from sklearn.utils._param_validation import StrOptions

    offered = {
        word for item in declared if isinstance(item, StrOptions) for word in item.options - (item.deprecated or set())
    }
    return tuple(sorted(offered & set(hint.choices) if hint.choices else offered))


def parse(card: EstimatorCard, texts: Mapping[str, str]) -> dict[str, ParameterValue]:
    """Read hyperparameters given as text, such as ``{"max_depth": "8"}``, and check them.

    Raises:
        InvalidParameter: unknown name, not of the declared kind, or out of range.
    """
    return {name: _parse(card, _find(card, name, text), text) for name, text in texts.items()}


def _parse(card: EstimatorCard, parameter: Parameter, text: str) -> ParameterValue:
    word = text.strip()
    value: ParameterValue = word
    if parameter.optional and word.lower() in ("", "none", "null"):
        value = None
    elif parameter.kind == "bool":
        value = True if word.lower() in _TRUE else False if word.lower() in _FALSE else word
    elif parameter.kind in ("int", "float"):
        value = _number(word)
    return _check(card, parameter, value)


def _number(word: str) -> int | float | str:
    for read in (int, float):
        try:
            return read(word)
        except ValueError:
            continue
    return word


def check(card: EstimatorCard, values: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
    """Return a value for every parameter of ``card``: the given one, checked, or the default.

    Raises:
        InvalidParameter: unknown name, not of the declared kind, or out of range.
    """
    given = {name: _check(card, _find(card, name, value), value) for name, value in values.items()}
    return {p.name: given.get(p.name, p.default) for p in card.parameters}


def _find(card: EstimatorCard, name: str, value: object) -> Parameter:
    found = next((p for p in card.parameters if p.name == name), None)
    if found is None:
        known = ", ".join(p.name for p in card.parameters)
        raise InvalidParameter(
            name=name, value=value, estimator=card.key, problem=f"it has no such parameter. It has: {known}."
        )
    return found


def _check(card: EstimatorCard, parameter: Parameter, value: object) -> ParameterValue:
    if value is None and parameter.optional:
        return None
    cast = _cast(parameter, value)
    if cast is None:
        raise InvalidParameter(
            name=parameter.name, value=value, estimator=card.key, problem=f"it must be {allowed(parameter)}."
        )
    return cast


def _cast(parameter: Parameter, value: object) -> ParameterValue:
    """Return the value in the declared type, or None when it is not allowed."""
    if parameter.kind == "bool":
        return value if isinstance(value, bool) else None
    if parameter.kind == "choice":
        return value if isinstance(value, str) and value in parameter.choices else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if parameter.kind == "int" and value != int(value):
        return None
    return (int(value) if parameter.kind == "int" else float(value)) if _is_inside(parameter, value) else None


def _is_inside(parameter: Parameter, value: float) -> bool:
    low, high = parameter.low, parameter.high
    above = low is None or value > low or (value == low and parameter.closed in ("left", "both"))
    below = high is None or value < high or (value == high and parameter.closed in ("right", "both"))
    return above and below


def allowed(parameter: Parameter) -> str:
    """Say in words which values ``parameter`` takes."""
    if parameter.kind == "bool":
        words = "true or false"
    elif parameter.kind == "choice":
        words = "one of " + ", ".join(parameter.choices)
    else:
        words = ("a whole number" if parameter.kind == "int" else "a number") + _bounds(parameter)
    return words + (", or none" if parameter.optional else "")


def _bounds(parameter: Parameter) -> str:
    parts = []
    if parameter.low is not None:
        parts.append(f"{'at least' if parameter.closed in ('left', 'both') else 'above'} {parameter.low:g}")
    if parameter.high is not None:
        parts.append(f"{'at most' if parameter.closed in ('right', 'both') else 'below'} {parameter.high:g}")
    return " " + " and ".join(parts) if parts else ""
