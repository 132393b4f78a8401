"""The prediction log in memory."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from core.records.prediction import LoggedPrediction
from storage import prediction_tables
from storage.prediction_rules import check_answer, check_project

if TYPE_CHECKING:
    import pyarrow as pa


class MemoryPredictionLog:
    """A :class:`core.ports.prediction_log.PredictionLog` in lists by project."""

    def __init__(self) -> None:
        self._answers: dict[str, list[LoggedPrediction]] = {}

    def append(self, project: str, predictions: Sequence[LoggedPrediction]) -> None:
        """Add answers, in one write.

        Raises:
            InvalidInput: an answer holds a number that is not finite.
        """
        check_project(project)
        for prediction in predictions:
            check_answer(prediction)
        copies = [prediction.model_copy(deep=True) for prediction in predictions]
        self._answers.setdefault(project, []).extend(copies)

    def read(
        self,
        project: str,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[LoggedPrediction]:
        """Return answers with ``since <= at < until``, oldest first; with ``limit`` only the newest so many."""
        check_project(project)
        chosen = [
            answer.model_copy(deep=True)
            for answer in tuple(self._answers.get(project, ()))
            if (since is None or answer.at >= since) and (until is None or answer.at < until)
        ]
        chosen.sort(key=lambda answer: answer.at)
        return chosen if limit is None else chosen[max(0, len(chosen) - limit) :]

    def count(self, project: str) -> int:
        """Count all answers."""
        check_project(project)
        return len(self._answers.get(project, ()))

    def find(self, project: str, prediction_id: str) -> list[LoggedPrediction]:
        """Return the answers logged under an id, oldest first."""
        return [answer for answer in self.read(project) if answer.prediction_id == prediction_id]

    def known(self, project: str, prediction_ids: Collection[str]) -> set[str]:
        """Return those of the ids an answer was logged under."""
        check_project(project)
        return {answer.prediction_id for answer in self._answers.get(project, ())} & set(prediction_ids)

    def frame(self, project: str, since: datetime | None = None, until: datetime | None = None) -> "pa.Table":
        """Return answers with ``since <= at < until`` as columns, oldest first."""
        rows = [dict(answer) for answer in self.read(project, since, until)]
        return prediction_tables.frame([prediction_tables.batch(rows, prediction_tables.kinds_of(rows))])

    def compact(self, project: str, before: date) -> int:  # noqa: ARG002
        """Nothing takes less room here."""
        check_project(project)
        return 0

    def expire(self, project: str, before: date) -> int:
        """Remove the answers of days before ``before`` (UTC); return how many days there were."""
        check_project(project)
        kept = [answer for answer in self._answers.get(project, ()) if answer.at.date() >= before]
        gone = {answer.at.date() for answer in self._answers.get(project, ())} - {answer.at.date() for answer in kept}
        self._answers[project] = kept
        return len(gone)

    def delete(self, project: str) -> None:
        """Remove all answers of a project."""
        check_project(project)
        self._answers.pop(project, None)
