"""Preparation steps in words, for lists."""

from collections.abc import Callable
from typing import Any

from core.records import preparation as recipe
from core.records.preparation import BinMethod, Encoding, Fill, Step

_FILLS = {Fill.MEDIAN: "the median", Fill.MEAN: "the mean", Fill.MOST_FREQUENT: "the most frequent value"}
_ENCODINGS = {
    Encoding.ONE_HOT: "one column a category",
    Encoding.ORDINAL: "its place in an order",
    Encoding.FREQUENCY: "how frequent it is",
    Encoding.TARGET: "the mean answer",
}


def describe(step: Step) -> str:
    """Return what a step does, in a line."""
    return _SENTENCES[type(step)](step)


def _named(step: Any, otherwise: str) -> str:
    return ", ".join(step.columns) or otherwise


def _rename(step: recipe.Rename) -> str:
    return "Rename " + ", ".join(f"{old} to {new}" for old, new in step.names.items())


def _impute(step: recipe.Impute) -> str:
    filled = f"Fill {_named(step, 'all gaps it can')} with {_FILLS.get(step.fill, repr(step.value))}"
    return filled + (", and mark where" if step.indicator else "")


def _dates(step: recipe.Dates) -> str:
    return f"{', '.join(part.value.replace('_', ' ') for part in step.parts)} of {_named(step, 'all dates')}"


def _bins(step: recipe.Bins) -> str:
    if step.method is BinMethod.EDGES:
        return f"Sort {_named(step, '')} into bins at {', '.join(f'{edge:g}' for edge in step.edges)}"
    size = "one width" if step.method is BinMethod.UNIFORM else "equally many rows"
    return f"Sort {_named(step, '')} into {step.count} bins of {size}"


def _group_rare(step: recipe.GroupRare) -> str:
    return f"Put categories of {_named(step, 'all text')} rarer than {step.least_share:.3%} into {step.into}"


_SENTENCES: dict[type, Callable[[Any], str]] = {
    recipe.Drop: lambda step: f"Leave out {_named(step, 'nothing')}",
    recipe.Rename: _rename,
    recipe.Cast: lambda step: f"Make {step.to.value} of {_named(step, 'nothing')}",
    recipe.Impute: _impute,
    recipe.Derive: lambda step: f"{step.name} = {step.expression}",
    recipe.Dates: _dates,
    recipe.Bins: _bins,
    recipe.GroupRare: _group_rare,
    recipe.Encode: lambda step: f"Encode {_named(step, 'all text')} by {_ENCODINGS[step.method]}",
    recipe.Scale: lambda step: f"Scale {_named(step, 'all numbers')}: {step.method.value.replace('_', ' ')}",
}
