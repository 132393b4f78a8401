"""The quality of a window beside the reference: schema, gaps, ranges, categories, duplicates, and the contract."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.monitoring import contract_check
from core.monitoring.frame import Frame, Tell, identity, places_of
from core.monitoring.material import Material
from core.monitoring.roles import FEATURE, TARGET
from core.monitoring.telling import coded
from core.records.contract import Contract
from core.records.dataset import ColumnKind
from core.records.monitor import MonitorReport, QualityCheck, ReportKind
from core.statistics import significance

FEWEST = 30
"""Rows of a window below which shares say nothing."""

SOME, MUCH = 0.01, 0.1
"""What part of the rows is worth a warning, and what part is wrong, beyond the part in the reference."""

LEVEL = 0.001
"""How rarely chance must explain a part that is told of."""

FREE_TEXT = 1_000
NAMED = 3
PASSED, WARN, FAIL, UNCHECKED = "passed", "warn", "fail", "unchecked"
NULLS, RANGES, CATEGORIES, DUPLICATES, IDS, SCHEMA = (
    "nulls",
    "out_of_range",
    "new_categories",
    "duplicates",
    "repeated_ids",
    "schema",
)

Numbers = np.ndarray[Any, Any]

if TYPE_CHECKING:
    Column = pd.Series[Any]


def reports(frame: Frame, material: Material, rules: Contract | None, tell: Tell) -> list[MonitorReport]:
    """Return the report of each window, in the order of time; ``rules`` is the contract of the current side."""
    names = [*dict.fromkeys([*material.reference.kinds, *material.current.kinds])]
    found: list[list[QualityCheck]] = [list(_schema(material, names)) for _ in material.windows]
    repeated = _Repeated(frame, material)
    for place, name in enumerate(names):
        tell("quality", 0.8 * place / len(names), name)
        if name in material.reference.kinds and name in material.current.kinds:
            _of_column(frame, material, name, repeated, found)
    for place, one in enumerate(repeated.checks()):
        found[place] += one
    judged = contract_check.of_windows(material, rules, [places_of(material, one) for one in material.windows])
    return [
        _report(frame, material, place, [*checks, *broken])
        for place, (checks, broken) in enumerate(zip(found, judged, strict=True))
    ]


def _schema(material: Material, names: Sequence[str]) -> Iterator[QualityCheck]:
    asked = {one.name for one in material.columns if one.role in (FEATURE, TARGET)}
    old, new = material.reference.kinds, material.current.kinds
    for name in names:
        if name not in new:
            # Answers that were served have the inputs of the model alone.
            if material.version is not None or name in asked:
                outcome = FAIL if name in asked else WARN
                yield QualityCheck(column=name, check=SCHEMA, outcome=outcome, observed="the column is gone")
        elif name not in old:
            yield QualityCheck(column=name, check=SCHEMA, outcome=WARN, observed="the column came")
        elif old[name] is not new[name] and not material.current.read(name).isna().all():
            both = old[name].is_numeric and new[name].is_numeric
            told = f"{old[name].value} became {new[name].value}"
            yield QualityCheck(column=name, check=SCHEMA, outcome=WARN if both else FAIL, observed=told)


def _of_column(
    frame: Frame, material: Material, name: str, repeated: "_Repeated", found: list[list[QualityCheck]]
) -> None:
    old, new = material.reference.read(name), material.current.read(name)
    kinds = material.reference.kinds[name], material.current.kinds[name]
    is_id = name == frame.project.id_column
    repeated.see(name, old, new)
    looks: list[_Look | None] = [_gaps(name, old, new)]
    if not is_id and kinds[0].is_numeric and kinds[1].is_numeric:
        looks += [_outside(name, old, new)]
    if not is_id and kinds[0] is kinds[1] and kinds[0] in (ColumnKind.TEXT, ColumnKind.BOOLEAN):
        looks += [_strangers(name, old, new)]
    for place, window in enumerate(material.windows):
        rows = places_of(material, window)
        found[place] += [look.of(rows) for look in looks if look is not None]


class _Look:
    """One check of one column: the ``share`` of the reference that is so, and whether each current row is; rows that
    ``counts`` leaves out are not looked at."""

    def __init__(self, column: str, check: str, usual: tuple[float, int], broken: Numbers, counts: Numbers) -> None:
        self._column, self._check = column, check
        self._usual, self._broken, self._counts = usual, broken, counts

    def of(self, rows: Numbers) -> QualityCheck:
        """Return what the rows of a window say."""
        looked_at = int(np.count_nonzero(self._counts[rows]))
        if looked_at < FEWEST:
            told = f"{looked_at:,} values; {FEWEST} are needed"
            return QualityCheck(column=self._column, check=self._check, outcome=UNCHECKED, observed=told)
        broken = int(np.count_nonzero(self._broken[rows]))
        share, (usual, size) = broken / looked_at, self._usual
        outcome = outcome_of(share, looked_at, usual, size)
        observed = f"{share:.1%} of {looked_at:,}{self.named(rows)}"
        if usual:
            observed += f", {usual:.1%} in the reference"
        return QualityCheck(column=self._column, check=self._check, outcome=outcome, observed=observed, figure=share)

    def named(self, rows: Numbers) -> str:  # noqa: ARG002 - what follows names some of them
        """Return examples, in words."""
        return ""


def outcome_of(share: float, rows: int, usual: float, rows_reference: int) -> str:
    """Return what it means that so many rows are wrong: by how many more than in the reference, beyond chance."""
    more = share - usual
    if more < SOME:
        return PASSED
    hits = round(usual * rows_reference), round(share * rows)
    if significance.more_often(hits[0], rows_reference, hits[1], rows) >= LEVEL:
        return PASSED
    return FAIL if more >= MUCH else WARN


def _gaps(name: str, old: "Column", new: "Column") -> _Look:
    missing = new.isna().to_numpy()
    return _Look(
        name, NULLS, (float(old.isna().mean()) if len(old) else 0.0, max(len(old), 1)), missing, np.ones_like(missing)
    )


def _outside(name: str, old: "Column", new: "Column") -> _Look | None:
    sides = [pd.to_numeric(side, errors="coerce").to_numpy(dtype="float64", na_value=np.nan) for side in (old, new)]
    known = sides[0][np.isfinite(sides[0])]
    if len(known) < FEWEST:
        return None
    low, high = known.min(), known.max()
    # Of one distribution, that part of new values lies beyond the outermost of those seen.
    usual = 2 / (len(known) + 1)
    with np.errstate(invalid="ignore"):
        outside = (sides[1] < low) | (sides[1] > high)
    return _Range(name, RANGES, (usual, len(known)), outside, ~np.isnan(sides[1]), f"{low:.6g} to {high:.6g}")


class _Range(_Look):
    def __init__(self, *given: Any) -> None:
        *rest, self._words = given
        super().__init__(*rest)

    def named(self, rows: Numbers) -> str:  # noqa: ARG002
        """Return the range of the reference."""
        return f" outside of {self._words}"


def _strangers(name: str, old: "Column", new: "Column") -> _Look | None:
    known, (codes, names) = set(coded(old)[1]), coded(new)
    if max(len(known), len(names)) > FREE_TEXT or not known:
        return None
    strange = np.array([*(one not in known for one in names), False])
    return _Strangers(name, CATEGORIES, (0.0, len(old)), strange[codes], codes >= 0, codes, names)


class _Strangers(_Look):
    def __init__(self, *given: Any) -> None:
        *rest, self._codes, self._names = given
        super().__init__(*rest)

    def named(self, rows: Numbers) -> str:
        """Return the most frequent new categories."""
        counts = np.bincount(self._codes[rows][self._broken[rows]], minlength=len(self._names))
        shown = [self._names[place][:40] for place in np.argsort(-counts, kind="stable")[:NAMED] if counts[place]]
        return f" ({', '.join(shown)})" if shown else ""


class _Repeated:
    """Rows that are the same in every column both sides have (the id apart), and ids that come again.

    Rows are known by hashes of 64 bits, so that one column at a time is in memory.
    """

    def __init__(self, frame: Frame, material: Material) -> None:
        self._id = frame.project.id_column
        self._material = material
        self._hashes = [np.zeros(side.rows, dtype=np.uint64) for side in (material.reference, material.current)]
        self._ids: Numbers | None = None
        self._columns = 0

    def see(self, name: str, old: "Column", new: "Column") -> None:
        """Take a column in."""
        sides = [_hashed(side) for side in (old, new)]
        if name == self._id:
            self._ids = sides[1]
            return
        self._columns += 1
        for place, hashes in enumerate(sides):
            self._hashes[place] = self._hashes[place] * np.uint64(0x9E3779B97F4A7C15) + hashes

    def checks(self) -> Iterator[list[QualityCheck]]:
        """Return what each window says."""
        for window in self._material.windows:
            rows = places_of(self._material, window)
            found = [self._rows(rows)] if self._columns else []
            if self._ids is not None:
                found.append(self._again(self._ids[rows]))
            yield found

    def _rows(self, rows: Numbers) -> QualityCheck:
        size = min(len(rows), len(self._hashes[0]))
        if size < FEWEST:
            told = f"{size:,} rows; {FEWEST} are needed"
            return QualityCheck(column="", check=DUPLICATES, outcome=UNCHECKED, observed=told)
        # The more rows, the more of them are the same: samples of one size are compared.
        usual, share = (_again(_some(side, size)) for side in (self._hashes[0], self._hashes[1][rows]))
        told = f"{share:.1%} of {size:,} rows repeat another, {usual:.1%} in the reference"
        outcome = outcome_of(share, size, usual, size)
        # The same may be asked again and again: of answers served that is worth a word, and no fault.
        outcome = WARN if outcome == FAIL and self._material.version is None else outcome
        return QualityCheck(column="", check=DUPLICATES, outcome=outcome, observed=told, figure=share)

    def _again(self, ids: Numbers) -> QualityCheck:
        share = _again(ids)
        told = f"{share:.1%} of {len(ids):,} rows have an id that came before" if share else "every id once"
        outcome = FAIL if share else PASSED
        return QualityCheck(column=str(self._id), check=IDS, outcome=outcome, observed=told, figure=share)


def _hashed(side: "Column") -> Numbers:
    if isinstance(side.dtype, pd.CategoricalDtype):
        codes, names = coded(side)
        return (
            np.append(pd.util.hash_array(np.array(names, dtype=object)), np.uint64(0))[codes]
            if names
            else np.zeros(len(side), np.uint64)
        )
    if pd.api.types.is_numeric_dtype(side.dtype) and not pd.api.types.is_bool_dtype(side.dtype):
        side = side.astype("float64")
    return pd.util.hash_pandas_object(side, index=False).to_numpy()


def _some(hashes: Numbers, size: int) -> Numbers:
    if len(hashes) == size:
        return hashes
    return hashes[np.random.default_rng(0).choice(len(hashes), size, replace=False)]


def _again(values: Numbers) -> float:
    return 1 - len(np.unique(values)) / len(values) if len(values) else 0.0


def _report(frame: Frame, material: Material, place: int, checks: Sequence[QualityCheck]) -> MonitorReport:
    facts = identity(frame, material, place, ReportKind.QUALITY)
    order = {FAIL: 0, WARN: 1, UNCHECKED: 2, PASSED: 3}
    ordered = tuple(sorted(checks, key=lambda one: (order[one.outcome], -(one.figure or 0.0))))
    done = [one for one in ordered if one.outcome != UNCHECKED] if facts["rows_current"] else []
    failed = [one for one in done if one.outcome == FAIL]
    wrong = [one for one in done if one.outcome != PASSED]
    return MonitorReport(
        **facts,
        drifted=bool(failed),
        fires=bool(failed),
        drifted_columns=len(wrong),
        tested_columns=len(done),
        summary=_summary(done, failed, wrong) if done else "No verdict: no row lies in this window.",
        figures=_figures(done, len(failed), len(wrong) - len(failed)),
        checks=ordered,
    )


def _figures(done: Sequence[QualityCheck], failed: int, warned: int) -> dict[str, float]:
    """Return the numbers by name: how many checks failed, the worst share of each check, and that of each column."""
    found = {"failed": float(failed), "warned": float(warned)} if done else {}
    for one in done:
        if one.figure is not None and one.check != contract_check.CHECK:
            found[one.check] = max(found.get(one.check, 0.0), one.figure)
            if one.column:
                found[f"{one.check}.{one.column}"] = one.figure
    if done:
        for name in (SCHEMA, contract_check.CHECK):
            found[name] = float(sum(one.check == name and one.outcome != PASSED for one in done))
    return found


def _summary(done: Sequence[QualityCheck], failed: Sequence[QualityCheck], wrong: Sequence[QualityCheck]) -> str:
    if not wrong:
        return f"All {len(done):,} checks pass."
    counts = [f"{len(failed):,} of {len(done):,} checks failed" if failed else f"None of {len(done):,} checks failed"]
    if len(wrong) > len(failed):
        counts.append(f"{len(wrong) - len(failed):,} warn")
    told = "; ".join(
        f"{one.column or 'the rows'}: {WORDS.get(one.check, one.check)}, {one.observed}" for one in wrong[:NAMED]
    )
    return f"{', '.join(counts)}. {told}."


WORDS = {
    NULLS: "missing",
    RANGES: "out of range",
    CATEGORIES: "new categories",
    DUPLICATES: "duplicates",
    IDS: "repeated ids",
    SCHEMA: "schema",
    contract_check.CHECK: "contract",
}
"""What the checks are called."""
