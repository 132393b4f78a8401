"""The search space: proposed from what an estimator declares, read from text, checked before anything is queued."""

import math
from collections.abc import Callable, Mapping, Sequence

from core.errors import InvalidParameter, InvalidStudy
from core.records.study import Dimension, DimensionKind
from core.records.training import EstimatorCard, Parameter, ParameterValue
from core.training import parameters

GRID_POINTS = 5
"""Values a grid takes from a range that names no step and is not of whole numbers."""

Params = dict[str, ParameterValue]
Values = Callable[[Dimension], Sequence[ParameterValue]]


def propose(card: EstimatorCard) -> tuple[Dimension, ...]:
    """Return the space worth searching first: the soft ranges and choices of the parameters that are not advanced."""
    found = (proposal(parameter) for parameter in card.parameters if not parameter.advanced)
    return tuple(dimension for dimension in found if dimension is not None)


def proposal(parameter: Parameter) -> Dimension | None:
    """Return the dimension a parameter's declaration suggests, or None when it suggests none."""
    if parameter.kind == "bool":
        return Dimension(name=parameter.name, kind=DimensionKind.CHOICE, choices=(False, True))
    if parameter.kind == "choice":
        none: tuple[ParameterValue, ...] = (None,) if parameter.optional else ()
        return Dimension(name=parameter.name, kind=DimensionKind.CHOICE, choices=(*none, *parameter.choices))
    if parameter.soft_low is None or parameter.soft_high is None:
        return None
    return Dimension(
        name=parameter.name,
        kind=DimensionKind(parameter.kind),
        low=parameter.soft_low,
        high=parameter.soft_high,
        log=parameter.log and parameter.soft_low > 0,
    )


def parse(card: EstimatorCard, texts: Mapping[str, str]) -> tuple[Dimension, ...]:
    """Read a space given as text: ``LO:HI``, ``LO:HI:log``, ``LO:HI:STEP``, ``a,b,c``, or one value that stays.

    Raises:
        InvalidParameter: a name is unknown, or a value is not of its kind or out of range.
        InvalidStudy: a range is not one.
    """
    return tuple(_parse(card, name, text.strip()) for name, text in texts.items())


def _parse(card: EstimatorCard, name: str, text: str) -> Dimension:
    parameter = parameters.find(card, name, text)
    if parameter.kind in ("int", "float") and ":" in text:
        return _range(parameter, text)
    words = [word.strip() for word in text.split(";" if parameter.kind == "layers" else ",")]
    values = tuple(parameters.parse(card, {name: word})[name] for word in words)
    kind = DimensionKind.CHOICE if len(values) > 1 else DimensionKind.FIXED
    return Dimension(name=name, kind=kind, choices=values)


def _range(parameter: Parameter, text: str) -> Dimension:
    words = text.split(":")
    scale = words[2].strip().lower() if len(words) == 3 else ""
    try:
        low, high = float(words[0]), float(words[1])
        step = float(scale) if scale and scale != "log" else None
    except ValueError:
        low = high = math.nan
        step = None
    if len(words) > 3 or not math.isfinite(low + high):
        raise InvalidStudy(
            problem=f"{text!r} is no range for {parameter.name}. Write LO:HI, LO:HI:log or LO:HI:STEP, such as "
            "0.01:10:log."
        )
    return Dimension(
        name=parameter.name, kind=DimensionKind(parameter.kind), low=low, high=high, step=step, log=scale == "log"
    )


def check(card: EstimatorCard, space: Sequence[Dimension]) -> None:
    """Return when there is something to search and every value of it is allowed.

    Raises:
        InvalidParameter: a parameter is unknown, or a value is outside the estimator's limits.
        InvalidStudy: the space is empty, names a parameter twice, or holds a range that is none.
    """
    names = [dimension.name for dimension in space]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidStudy(problem=f"{', '.join(twice)} is in the search space twice. Give each parameter once.")
    for dimension in space:
        _check(card, dimension)
    if not any(is_searched(dimension) for dimension in space):
        raise InvalidStudy(
            problem="the search space is empty: no parameter may take more than one value. Give at least one a range "
            "or several choices."
        )


def is_searched(dimension: Dimension) -> bool:
    """Tell whether a dimension may take more than one value."""
    return dimension.kind is not DimensionKind.FIXED and not (
        dimension.kind is DimensionKind.CHOICE and len(dimension.choices) < 2
    )


def _check(card: EstimatorCard, dimension: Dimension) -> None:
    if dimension.kind in (DimensionKind.CHOICE, DimensionKind.FIXED):
        _check_choices(card, dimension)
    else:
        _check_range(card, dimension)


def _check_choices(card: EstimatorCard, dimension: Dimension) -> None:
    if not dimension.choices:
        raise InvalidStudy(problem=f"{dimension.name} has no values to choose from.")
    if len(set(map(repr, dimension.choices))) < len(dimension.choices):
        raise InvalidStudy(problem=f"{dimension.name} offers the same value twice.")
    for value in dimension.choices:
        parameters.check_value(card, dimension.name, value)


def _check_range(card: EstimatorCard, dimension: Dimension) -> None:
    name, low, high = dimension.name, dimension.low, dimension.high
    parameter = parameters.find(card, name, low)
    if parameter.kind not in ("int", "float"):
        raise InvalidParameter(
            name=name,
            value=f"{low}:{high}",
            estimator=card.key,
            problem=f"it has no range; it must be {parameters.allowed(parameter)}.",
        )
    if low is None or high is None or not low < high:
        raise InvalidStudy(
            problem=f"the range of {name} goes from {_shown(low)} to {_shown(high)}; its lower end must be below its "
            "upper end."
        )
    for end in (low, high):
        parameters.check_value(card, name, end)
    _check_scale(dimension, low, high)
    if parameter.kind != dimension.kind.value:
        raise InvalidParameter(
            name=name,
            value=f"{low:g}:{high:g}",
            estimator=card.key,
            problem=f"it must be {parameters.allowed(parameter)}.",
        )


def _check_scale(dimension: Dimension, low: float, high: float) -> None:
    step = dimension.step
    if dimension.log and low <= 0:
        raise InvalidStudy(problem=f"{dimension.name} cannot have a log scale from {low:g}: it must begin above 0.")
    if step is None:
        return
    if dimension.log:
        raise InvalidStudy(problem=f"{dimension.name} has both a log scale and a step. Choose one of them.")
    if not 0 < step <= high - low or (dimension.kind is DimensionKind.INT and step != int(step)):
        whole = "a whole number " if dimension.kind is DimensionKind.INT else ""
        raise InvalidStudy(
            problem=f"the step of {dimension.name} must be {whole}above 0 and at most {high - low:g}, not {step:g}."
        )


def _shown(number: float | None) -> str:
    return "nothing" if number is None else f"{number:g}"


def in_words(dimension: Dimension) -> str:
    """Say what a hyperparameter may be, such as ``0.001 to 100, on a log scale``."""
    if dimension.kind in (DimensionKind.CHOICE, DimensionKind.FIXED):
        return " or ".join("none" if value is None else str(value) for value in dimension.choices)
    scale = ", on a log scale" if dimension.log else ""
    step = f", in steps of {dimension.step:g}" if dimension.step else ""
    return f"{_shown(dimension.low)} to {_shown(dimension.high)}{scale}{step}"


def count(space: Sequence[Dimension]) -> int | None:
    """Return how many combinations there are, None when they cannot be counted: a range of real numbers."""
    sizes = [_size(dimension) for dimension in space]
    return None if None in sizes else math.prod(size for size in sizes if size is not None)


def _size(dimension: Dimension) -> int | None:
    is_endless = dimension.kind is DimensionKind.FLOAT and dimension.step is None
    return None if is_endless else len(every_value(dimension))


def every_value(dimension: Dimension) -> Sequence[ParameterValue]:
    """Return all values of a dimension that can be counted."""
    if dimension.kind in (DimensionKind.CHOICE, DimensionKind.FIXED):
        return dimension.choices
    return _steps(dimension, dimension.step or 1)


def grid_size(space: Sequence[Dimension]) -> int:
    """Return how many combinations a grid over ``space`` has, those that cannot be trained among them."""
    return math.prod(len(grid_values(dimension)) for dimension in space)


def grid_values(dimension: Dimension) -> Sequence[ParameterValue]:
    """Return the values a grid takes: all choices, each step, all whole numbers, else five spread over the range."""
    if dimension.kind in (DimensionKind.CHOICE, DimensionKind.FIXED):
        return dimension.choices
    is_whole = dimension.kind is DimensionKind.INT
    if dimension.step is not None or (is_whole and not dimension.log):
        return _steps(dimension, dimension.step or 1)
    return _spread(dimension)


def _steps(dimension: Dimension, step: float) -> "range | list[ParameterValue]":
    low, high = dimension.low or 0.0, dimension.high or 0.0
    if dimension.kind is DimensionKind.INT:
        return range(int(low), int(high) + 1, int(step))
    return [low + turn * step for turn in range(int((high - low) / step + 1e-9) + 1)]


def _spread(dimension: Dimension) -> list[ParameterValue]:
    low, high = dimension.low or 0.0, dimension.high or 0.0
    shares = [turn / (GRID_POINTS - 1) for turn in range(GRID_POINTS)]
    if dimension.log:
        values = [low * (high / low) ** share for share in shares]
    else:
        values = [low + (high - low) * share for share in shares]
    values[-1] = high
    if dimension.kind is DimensionKind.INT:
        return list(dict.fromkeys(round(value) for value in values))
    return list(values)
