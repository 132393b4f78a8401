"""Whether a dataset version has what its project names: target, positive class, id and time column."""

import difflib
import math
from collections.abc import Iterable, Iterator

from core.records.dataset import ColumnKind, ColumnProfile, DatasetVersion
from core.records.prediction import Scalar
from core.records.project import Project

NAMED = 5
"""How many values a sentence names."""


def misfits(project: Project, version: DatasetVersion) -> tuple[str, ...]:
    """Say what the project names and the version does not have, each with what may have been meant."""
    return tuple(_misfits(project, version))


def _misfits(project: Project, version: DatasetVersion) -> Iterator[str]:
    names = [column.name for column in version.columns]
    roles = {"target": project.target, "id column": project.id_column, "time column": project.time_column}
    for role, name in roles.items():
        if name is not None and name not in names:
            yield f"The {role} {name!r} is not in {version.ref}.{meant(name, names)}"
    target = next((column for column in version.profile.columns if column.name == project.target), None)
    if project.positive is not None and target is not None:
        yield from _without_positive(project.positive, target, version)


def _without_positive(positive: str, target: ColumnProfile, version: DatasetVersion) -> Iterator[str]:
    values = [value for value, _ in target.top]
    is_whole = bool(values) and target.distinct <= len(values)
    if is_whole and not any(names_class(positive, _scalar(value, target.kind)) for value in values):
        known = ", ".join(map(repr, values[:NAMED])) + (", …" if len(values) > NAMED else "")
        yield (
            f"The positive class {positive!r} is no value of {target.name!r} in {version.ref}, "
            f"which has {known}.{meant(positive, values)}"
        )


def meant(text: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest of ``known``, whatever its case; nothing when none is near."""
    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(name.casefold().strip(), name)
    near = difflib.get_close_matches(text.casefold().strip(), folded, n=1, cutoff=0.6)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""


def names_class(text: str, value: Scalar) -> bool:
    """Tell whether people mean the class ``value`` when they write ``text``."""
    if text == str(value):
        return True
    if isinstance(value, bool):
        return text.lower() == str(value).lower()
    if isinstance(value, int):
        try:
            return math.isclose(float(text), value)
        except ValueError:
            return False
    return False


def _scalar(text: str, kind: ColumnKind) -> Scalar:
    if kind is ColumnKind.BOOLEAN:
        return text.lower() == "true"
    return int(text) if kind is ColumnKind.INTEGER and text.lstrip("-").isdigit() else text
