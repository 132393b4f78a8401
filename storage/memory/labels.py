"""Labels in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime

from core.records.label import Label
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryLabels:
    """A :class:`core.ports.labels.LabelRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, project: str, labels: Sequence[Label]) -> None:
        """Store labels of one project, in their order.

        Raises:
            ProjectNotFound: there is no such project.
        """
        kept = self._view.change.labels
        self._view.need_project(project)
        kept.extend(settled(label) for label in labels)

    def latest(self, project: str, prediction_ids: Collection[str] | None = None) -> dict[str, Label]:
        """Return by prediction id the label that counts, of these ids or of all."""
        wanted = None if prediction_ids is None else frozenset(prediction_ids)
        return {
            label.prediction_id: loose(label)
            for label in self._view.see.labels
            if label.project == project and (wanted is None or label.prediction_id in wanted)
        }

    def history(self, project: str, prediction_id: str) -> list[Label]:
        """Return every label one prediction got, oldest first."""
        return [
            loose(label)
            for label in self._view.see.labels
            if (label.project, label.prediction_id) == (project, prediction_id)
        ]

    def count(self, project: str, since: datetime | None = None) -> int:
        """Count the predictions that have a label, one that came at or after ``since``."""
        return len(
            {
                label.prediction_id
                for label in self._view.see.labels
                if label.project == project and (since is None or label.received_at >= since)
            }
        )
