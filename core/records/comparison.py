"""Several runs beside a baseline."""

from core.records.base import Record
from core.records.run_index import RunEntry


class ComparedRow(Record):
    """One parameter, fact or figure of every run compared, in the order of the runs; None where a run lacks it."""

    name: str
    values: tuple[str | None, ...]

    @property
    def differs(self) -> bool:
        """Whether the runs do not all have the same."""
        return len(set(self.values)) > 1


class FigureRow(Record):
    """One metric of every run compared: values, differences to the baseline, and whether each is better.

    ``better`` is None for the baseline, for a tie, for an unknown metric, and where both were measured on other rows.
    """

    name: str
    values: tuple[float | None, ...]
    differences: tuple[float | None, ...]
    better: tuple[bool | None, ...]


class SideBySide(Record):
    """Runs beside their baseline, which is among them at place ``base``.

    ``same_rows`` tells for each whether it was judged on the very rows the baseline was. ``notes`` say in words what
    cannot be compared and why, and which runs are gone.
    """

    runs: tuple[RunEntry, ...]
    base: int
    same_rows: tuple[bool, ...]
    facts: tuple[ComparedRow, ...]
    params: tuple[ComparedRow, ...]
    figures: tuple[FigureRow, ...]
    notes: tuple[str, ...] = ()


class Flips(Record):
    """Held-out rows that two runs answered differently, out of those both answered.

    ``directions`` counts (baseline's answer, the other's answer); ``mended`` were wrong before and are right now,
    ``broken`` the other way round, ``moved`` are wrong both times. ``examples`` hold (row hash as text, truth,
    baseline's answer, the other's, baseline's score, the other's score), the largest change of score first.
    """

    shared: int
    flipped: int
    mended: int
    broken: int
    moved: int
    directions: tuple[tuple[str, str, int], ...]
    examples: tuple[tuple[str, str, str, str, float, float], ...]


class RowContents(Record):
    """The values of rows, as text in the order of ``columns``, by the hash of the row; None is missing."""

    columns: tuple[str, ...]
    rows: dict[str, tuple[str | None, ...]]
