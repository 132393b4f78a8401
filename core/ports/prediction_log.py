"""The log of served answers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.records.prediction import LoggedPrediction


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

    def known(self, project: str, prediction_ids: Collection[str]) -> set[str]:
        """Return those of the ids an answer was logged under."""
        ...

    def delete(self, project: str) -> None:
        """Remove all answers of a project."""
        ...
