"""How columns go together and with the target, on sampled rows; a matrix of the ones that matter most."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.datasets.profile.columns import Described
from core.datasets.profile.samples import Sample, sample_of
from core.records.dataset import ColumnKind, ColumnProfile
from core.records.profile import Associations, Pair, TargetLink
from core.records.project import Project
from core.statistics import associations as measures

ROWS = 50_000
LEAST_ROWS = 50
MATRIX = 30
LINKS = 200
ALIKE = 0.98
LEAKS_EXPLAINED, LEAKS_ALONE, LEAKS_SEPARATION = 0.9, 0.98, 0.99
_MOST_ALIKE = 20
_ID_SHARE = 0.9

Cells = list[list[float | None]]


def of(described: Sequence[Described], rows: int, project: Project | None) -> Associations | None:
    """Return how the columns go together; None of a table with fewer than 50 rows or two columns that say anything.

    ``project`` is given when the table has its target.
    """
    step = max(1, -(-max((len(item.sample) for item in described if item.sample is not None), default=0) // ROWS))
    usable = [item for item in described if _says_something(item.profile, rows, project)]
    samples = [found for item in usable if (found := sample_of(item, step)) is not None]
    if rows < LEAST_ROWS or len(samples) < 2:
        return None
    target = next((sample for sample in samples if project and sample.name == project.target), None)
    links = _links(target, samples, project) if target and project else ()
    chosen = _chosen(samples, target, links)
    numeric = tuple(sample.is_numeric for sample in chosen)
    matrix, pearson = _matrices(chosen)
    return Associations(
        rows=len(samples[0].codes),
        columns=tuple(sample.name for sample in chosen),
        numeric=numeric,
        matrix=tuple(map(tuple, matrix)),
        pearson=tuple(map(tuple, pearson)),
        left_out=len(described) - len(chosen),
        links=links[:LINKS],
        alike=_alike(chosen, matrix, target),
    )


def _says_something(item: ColumnProfile, rows: int, project: Project | None) -> bool:
    """Leave out identifiers, and texts that hardly repeat."""
    if project and item.name == project.target:
        return True
    if project and item.name == project.id_column:
        return False
    present = rows - item.nulls
    if item.kind is ColumnKind.TEXT:
        return item.distinct <= 0.5 * present
    return not (item.kind is ColumnKind.INTEGER and item.distinct == rows and _counts_up(item))


def _counts_up(item: ColumnProfile) -> bool:
    """Tell whether different whole numbers fill their range, as numbers given one after another do."""
    if not (isinstance(item.minimum, float) and isinstance(item.maximum, float)):
        return True
    return item.distinct >= _ID_SHARE * (item.maximum - item.minimum + 1)


def _links(target: Sample, samples: Sequence[Sample], project: Project) -> tuple[TargetLink, ...]:
    """Return how much each column says about the target, most first."""
    known = target.codes >= 0
    if int(known.sum()) < LEAST_ROWS:
        return ()
    wanted = _as_classes(target, project).on(known)
    found = [_link(wanted, sample.on(known)) for sample in samples if sample.name != target.name]
    return tuple(sorted(found, key=lambda link: (-bool(link.suspicion), -link.explained, link.name)))


def _as_classes(target: Sample, project: Project) -> Sample:
    """Return the target of a classification as classes, also when they are written as numbers."""
    if project.task.is_classification and target.numbers is not None:
        return Sample(target.name, None, target.codes)
    return target


def _link(target: Sample, column: Sample) -> TargetLink:
    explained = measures.explained(target.codes, column.codes)
    return TargetLink(name=column.name, explained=explained, suspicion=_suspicion(target, column, explained))


def _suspicion(target: Sample, column: Sample, explained: float) -> str:
    missing = column.codes < 0
    if missing.any() and measures.explained(target.codes, missing.astype(np.int64)) >= LEAKS_EXPLAINED:
        return "whether it is missing tells the target"
    if explained >= LEAKS_EXPLAINED:
        return f"it explains {explained:.0%} of the target's uncertainty"
    if column.numbers is None:
        return ""
    if target.numbers is not None:
        pairs = np.column_stack([measures.ranked(target.numbers), measures.ranked(column.numbers)])
        together = abs(float(measures.correlations(pairs)[0, 1]))
        return f"its rank correlation with the target is {together:.3f}" if together >= LEAKS_ALONE else ""
    if target.codes.max(initial=0) == 1:
        area = measures.separation(target.codes == 1, column.numbers)
        return f"alone it separates the classes with a ROC AUC of {area:.3f}" if area >= LEAKS_SEPARATION else ""
    return ""


def _chosen(samples: Sequence[Sample], target: Sample | None, links: Sequence[TargetLink]) -> list[Sample]:
    """Return the columns of the matrix: the target, then those that say most about it, else the first."""
    ranks = {link.name: place for place, link in enumerate(links, 1)}
    if target:
        ranks[target.name] = 0
    return sorted(samples, key=lambda sample: ranks.get(sample.name, len(samples)))[:MATRIX]


def _matrices(chosen: Sequence[Sample]) -> tuple[Cells, Cells]:
    count = len(chosen)
    matrix: Cells = [[None] * count for _ in range(count)]
    pearson: Cells = [[None] * count for _ in range(count)]
    places = [place for place, sample in enumerate(chosen) if sample.numbers is not None]
    numbers = [sample.numbers for sample in chosen if sample.numbers is not None]
    if numbers:
        _fill(matrix, places, measures.correlations(np.column_stack([measures.ranked(column) for column in numbers])))
        _fill(pearson, places, measures.correlations(np.column_stack(numbers)))
    for first in range(count):
        for second in range(first):
            if not (chosen[first].is_numeric and chosen[second].is_numeric):
                matrix[first][second] = matrix[second][first] = _mixed(chosen[first], chosen[second])
        matrix[first][first] = 1.0
    return matrix, pearson


def _fill(cells: Cells, places: Sequence[int], found: npt.NDArray[np.float64]) -> None:
    for row, first in enumerate(places):
        for column, second in enumerate(places):
            value = float(found[row, column])
            cells[first][second] = round(value, 6) if np.isfinite(value) else None


def _mixed(first: Sample, second: Sample) -> float | None:
    if first.numbers is not None:
        found = measures.correlation_ratio(second.codes, first.numbers)
    elif second.numbers is not None:
        found = measures.correlation_ratio(first.codes, second.numbers)
    else:
        found = measures.cramers_v(first.codes, second.codes)
    return None if found is None else round(found, 6)


def _alike(chosen: Sequence[Sample], matrix: Cells, target: Sample | None) -> tuple[Pair, ...]:
    """Return pairs of columns, the target aside, that say nearly the same."""
    found = [
        Pair(first=chosen[second].name, second=chosen[first].name, value=value)
        for first in range(len(chosen))
        for second in range(first)
        if (value := matrix[first][second]) is not None and abs(value) >= ALIKE
    ]
    others = [pair for pair in found if target is None or target.name not in (pair.first, pair.second)]
    return tuple(sorted(others, key=lambda pair: -abs(pair.value))[:_MOST_ALIKE])
