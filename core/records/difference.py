"""What differs between two versions of a table: columns, rows, cells, distributions, and whom that reaches."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from core.records.base import Moment, Record
from core.records.dataset import ColumnKind, DatasetRef


class RowChange(StrEnum):
    """What became of a row between the older and the newer version."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class DifferenceRequest(Record):
    """Which two versions to compare, and how.

    ``key`` names the columns by which rows are recognised; None lets the service propose one, and () compares whole
    rows as a multiset. Numbers that differ by no more than ``tolerance`` count as equal.
    """

    before: DatasetRef
    after: DatasetRef
    key: tuple[str, ...] | None = None
    tolerance: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)


class SchemaChange(Record):
    """A column that was added (``before`` is None), removed (``after`` is None) or holds another kind now."""

    name: str
    before: ColumnKind | None
    after: ColumnKind | None


class Distribution(Record):
    """One column on both sides: shares of the values per bin, and how far apart they are.

    Numbers and dates: ten bins between quantiles of the older version, the outer ones open; ``edges`` are the nine or
    fewer cuts between them. Categories: the most frequent ones, the rest as one; ``edges`` is empty. Shares are of
    the values that are there for numbers and dates, of all rows for categories (missing is one of them). ``psi`` is
    the population stability index over the bins (all categories), each share at least 1e-4; ``psi_by_chance`` what
    two samples of these sizes give on average without any change; ``ks`` the two-sample Kolmogorov-Smirnov distance.
    With a ``reason`` there are no figures.
    """

    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    before: tuple[float, ...] = ()
    after: tuple[float, ...] = ()
    missing_before: float = 0.0
    missing_after: float = 0.0
    mean_before: float | None = None
    mean_after: float | None = None
    psi: float | None = None
    psi_by_chance: float | None = None
    ks: float | None = None
    reason: str = ""


class ColumnDifference(Record):
    """One column of either version: ``changed`` counts its cells that differ in rows both versions have."""

    name: str
    before: ColumnKind | None
    after: ColumnKind | None
    changed: int = 0
    distribution: Distribution | None = None


class Difference(Record):
    """Two versions, ``name@number`` each, compared. ``rows_sha256`` addresses the table of the rows that differ.

    ``columns`` are those of the newer version in its order, then those only the older one has. ``key`` is () when
    whole rows were compared, in which case no row counts as changed.
    """

    id: str
    project: str
    before: str
    after: str
    key: tuple[str, ...]
    is_key_proposed: bool
    tolerance: float
    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int
    unchanged: int
    schema_changes: tuple[SchemaChange, ...]
    columns: tuple[ColumnDifference, ...]
    rows_sha256: str
    created_at: Moment

    def count(self, change: RowChange) -> int:
        """Return how many rows were added, removed or changed."""
        return {RowChange.ADDED: self.added, RowChange.REMOVED: self.removed, RowChange.CHANGED: self.changed}[change]

    @property
    def is_same(self) -> bool:
        """Whether the two versions hold the same table."""
        return not (self.added or self.removed or self.changed or self.schema_changes)


class RowDifference(Record):
    """A row that differs: its cells in the order of :attr:`Difference.columns`, None for a side without the row.

    ``row_before`` and ``row_after`` are its places in the two versions, from 0; ``changed`` marks cells that differ.
    """

    change: RowChange
    row_before: int | None
    row_after: int | None
    before: tuple[Any, ...] | None
    after: tuple[Any, ...] | None
    changed: tuple[bool, ...]


class RowSelection(Record):
    """Which of the differing rows to show: empty ``changes`` means all, a ``column`` those whose cell there changed."""

    changes: tuple[RowChange, ...] = ()
    column: str | None = None


class Touched(Record):
    """How many of a run's rows changed or went: in the part it learned from and in the part it was tested on."""

    changed_train: int = 0
    changed_test: int = 0
    removed_train: int = 0
    removed_test: int = 0

    @property
    def train(self) -> int:
        """Rows it learned from that are not so any more."""
        return self.changed_train + self.removed_train

    @property
    def test(self) -> int:
        """Rows it was tested on that are not so any more."""
        return self.changed_test + self.removed_test


class RunReach(Record):
    """A run trained on the older version, and what became of it.

    ``touched`` is None when the run's rows cannot be told; ``reason`` says why. ``served`` are the intervals (since,
    until) during which its version was champion; ``until`` is None while it is.
    """

    run_id: str
    name: str
    status: str
    estimator: str | None
    version: int | None
    aliases: tuple[str, ...] = ()
    served: tuple[tuple[Moment, Moment | None], ...] = ()
    rows_train: int | None = None
    rows_test: int | None = None
    touched: Touched | None = None
    reason: str = ""

    @property
    def is_serving(self) -> bool:
        """Whether its version answers requests now."""
        return any(until is None for _, until in self.served)


class Reach(Record):
    """Whom a difference reaches: every run trained on the older version, newest first."""

    dataset: str
    runs: tuple[RunReach, ...]
