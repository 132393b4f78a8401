"""Labels in SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import distinct, func, select

from core.records.label import Label
from storage.rows import to_row
from storage.serving_tables import label as table
from storage.statements import Statements

AT_ONCE = 500
"""Rows or ids of one statement: databases bound the number of values."""


class SqlLabels:
    """A :class:`core.ports.labels.LabelRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, project: str, labels: Sequence[Label]) -> None:
        """Store labels of one project, in their order.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(project)
        rows = [to_row(label) for label in labels]
        for start in range(0, len(rows), AT_ONCE):
            self._db.change(self._db.insert(table).values(rows[start : start + AT_ONCE]))

    def latest(self, project: str, prediction_ids: Collection[str] | None = None) -> dict[str, Label]:
        """Return by prediction id the label that counts, of these ids or of all."""
        if prediction_ids is None:
            return self._latest(project, None)
        ids, found = list(prediction_ids), {}
        for start in range(0, len(ids), AT_ONCE):
            found.update(self._latest(project, ids[start : start + AT_ONCE]))
        return found

    def _latest(self, project: str, ids: list[str] | None) -> dict[str, Label]:
        newest = select(func.max(table.c.seq)).where(table.c.project == project)
        if ids is not None:
            newest = newest.where(table.c.prediction_id.in_(ids))
        query = select(table).where(table.c.seq.in_(newest.group_by(table.c.prediction_id)))
        return {label.prediction_id: label for label in self._db.all(Label, query)}

    def history(self, project: str, prediction_id: str) -> list[Label]:
        """Return every label one prediction got, oldest first."""
        query = select(table).where(table.c.project == project, table.c.prediction_id == prediction_id)
        return self._db.all(Label, query.order_by(table.c.seq))

    def count(self, project: str, since: datetime | None = None) -> int:
        """Count the predictions that have a label, one that came at or after ``since``."""
        query = select(func.count(distinct(table.c.prediction_id))).where(table.c.project == project)
        if since is not None:
            query = query.where(table.c.received_at >= since)
        return int(self._db.value(query))
