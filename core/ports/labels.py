"""Labels at rest."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.records.label import Label


class LabelRepository(Protocol):
    """Labels by prediction id within a project; nothing is overwritten, the one stored last counts."""

    def add(self, project: str, labels: Sequence[Label]) -> None:
        """Store labels of one project, in their order.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def latest(self, project: str, prediction_ids: Collection[str] | None = None) -> dict[str, Label]:
        """Return by prediction id the label that counts, of these ids or of all."""
        ...

    def history(self, project: str, prediction_id: str) -> list[Label]:
        """Return every label one prediction got, oldest first."""
        ...

    def count(self, project: str, since: datetime | None = None) -> int:
        """Count the predictions that have a label, one that came at or after ``since``."""
        ...
