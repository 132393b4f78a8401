"""Which combinations of a search space can be trained: what the estimator refuses is never tried, twins only once."""

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from core.errors import InvalidParameter, InvalidStudy
from core.records.study import MAX_TRIALS, Dimension, SpaceOutline
from core.records.training import Condition, EstimatorCard, Parameter, ParameterValue
from core.training import parameters
from core.training.tuning import space
from core.training.tuning.space import Params

SAMPLES = 200
"""Combinations looked at before a space is said to hold none that can be trained."""


def settled(card: EstimatorCard, base: Mapping[str, ParameterValue], params: Params) -> Params:
    """Return the hyperparameters a trial is trained with: ``params`` over ``base``, those without effect at default."""
    return parameters.settle(card, {**base, **params})


def problem(card: EstimatorCard, base: Mapping[str, ParameterValue], params: Params) -> str:
    """Return why the estimator refuses a combination, empty when it takes it."""
    return _refusal(card, settled(card, base, params))


def _refusal(card: EstimatorCard, whole: Params) -> str:
    try:
        parameters.check(card, whole)
    except InvalidParameter as error:
        return error.message
    return ""


def key(card: EstimatorCard, base: Mapping[str, ParameterValue], params: Params) -> str:
    """Return what two combinations share that train the same model."""
    return _spelled(settled(card, base, params))


def _spelled(whole: Params) -> str:
    return repr(sorted(whole.items()))


def require_possible(card: EstimatorCard, base: Mapping[str, ParameterValue], dimensions: Sequence[Dimension]) -> None:
    """Return when the space holds a combination that can be trained.

    Raises:
        InvalidStudy: all that were looked at are refused; the sentence says why the first one is.
    """
    first = ""
    for params in _samples(dimensions):
        why = problem(card, base, params)
        if not why:
            return
        first = first or why
    raise InvalidStudy(problem=f"no combination of its values can be trained. {first}")


def proposed(card: EstimatorCard) -> tuple[Dimension, ...]:
    """Return the space worth searching first: what :func:`space.propose` finds and the estimator takes by itself."""
    return tuple(dimension for dimension in space.propose(card) if _is_useful(card, dimension))


def _is_useful(card: EstimatorCard, dimension: Dimension) -> bool:
    tried = (params for params in _samples([dimension]) if not problem(card, {}, params))
    return len({key(card, {}, params) for params in itertools.islice(tried, 20)}) > 1


def grid(
    card: EstimatorCard, base: Mapping[str, ParameterValue], dimensions: Sequence[Dimension], seed: int
) -> Sequence[Params]:
    """Return the combinations of the grid that can be trained, each model once, in an order that ``seed`` decides.

    Raises:
        InvalidStudy: the grid has more than 10,000 combinations, or none that can be trained.
    """
    size = space.grid_size(dimensions)
    if size > MAX_TRIALS:
        raise InvalidStudy(
            problem=f"the grid has {size:,} combinations; at most {MAX_TRIALS:,} are tried. Narrow the ranges, widen "
            "the steps, or let a sampler choose."
        )
    points = list(_trainable(card, tuple(base.items()), tuple(dimensions)))
    if not points:
        raise InvalidStudy(problem="no combination of the grid can be trained.")
    random.Random(seed).shuffle(points)  # noqa: S311 - an order, not a secret
    return points


@lru_cache(maxsize=16)
def _trainable(
    card: EstimatorCard, base: tuple[tuple[str, ParameterValue], ...], dimensions: tuple[Dimension, ...]
) -> tuple[Params, ...]:
    return tuple(_different(card, dict(base), _product(dimensions, space.grid_values)))


def total(card: EstimatorCard, base: Mapping[str, ParameterValue], dimensions: Sequence[Dimension]) -> int | None:
    """Return how many different models the space holds, None when there are too many to count."""
    size = space.count(dimensions)
    if size is None or size > MAX_TRIALS:
        return None
    return sum(1 for _ in _different(card, base, _product(dimensions, space.every_value)))


def outline(card: EstimatorCard, base: Mapping[str, ParameterValue], dimensions: Sequence[Dimension]) -> SpaceOutline:
    """Return how large a space is, or what is wrong with it."""
    try:
        space.check(card, dimensions)
        require_possible(card, base, dimensions)
    except (InvalidStudy, InvalidParameter) as error:
        return SpaceOutline(problem=error.message)
    size = space.grid_size(dimensions)
    whole = len(grid(card, base, dimensions, 0)) if size <= MAX_TRIALS else size
    return SpaceOutline(combinations=total(card, base, dimensions), grid=whole)


def _different(card: EstimatorCard, base: Mapping[str, ParameterValue], points: Iterable[Params]) -> Iterator[Params]:
    seen: set[str] = set()
    for params in points:
        whole = settled(card, base, params)
        if _spelled(whole) not in seen and not _refusal(card, whole):
            seen.add(_spelled(whole))
            yield params


def _product(dimensions: Sequence[Dimension], values: space.Values) -> Iterator[Params]:
    names = [dimension.name for dimension in dimensions]
    for point in itertools.product(*(values(dimension) for dimension in dimensions)):
        yield dict(zip(names, point, strict=True))


def _samples(dimensions: Sequence[Dimension]) -> Iterator[Params]:
    """Yield combinations from all over the space, always the same ones."""
    draw = random.Random(0)  # noqa: S311 - always the same
    values = [(dimension.name, space.grid_values(dimension)) for dimension in dimensions]
    for _ in range(SAMPLES):
        yield {name: draw.choice(offered) for name, offered in values}


def may_matter(parameter: Parameter, possible: Mapping[str, Sequence[ParameterValue] | None]) -> bool:
    """Tell whether a parameter has an effect beside some of the values the others may take; None stands for any."""
    return all(_may_hold(condition, possible.get(condition.name)) for condition in parameter.applies)


def _may_hold(condition: Condition, values: Sequence[ParameterValue] | None) -> bool:
    return values is None or any((value in condition.values) != condition.negated for value in values)
