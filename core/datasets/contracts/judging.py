"""A table of any size against a contract: row checks batch by batch, uniqueness by DuckDB, the rest from the file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.datasets.contracts import predicates, uniqueness
from core.datasets.contracts.conditions import condition
from core.datasets.contracts.observations import Newest, difference_of_columns, observed_rows, wrong_type
from core.datasets.values import kind_of
from core.errors import InvalidExpression
from core.records.contract import (
    Check,
    CheckResult,
    ColumnsCheck,
    Contract,
    ContractResult,
    ExpressionCheck,
    FreshCheck,
    NullsCheck,
    PatternCheck,
    RangeCheck,
    RowsCheck,
    SampleRow,
    TypeCheck,
    UniqueCheck,
    ValuesCheck,
    outcome_of,
)
from core.records.dataset import Column, ColumnKind

if TYPE_CHECKING:
    import pandas as pd

    from core.datasets.expressions import Expression

ROWS_AT_ONCE = 65_536
SAMPLE = 5
"""Rows shown of those that break a check."""

LONGEST_VALUE = 200
MOST_BESIDE = 8
"""Columns shown of a sample row beside those of the check."""


@dataclass
class _Tally:
    """What a row check found so far."""

    check: Check
    broken: int = 0
    looked_at: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, first_row: int, looked_at: int, broken: Any) -> None:
        """Count the rows of a batch at the positions ``broken``."""
        self.looked_at += looked_at
        self.broken += len(broken)
        self.rows += [first_row + int(place) for place in broken[: SAMPLE - len(self.rows)]]


def judge(
    contract: Contract, path: Path, moment: datetime, number: int = 0, beside: Sequence[str] = ()
) -> ContractResult:
    """Check a Parquet file against ``contract``.

    Args:
        contract: the checks.
        path: the typed table.
        moment: when the data arrived; freshness is measured from here.
        number: the dataset version the result is of.
        beside: columns that make a sample row recognisable: the id, the time, the target.
    """
    with pq.ParquetFile(path) as file:
        results = _Judgement(contract, path, file, moment, beside).results()
        rows = file.metadata.num_rows
    return ContractResult(
        project=contract.project,
        dataset=contract.dataset,
        number=number,
        contract=contract.number,
        outcome=outcome_of(results),
        rows=rows,
        checks=results,
        checked_at=moment,
    )


class _Judgement:
    """One pass of a contract over one file."""

    def __init__(
        self, contract: Contract, path: Path, file: pq.ParquetFile, moment: datetime, beside: Sequence[str]
    ) -> None:
        self._checks = contract.checks
        self._path = path
        self._file = file
        self._moment = moment
        self._kinds = {item.name: kind_of(item.type) for item in file.schema_arrow}
        self._beside = [name for name in beside if name in self._kinds]
        self._tallies: dict[str, _Tally] = {}
        self._newest: dict[str, Newest] = {}
        self._expressions: dict[str, Expression] = {}

    def results(self) -> tuple[CheckResult, ...]:
        """Return the result of each check, in the order of the contract."""
        problems = {check.key: problem for check in self._checks if (problem := self._problem(check))}
        self._scan([check for check in self._checks if check.key not in problems])
        found = [
            _refused(check, problems[check.key]) if check.key in problems else self._result(check)
            for check in self._checks
        ]
        return self._with_samples(found)

    def _problem(self, check: Check) -> str:
        """Return why the check cannot even be asked of this table; empty when it can."""
        missing = [name for name in check.names if name not in self._kinds]
        if missing:
            return f"there is no column {missing[0]}"
        if isinstance(check, RangeCheck | ValuesCheck | PatternCheck):
            asked = predicates.breaking(check, self._kinds[check.column])
            return asked if isinstance(asked, str) else ""
        if isinstance(check, ExpressionCheck):
            return self._compiled(check)
        if isinstance(check, FreshCheck) and self._kinds[check.column] is not ColumnKind.DATETIME:
            return f"{check.column} holds {self._kinds[check.column].value}, not moments"
        return ""

    def _compiled(self, check: ExpressionCheck) -> str:
        columns = [Column(name=name, kind=kind, nullable=True) for name, kind in self._kinds.items()]
        try:
            self._expressions[check.key] = condition(check.expression, columns)
        except InvalidExpression as error:
            return error.message
        return ""

    def _scan(self, checks: Sequence[Check]) -> None:
        """Let the checks that look at single values see every batch of the columns they need."""
        asked = [check for check in checks if isinstance(check, NullsCheck | RangeCheck | ValuesCheck | PatternCheck)]
        self._tallies = {check.key: _Tally(check) for check in asked}
        self._newest = {check.key: Newest(check) for check in checks if isinstance(check, FreshCheck)}
        alone = sorted({name for check in [*asked, *(n.check for n in self._newest.values())] for name in check.names})
        self._tallies |= {check.key: _Tally(check) for check in checks if isinstance(check, ExpressionCheck)}
        names = sorted({*alone, *(name for found in self._expressions.values() for name in found.columns)})
        if not names:
            return
        tests = {
            check.key: predicates.breaking(check, self._kinds[check.column])
            for check in asked
            if not isinstance(check, NullsCheck)
        }
        first_row = 0
        for batch in self._file.iter_batches(batch_size=ROWS_AT_ONCE, columns=names):
            for name in alone:
                self._see(name, batch.column(name), first_row, tests)
            self._compute(batch, first_row)
            first_row += batch.num_rows

    def _see(self, name: str, values: pa.Array, first_row: int, tests: dict[str, Any]) -> None:
        """Show one batch of one column to every check of it."""
        import numpy as np

        series: pd.Series[Any] | None = None
        for key, tally in self._tallies.items():
            if tally.check.names != (name,):
                continue
            if key not in tests:
                gaps = np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False)) if values.null_count else ()
                tally.add(first_row, len(values), gaps)
                continue
            series = values.to_pandas().dropna() if series is None else series
            broken = tests[key](series) if len(series) else series
            tally.add(first_row, len(series), broken.index[broken.to_numpy(dtype=bool)] if len(series) else ())
        for newest in self._newest.values():
            if newest.check.column == name:
                newest.see(values)

    def _compute(self, batch: pa.RecordBatch, first_row: int) -> None:
        """Ask every expression of one batch; rows for which it is null do not count."""
        import numpy as np

        for key, expression in self._expressions.items():
            values = expression.evaluate(batch.select(list(expression.columns)).to_pandas()).to_numpy()
            broken = np.flatnonzero([value is False for value in values])
            self._tallies[key].add(first_row, sum(value is not None for value in values), broken)

    def _result(self, check: Check) -> CheckResult:
        if check.key in self._tallies:
            return self._tallied(check, self._tallies[check.key])
        if isinstance(check, UniqueCheck):
            return self._unique(check)
        if isinstance(check, TypeCheck):
            return _whole(check, *wrong_type(check, self._kinds[check.column]))
        if isinstance(check, RowsCheck):
            return _whole(check, *observed_rows(check, self._file.metadata.num_rows))
        if isinstance(check, FreshCheck):
            return _whole(check, *self._newest[check.key].verdict(self._moment))
        if isinstance(check, ColumnsCheck):
            known = {other.column for other in self._checks if isinstance(other, TypeCheck)}
            return _whole(check, *difference_of_columns(known, self._kinds))
        raise AssertionError(check.kind)

    def _tallied(self, check: Check, tally: _Tally) -> CheckResult:
        share = tally.broken / tally.looked_at if tally.looked_at else 0.0
        allowed = check.share if isinstance(check, NullsCheck) else 0.0
        passed = share <= allowed
        made = _made(check, passed, tally.broken, share, _told(check, tally, share), () if passed else tally.rows)
        found = self._expressions.get(check.key)
        return made.model_copy(update={"columns": found.columns}) if found else made

    def _unique(self, check: UniqueCheck) -> CheckResult:
        found = uniqueness.repeats(self._path, check.columns, SAMPLE)
        share = found.count / found.looked_at if found.looked_at else 0.0
        observed = f"{found.count:,} of {found.looked_at:,} rows repeat an earlier one" if found.count else ""
        return _made(check, found.count == 0, found.count, share, observed, found.rows[: 2 * SAMPLE])

    def _with_samples(self, found: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
        """Fill in the values of the sample rows, reading only the row groups that hold them."""
        wanted = sorted({sample.row for result in found for sample in result.sample})
        if not wanted:
            return tuple(found)
        known = [name for result in found if result.sample for name in result.columns]
        names = list(dict.fromkeys([*known, *self._beside]))
        values = _rows_at(self._file, wanted, names)
        return tuple(
            result.model_copy(
                update={
                    "sample": tuple(
                        SampleRow(row=sample.row + 1, values=self._shown(result, values[sample.row]))
                        for sample in result.sample
                    )
                }
            )
            for result in found
        )

    def _shown(self, result: CheckResult, row: dict[str, Any]) -> dict[str, Any]:
        names = dict.fromkeys([*result.columns, *self._beside[:MOST_BESIDE]])
        return {name: _plain(row[name]) for name in names}


def _rows_at(file: pq.ParquetFile, wanted: Sequence[int], columns: list[str]) -> dict[int, dict[str, Any]]:
    """Return rows by their place, from 0."""
    found: dict[int, dict[str, Any]] = {}
    start = 0
    for group in range(file.metadata.num_row_groups):
        end = start + file.metadata.row_group(group).num_rows
        here = [row for row in wanted if start <= row < end]
        if here:
            table = file.read_row_group(group, columns=columns).take([row - start for row in here])
            found |= dict(zip(here, table.to_pylist(), strict=True))
        start = end
    return found


def _made(
    check: Check, passed: bool, count: int, share: float | None, observed: str, rows: Sequence[int] = ()
) -> CheckResult:
    return CheckResult(
        key=check.key,
        kind=check.kind,
        columns=check.names,
        sentence=check.sentence,
        severity=check.severity,
        passed=passed,
        count=count,
        share=share,
        observed=observed,
        sample=tuple(SampleRow(row=row, values={}) for row in rows),
    )


def _whole(check: Check, passed: bool, observed: str) -> CheckResult:
    return _made(check, passed, 0, None, observed)


def _refused(check: Check, problem: str) -> CheckResult:
    return _made(check, False, 0, None, problem)  # noqa: FBT003 - did not pass


def _told(check: Check, tally: _Tally, share: float) -> str:
    if not tally.broken:
        return ""
    verb = "are missing" if isinstance(check, NullsCheck) else "break it"
    return f"{tally.broken:,} of {tally.looked_at:,} values {verb} ({share:.2%})"


def _plain(value: Any) -> Any:
    """Return a cell as JSON can hold it."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return value[: LONGEST_VALUE - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return value
