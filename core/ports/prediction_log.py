"""The log of served answers."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from core.records.prediction import LoggedPrediction

if TYPE_CHECKING:
    import pyarrow as pa


class PredictionLog(Protocol):
    """Append-only answers by project.

    ``append`` returns once the operating system has the bytes, so the end of the process (kill -9 included) loses
    nothing that was answered; a last line torn by a power cut is skipped by readers. Several processes may append.
    """

    def append(self, project: str, predictions: Sequence[LoggedPrediction]) -> None:
        """Add answers, in one write."""
        ...

    def read(
        self,
        project: str,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[LoggedPrediction]:
        """Return answers with ``since <= at < until``, oldest first; with ``limit`` only the newest so many."""
        ...

    def count(self, project: str) -> int:
        """Count all answers."""
        ...

    def find(self, project: str, prediction_id: str) -> list[LoggedPrediction]:
        """Return the answers logged under an id, oldest first."""
        ...

    def known(self, project: str, prediction_ids: Collection[str]) -> set[str]:
        """Return those of the ids an answer was logged under."""
        ...

    def frame(self, project: str, since: datetime | None = None, until: datetime | None = None) -> "pa.Table":
        """Return answers with ``since <= at < until`` as columns, oldest first.

        The columns are those of the record, with one ``features.<name>`` for each feature instead of all in one.
        """
        ...

    def compact(self, project: str, before: date) -> int:
        """Bring the answers of days before ``before`` (UTC) into the form that takes least room; return how many."""
        ...

    def expire(self, project: str, before: date) -> int:
        """Remove the answers of days before ``before`` (UTC); return how many days there were."""
        ...

    def delete(self, project: str) -> None:
        """Remove all answers of a project."""
        ...
