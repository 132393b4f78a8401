"""The two tables of a comparison, and the names their columns have in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.datasets import duck
from core.records.dataset import Column, DatasetVersion


@dataclass(frozen=True)
class Side:
    """One table: ``path`` is its verified Parquet file."""

    version: DatasetVersion
    path: Path

    @property
    def label(self) -> str:
        """The version's address."""
        return str(self.version.ref)

    def column(self, name: str) -> Column | None:
        """Return the column called ``name``, or None."""
        return self.version.column(name)


@dataclass(frozen=True)
class Sides:
    """The older and the newer table. A column is ``b<i>`` and ``a<i>`` in SQL, ``i`` its place in ``names``."""

    before: Side
    after: Side

    @property
    def names(self) -> tuple[str, ...]:
        """All columns: the newer version's in their order, then those only the older one has."""
        new = [column.name for column in self.after.version.columns]
        return (*new, *(column.name for column in self.before.version.columns if column.name not in set(new)))

    @property
    def places(self) -> dict[str, int]:
        """The place of each column in ``names``."""
        return {name: place for place, name in enumerate(self.names)}

    @property
    def common(self) -> tuple[tuple[Column, Column], ...]:
        """The columns both have, each as (older, newer), in the newer version's order."""
        old = {column.name: column for column in self.before.version.columns}
        return tuple((old[new.name], new) for new in self.after.version.columns if new.name in old)

    def table(self, letter: str) -> str:
        """Return the FROM item of the side ``b`` (before) or ``a`` (after)."""
        side = self.before if letter == "b" else self.after
        places = self.places
        return duck.table(side.path, [f"{letter}{places[column.name]}" for column in side.version.columns], letter)

    def key(self, letter: str, names: Sequence[str]) -> list[str]:
        """Return the key columns of a side as expressions of the type both sides are matched in."""
        from core.datasets.diff.cells import key_type

        places, kinds = self.places, {old.name: (old.kind, new.kind) for old, new in self.common}
        return [f"{letter}{places[name]}::{key_type(kinds[name])}" for name in names]
