"""The contract of a dataset, asked of windows of it, and of answers that were served."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.monitoring.material import Material
from core.records.contract import (
    CheckResult,
    Contract,
    ContractResult,
    FreshCheck,
    NullsCheck,
    PatternCheck,
    RangeCheck,
    RowsCheck,
    ValuesCheck,
)
from core.records.monitor import QualityCheck

if TYPE_CHECKING:
    import pyarrow as pa

CHECK = "contract"
OF_VALUES = NullsCheck | RangeCheck | ValuesCheck | PatternCheck
"""Checks that inputs can be asked without the rest of their table."""


def of_windows(
    material: Material, rules: Contract | None, rows: Sequence["np.ndarray[Any, Any]"]
) -> list[list[QualityCheck]]:
    """Return what a contract finds in each window; nothing where there is none, or no row."""
    if rules is None or material.table is None:
        return [[] for _ in rows]
    table = material.table()
    asked = _asked(material, rules, table.column_names, is_part=any(len(one) < table.num_rows for one in rows))
    with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
        path = Path(folder) / "window.parquet"
        return [_judged(asked, material, table.take(one), path) if len(one) else [] for one in rows]


def _asked(material: Material, rules: Contract, names: Sequence[str], *, is_part: bool) -> Contract:
    """Return the checks that can be asked: of a part of a version all but how many rows there are and how new they
    are; of answers served those of single inputs."""
    checks = [one for one in rules.checks if not is_part or not isinstance(one, RowsCheck | FreshCheck)]
    if material.version is None:
        checks = [one for one in checks if isinstance(one, OF_VALUES) and one.column in names]
    return rules.model_copy(update={"checks": tuple(checks)})


def _judged(rules: Contract, material: Material, table: "pa.Table", path: Path) -> list[QualityCheck]:
    import pyarrow.parquet as pq

    from core.datasets.contracts.judging import judge

    if not rules.checks:
        return []
    pq.write_table(table, path, compression="none")
    result = judge(rules, path, material.version.created_at if material.version else rules.created_at)
    return [_whole(result), *(_broken(one) for one in result.failed)]


def _whole(result: ContractResult) -> QualityCheck:
    """Return the contract in one line, which stands for all checks that pass."""
    held = len(result.checks) - len(result.failed)
    told = f"version {result.contract}: {held:,} of {len(result.checks):,} checks hold"
    # What fails has a line of its own, so that it counts once.
    return QualityCheck(column="", check=CHECK, outcome="passed", observed=told, figure=None)


def _broken(found: CheckResult) -> QualityCheck:
    told = f"{found.sentence}: {found.observed or 'not so'}"
    column = found.columns[0] if len(found.columns) == 1 else ""
    return QualityCheck(column=column, check=CHECK, outcome=found.standing, observed=told, figure=found.share)
