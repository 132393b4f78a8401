"""Hyperparameters: derived from what scikit-learn declares, checked and read from text by the same table."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import InvalidParameter
from core.records.training import Condition, EstimatorCard, Parameter, ParameterValue
from core.training.family import Hint

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
MOST_LAYERS = 10


def derive(name: str, constraints: Iterable[Any], default: Any, hint: Hint) -> Parameter | None:
    """Return the parameter that scikit-learn's ``constraints`` declare, in our words.

    The kind follows the default value; with a default of None it follows the first range or list of words. None when
    nothing is left to choose.
    """
    declared = list(constraints)
    default = None if hint.empty else default if hint.default is None else hint.default
    common = {
        "name": name,
        "default": default,
        "optional": bool(hint.empty) or (not hint.required and any(item is None for item in declared)),
        "empty": hint.empty,
        "help": hint.help,
        "advanced": hint.advanced,
        "applies": hint.applies,
    }
    if hint.layers:
        return Parameter(kind="layers", **{**common, "optional": False})
    if isinstance(default, bool):
        return Parameter(kind="bool", **{**common, "optional": False})
    interval = None if isinstance(default, str) else _interval(declared, default)
    if interval is not None:
        return _numeric(Parameter(**common, **_range(interval, hint), **_soft(hint)))
    choices = _choices(declared, hint)
    common["help"] = " ".join([hint.help, *(told for choice, told in hint.choice_help.items() if choice in choices)])
    return Parameter(kind="choice", choices=choices, **common) if len(choices) + common["optional"] > 1 else None


def _numeric(parameter: Parameter) -> Parameter:
    """Return the parameter with its default in its own kind; scikit-learn writes some fractions as whole numbers."""
    is_whole_default = parameter.kind == "float" and isinstance(parameter.default, int)
    return parameter.model_copy(update={"default": float(parameter.default or 0)}) if is_whole_default else parameter


def _interval(declared: list[Any], default: Any) -> Any:
    from sklearn.utils._param_validation import Interval

    found = [item for item in declared if isinstance(item, Interval)]
    if default is None:
        return found[0] if found else None
    fitting = [item for item in found if _is_whole(item) == isinstance(default, int)]
    return next(iter(fitting or found), None)


def _is_whole(interval: Any) -> bool:
    from numbers import Integral

    return interval.type is Integral


def _range(interval: Any, hint: Hint) -> dict[str, Any]:
    return {
        "kind": "int" if _is_whole(interval) else "float",
        "low": interval.left if hint.low is None else hint.low,
        "high": interval.right,
        "closed": interval.closed,
    }


def _soft(hint: Hint) -> dict[str, Any]:
    low, high = hint.soft or (None, None)
    return {"soft_low": low, "soft_high": high, "log": hint.log}


def _choices(declared: list[Any], hint: Hint) -> tuple[str, ...]:
    from sklearn.utils._param_validation import StrOptions

    options = [item for item in declared if isinstance(item, StrOptions)]
    offered = {word for item in options for word in item.options - (item.deprecated or set())}
    return tuple(sorted(offered & set(hint.choices) if hint.choices else offered))


def parse(card: EstimatorCard, texts: Mapping[str, str]) -> dict[str, ParameterValue]:
    """Read hyperparameters given as text, such as ``{"max_depth": "8"}``, and check them.

    Raises:
        InvalidParameter: unknown name, not of the declared kind, or out of range.
    """
    return {name: _parse(card, find(card, name, text), text) for name, text in texts.items()}


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
        InvalidParameter: unknown name, not of the declared kind, out of range, or in a combination that is refused.
    """
    given = {name: _check(card, find(card, name, value), value) for name, value in values.items()}
    whole = {p.name: given.get(p.name, p.default) for p in card.parameters}
    _refuse_idle(card, whole)
    _refuse_combinations(card, whole)
    return whole


def settle(card: EstimatorCard, values: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
    """Return ``values`` with those that have no effect set to their default, as forms and searches need it."""
    whole = {p.name: values.get(p.name, p.default) for p in card.parameters}
    return {p.name: whole[p.name] if is_effective(p, whole) else p.default for p in card.parameters}


def is_effective(parameter: Parameter, values: Mapping[str, ParameterValue]) -> bool:
    """Tell whether the parameter has an effect beside these values of the others."""
    return all(holds(condition, values) for condition in parameter.applies)


def holds(condition: Condition, values: Mapping[str, ParameterValue]) -> bool:
    """Tell whether a condition holds; one on a parameter that the estimator does not have does."""
    if condition.name not in values:
        return True
    return (values[condition.name] in condition.values) != condition.negated


def _refuse_idle(card: EstimatorCard, values: Mapping[str, ParameterValue]) -> None:
    for parameter in card.parameters:
        value = values[parameter.name]
        if value != parameter.default and not is_effective(parameter, values):
            broken = next(c for c in parameter.applies if not holds(c, values))
            problem = f"it only has an effect with {in_words(broken)}. Change that, or leave it at {parameter.default}."
            raise InvalidParameter(name=parameter.name, value=value, estimator=card.key, problem=problem)


def _refuse_combinations(card: EstimatorCard, values: Mapping[str, ParameterValue]) -> None:
    for rule in card.rules:
        if holds(rule.when, values) and not holds(rule.needs, values):
            name = rule.when.name
            raise InvalidParameter(name=name, value=values[name], estimator=card.key, problem=f"{rule.why}.")


def in_words(condition: Condition) -> str:
    """Say a condition in words, such as ``kernel poly or sigmoid``."""
    values = " or ".join("none" if value is None else str(value) for value in condition.values)
    return f"{condition.name} other than {values}" if condition.negated else f"{condition.name} {values}"


def find(card: EstimatorCard, name: str, value: object) -> Parameter:
    """Return the declaration of a parameter that is about to get ``value``.

    Raises:
        InvalidParameter: there is none of that name.
    """
    found = next((p for p in card.parameters if p.name == name), None)
    if found is None:
        known = ", ".join(p.name for p in card.parameters)
        raise InvalidParameter(
            name=name, value=value, estimator=card.key, problem=f"it has no such parameter. It has: {known}."
        )
    return found


def check_value(card: EstimatorCard, name: str, value: object) -> ParameterValue:
    """Return one value, checked by itself.

    Raises:
        InvalidParameter: unknown name, not of the declared kind, or out of range.
    """
    return _check(card, find(card, name, value), value)


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
    if parameter.kind == "layers":
        return _layers(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if parameter.kind == "int" and value != int(value):
        return None
    return (int(value) if parameter.kind == "int" else float(value)) if _is_inside(parameter, value) else None


def _layers(value: object) -> str | None:
    """Return a list of layers as it is written, such as ``64,32``; None when it is none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    sizes = [part.strip() for part in text.strip(" ()[],").split(",")]
    is_list = len(sizes) <= MOST_LAYERS and all(re.fullmatch("[1-9][0-9]{0,3}", size) for size in sizes)
    return ",".join(sizes) if is_list else None


def layer_sizes(text: str) -> tuple[int, ...]:
    """Return the sizes of the layers that :func:`check` accepted."""
    return tuple(int(size) for size in text.split(","))


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
    elif parameter.kind == "layers":
        words = f"up to {MOST_LAYERS} whole numbers from 1 to 9999, separated by commas, such as 64,32"
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
