"""From fitted preparation steps of scikit-learn to compiled ones."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np
import pandas as pd

from core.records.dataset import Column, ColumnKind
from core.training.compiled.form import Array
from core.training.compiled.preparation import (
    ADD,
    CLIP,
    DIVIDE,
    MULTIPLY,
    SUBTRACT,
    Lookup,
    Number,
    Preparation,
)
from core.training.compiled.unsupported import Unsupported, name_of

UNSEEN = "\x00 a category never seen"
ENCODERS = frozenset({"OneHotEncoder", "OrdinalEncoder", "TargetEncoder"})

Step = tuple[str, tuple[float, ...]]


def read(prepare: Any, columns: Sequence[Column]) -> Preparation:
    """Return the compiled form of a fitted ``ColumnTransformer`` over ``columns``.

    Raises:
        Unsupported: a step in it has none; the reason names it.
    """
    if name_of(prepare) != "ColumnTransformer":
        raise Unsupported(f"the preparation is a {name_of(prepare)}")
    kinds = {column.name: column.kind for column in columns}
    parts: list[Number | Lookup] = []
    width = 0
    for group, fitted, names in prepare.transformers_:
        if isinstance(fitted, str) and fitted == "drop":
            continue
        found = prepare.output_indices_[group]
        parts += _group(fitted, [str(name) for name in names], kinds, int(found.start))
        width = max(width, int(found.stop))
    return Preparation(tuple(sorted(parts, key=lambda part: part.at)), width)


def _group(fitted: Any, names: list[str], kinds: Mapping[str, ColumnKind], start: int) -> list[Number | Lookup]:
    steps = [step for _, step in fitted.steps] if name_of(fitted) == "Pipeline" else [fitted]
    is_text = {kinds.get(name) is ColumnKind.TEXT for name in names}
    if is_text == {True}:
        return list(_lookups(fitted, steps, names, start))
    if is_text == {False}:
        return [_number(steps, name, index, start + index) for index, name in enumerate(names)]
    raise Unsupported("a step takes texts and numbers together")


def _number(steps: Sequence[Any], name: str, index: int, at: int) -> Number:
    fill: float | None = None
    found: list[Step] = []
    for step in steps:
        kind = name_of(step)
        if kind == "SimpleImputer":
            fill = _fill(step, index, is_first=not found)
        elif kind not in _SCALERS:
            raise Unsupported(f"the preparation step {kind} has no compiled form")
        else:
            found += _SCALERS[kind](step, index)
    return Number(name, at, fill, tuple(found))


def _fill(imputer: Any, index: int, *, is_first: bool) -> float:
    if imputer.add_indicator or not is_first or not np.isnan(imputer.missing_values):
        raise Unsupported("the preparation step SimpleImputer has no compiled form with these options")
    return float(imputer.statistics_[index])


def _standard(step: Any, index: int) -> list[Step]:
    shift: list[Step] = [(SUBTRACT, (float(step.mean_[index]),))] if step.with_mean else []
    return [*shift, (DIVIDE, (float(step.scale_[index]),))] if step.with_std else shift


def _robust(step: Any, index: int) -> list[Step]:
    shift: list[Step] = [(SUBTRACT, (float(step.center_[index]),))] if step.with_centering else []
    return [*shift, (DIVIDE, (float(step.scale_[index]),))] if step.with_scaling else shift


def _min_max(step: Any, index: int) -> list[Step]:
    found: list[Step] = [(MULTIPLY, (float(step.scale_[index]),)), (ADD, (float(step.min_[index]),))]
    return [*found, (CLIP, tuple(map(float, step.feature_range)))] if step.clip else found


def _max_abs(step: Any, index: int) -> list[Step]:
    return [(DIVIDE, (float(step.scale_[index]),))]


_SCALERS: Mapping[str, Callable[[Any, int], list[Step]]] = {
    "MaxAbsScaler": _max_abs,
    "MinMaxScaler": _min_max,
    "RobustScaler": _robust,
    "StandardScaler": _standard,
}


def _lookups(fitted: Any, steps: Sequence[Any], names: list[str], start: int) -> list[Lookup]:
    """Ask the fitted steps for the row of each category: no rule about rare or unknown ones is written twice."""
    strange = [name_of(step) for step in steps if name_of(step) not in ENCODERS | {"SimpleImputer"}]
    encoder = steps[-1]
    if strange or name_of(encoder) not in ENCODERS or any(getattr(step, "add_indicator", False) for step in steps):
        raise Unsupported(f"the preparation step {(strange or [name_of(encoder)])[0]} has no compiled form for texts")
    categories = [[value for value in known if isinstance(value, str)] for known in encoder.categories_]
    ends = np.cumsum(_widths(encoder, len(names)))
    answers = _answers(fitted, names, categories)
    tables = []
    for name, known, first, end, rows in zip(names, categories, [0, *ends], ends, answers, strict=False):
        values = {value: row for row, value in enumerate(known)}
        tables.append(Lookup(name, start + int(first), values, np.ascontiguousarray(rows[:, first:end])))
    return tables


def _answers(fitted: Any, names: list[str], categories: list[list[str]]) -> list[Array]:
    """Return for each column the prepared rows of its categories, of one never seen and of a gap; one call asks all."""
    asked = [[*known, UNSEEN, np.nan] for known in categories]
    ends = np.cumsum([len(values) for values in asked])
    table = {}
    for name, known, values, end in zip(names, categories, asked, ends, strict=True):
        column = np.full(ends[-1], known[0] if known else np.nan, dtype=object)
        column[end - len(values) : end] = values
        table[name] = column
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            answered = fitted.transform(pd.DataFrame(table, columns=names).astype(object))
            found = np.asarray(answered.toarray() if hasattr(answered, "toarray") else answered, dtype=np.float64)
        except ValueError as error:
            raise Unsupported(f"the preparation refuses texts never seen ({error})") from error
    return np.split(found, ends[:-1])


def _widths(encoder: Any, count: int) -> list[int]:
    unnamed = copy(encoder)
    vars(unnamed).pop("feature_names_in_", None)
    names = unnamed.get_feature_names_out([str(index) for index in range(count)])
    owners = [int(str(name).partition("_")[0]) for name in names]
    return [int(width) for width in np.bincount(owners, minlength=count)]
