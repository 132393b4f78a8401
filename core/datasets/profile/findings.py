"""What a careful reader would frown at, in words, worst first."""

from collections.abc import Iterator, Sequence

from core.records.base import clipped
from core.records.dataset import ColumnKind, ColumnProfile, Profile
from core.records.profile import Finding, FindingKind, Severity
from core.records.project import Project

MANY_MISSING = 0.3
MANY_TEXTS = 100
MANY_OUTLIERS = 0.05
RARE_CLASS, VERY_RARE_CLASS = 0.1, 0.01
# With fewer rows, a column of different values says nothing.
_ENOUGH_ROWS = 20
_NAMED = 5
_NOTES = 10
_LINKED = 50
_ORDER = list(Severity)


def of(
    profile: Profile, project: Project | None, doubts: Sequence[str] = (), notes: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Return all findings, serious ones first."""
    found = [
        *(_finding(FindingKind.DOUBT, Severity.SERIOUS, text) for text in doubts),
        *_leaks(profile),
        *_target(profile, project),
        *_columns(profile),
        *_rows(profile),
        *_shapes(profile, project),
        *(_finding(FindingKind.READING, Severity.REMARK, text) for text in _first(notes)),
    ]
    return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))


def _finding(kind: FindingKind, severity: Severity, text: str, names: Sequence[str] = ()) -> Finding:
    return Finding(kind=kind, severity=severity, text=text, columns=tuple(names[:_LINKED]))


def _about(kind: FindingKind, severity: Severity, text: str, columns: Sequence[ColumnProfile]) -> Finding:
    return _finding(kind, severity, text, [column.name for column in columns])


def _leaks(profile: Profile) -> Iterator[Finding]:
    for link in profile.associations.links if profile.associations else ():
        if link.suspicion:
            text = (
                f"Suspected leakage: {_quoted(link.name)}, since {link.suspicion}. A table cannot tell when a value "
                "was recorded: leave the column out if it is known only after the outcome."
            )
            yield _finding(FindingKind.LEAKAGE, Severity.SERIOUS, text, [link.name])


def _target(profile: Profile, project: Project | None) -> Iterator[Finding]:
    target = profile.column(profile.target) if profile.target else None
    if target is None or project is None:
        return
    name = _quoted(target.name)
    if target.distinct <= 1:
        said = "no value" if target.distinct == 0 else "one value only"
        text = f"The target {name} has {said}: there is nothing to learn."
        yield _about(FindingKind.TARGET, Severity.SERIOUS, text, [target])
        return
    if target.nulls:
        share = _share(target.nulls, profile.rows)
        text = f"The target {name} is missing in {target.nulls:,} rows ({share}); they take no part in training."
        yield _about(FindingKind.TARGET, Severity.WARNING, text, [target])
    yield from _balance(profile, target)


def _balance(profile: Profile, target: ColumnProfile) -> Iterator[Finding]:
    present = profile.rows - target.nulls
    rare = [(label, count) for label, count in profile.classes if count < RARE_CLASS * present]
    if not rare or target.distinct > len(profile.classes):
        return
    label, count = min(rare, key=lambda item: item[1])
    severity = Severity.SERIOUS if count < VERY_RARE_CLASS * present else Severity.WARNING
    text = (
        f"The classes of {_quoted(target.name)} are out of balance: {clipped(label, 40)!r} is {_share(count, present)} "
        f"({count:,} rows). Judge models by a metric that is not fooled by that, such as the average precision."
    )
    yield _about(FindingKind.BALANCE, severity, text, [target])


def _columns(profile: Profile) -> Iterator[Finding]:
    columns, rows = profile.columns, profile.rows
    void = [column for column in columns if column.distinct == 0]
    if void:
        text = f"No value at all: {_some([_name(column) for column in void])}. Leave such columns out."
        yield _about(FindingKind.VOID, Severity.WARNING, text, void)
    constant = [
        column
        for column in columns
        if column.distinct == 1 and not column.nulls and rows > 1 and column.name != profile.target
    ]
    if constant:
        named = _some([_name(column) for column in constant])
        text = f"The same value in every row: {named}. A model learns nothing from it."
        yield _about(FindingKind.CONSTANT, Severity.WARNING, text, constant)
    unique = [column for column in columns if _is_identifier(column, rows)]
    if unique:
        named = _some([_name(column) for column in unique])
        text = f"Different in every row, like an identifier: {named}. Do not train on it."
        yield _about(FindingKind.IDENTIFIER, Severity.WARNING, text, unique)
    sparse = [
        column
        for column in sorted(columns, key=lambda column: -column.nulls)
        if column.distinct and column.nulls >= MANY_MISSING * rows and column.name != profile.target
    ]
    if sparse:
        named = _some([f"{_name(column)} ({_share(column.nulls, rows)})" for column in sparse])
        yield _about(FindingKind.MISSING, Severity.WARNING, f"Many values are missing: {named}.", sparse)


def _rows(profile: Profile) -> Iterator[Finding]:
    if profile.duplicates:
        noun = "row is an exact copy" if profile.duplicates == 1 else "rows are exact copies"
        share = _share(profile.duplicates, profile.rows)
        text = f"{profile.duplicates:,} {noun} of an earlier row ({share})."
        yield _finding(FindingKind.DUPLICATES, Severity.WARNING, text)


def _shapes(profile: Profile, project: Project | None) -> Iterator[Finding]:
    for column in profile.columns:
        yield from _gaps(column, project)
    wordy = [column for column in profile.columns if _is_wordy(column, profile.rows)]
    if wordy:
        named = _some([f"{_name(column)} ({column.distinct:,})" for column in wordy])
        text = f"Many different texts: {named}. As categories, most are too rare to learn from."
        yield _about(FindingKind.CARDINALITY, Severity.REMARK, text, wordy)
    for pair in profile.associations.alike if profile.associations else ():
        text = f"{_quoted(pair.first)} and {_quoted(pair.second)} say nearly the same ({pair.value:.2f})."
        yield _finding(FindingKind.ALIKE, Severity.REMARK, text, [pair.first, pair.second])
    far = sorted(
        (column for column in profile.columns if _outside(column) >= MANY_OUTLIERS * (profile.rows - column.nulls) > 0),
        key=lambda column: -_outside(column),
    )
    if far:
        shares = [f"{_name(column)} ({_share(_outside(column), profile.rows - column.nulls)})" for column in far]
        text = f"Many values far from the middle half, by Tukey's fences: {_some(shares)}."
        yield _about(FindingKind.OUTLIERS, Severity.REMARK, text, far)


def _gaps(column: ColumnProfile, project: Project | None) -> Iterator[Finding]:
    steps = column.steps
    if steps is None or not steps.gaps or not steps.longest:
        return
    is_time = project is not None and column.name == project.time_column
    severity = Severity.WARNING if is_time or steps.is_regular else Severity.REMARK
    first = steps.longest[0]
    noun = "gap" if steps.gaps == 1 else "gaps"
    text = f"{_name(column)} has {steps.gaps:,} {noun} in time, the longest from {first.after} to {first.before}."
    yield _about(FindingKind.GAPS, severity, text, [column])


def _outside(column: ColumnProfile) -> int:
    return column.outliers.below + column.outliers.above if column.outliers else 0


def _is_identifier(column: ColumnProfile, rows: int) -> bool:
    label = column.kind in (ColumnKind.INTEGER, ColumnKind.TEXT)
    return label and column.distinct == rows >= _ENOUGH_ROWS and "distinct" not in column.estimated


def _is_wordy(column: ColumnProfile, rows: int) -> bool:
    return column.kind is ColumnKind.TEXT and column.distinct > MANY_TEXTS and not _is_identifier(column, rows)


def _name(column: ColumnProfile) -> str:
    return _quoted(column.name)


def _quoted(name: str) -> str:
    return repr(clipped(name, 60))


def _share(part: int, whole: int) -> str:
    """Round to a percent, but never to none or all."""
    if part < whole / 100:
        return "less than 1%"
    return f"{min(round(100 * part / whole), 99 if part < whole else 100)}%"


def _some(labels: Sequence[str]) -> str:
    more = len(labels) - _NAMED
    return ", ".join(labels[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _first(notes: Sequence[str]) -> tuple[str, ...]:
    more = len(notes) - _NOTES
    return (*notes[:_NOTES], *((f"{more:,} more columns have remarks of this kind.",) if more > 0 else ()))
