"""Tuning studies in memory."""

from collections.abc import Sequence

from core.errors import Conflict, StudyNotFound
from core.records.study import Study, Trial
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryStudies:
    """A :class:`core.ports.studies.StudyRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, study: Study) -> None:
        """Store a new study.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        studies = self._view.change.studies
        self._view.need_project(study.project)
        if study.id in studies:
            raise Conflict(problem=f"Study {study.id} exists already.")
        studies[study.id] = settled(study)

    def get(self, id: str) -> Study:
        """Return a study.

        Raises:
            StudyNotFound: there is none with that id.
        """
        try:
            return loose(self._view.see.studies[id])
        except KeyError as error:
            raise StudyNotFound(id=id) from error

    def find(self, project: str | None = None, limit: int = 100) -> list[Study]:
        """Return studies, newest first; of all projects when ``project`` is None."""
        rows = [row for row in reversed(self._view.see.studies.values()) if project in (None, row.project)]
        return [loose(row) for row in rows[:limit]]

    def save(self, study: Study) -> None:
        """Replace a study by its new state.

        Raises:
            StudyNotFound: there is none with that id.
        """
        studies = self._view.change.studies
        self.get(study.id)
        studies[study.id] = settled(study)

    def put_trials(self, trials: Sequence[Trial]) -> None:
        """Store trials; one whose number is known replaces the one before.

        Raises:
            StudyNotFound: there is no such study.
        """
        rows = self._view.change.trials
        for trial in trials:
            self.get(trial.study)
            rows[trial.study, trial.number] = settled(trial)

    def trials(self, study: str) -> list[Trial]:
        """Return the trials of a study by number."""
        rows = [row for row in self._view.see.trials.values() if row.study == study]
        return [loose(row) for row in sorted(rows, key=lambda row: row.number)]
