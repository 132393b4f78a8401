"""Tuning studies at rest."""

from collections.abc import Sequence
from typing import Protocol

from core.records.study import Study, Trial


class StudyRepository(Protocol):
    """Studies by id, and their trials by number.

    A study is changed by reading it and saving it in one write transaction: from ``get`` on, other writers wait.
    """

    def add(self, study: Study) -> None:
        """Store a new study.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        ...

    def get(self, id: str) -> Study:
        """Return a study.

        Raises:
            StudyNotFound: there is none with that id.
        """
        ...

    def find(self, project: str | None = None, limit: int = 100) -> list[Study]:
        """Return studies, newest first; of all projects when ``project`` is None."""
        ...

    def save(self, study: Study) -> None:
        """Replace a study by its new state.

        Raises:
            StudyNotFound: there is none with that id.
        """
        ...

    def put_trials(self, trials: Sequence[Trial]) -> None:
        """Store trials; one whose number is known replaces the one before.

        Raises:
            StudyNotFound: there is no such study.
        """
        ...

    def trials(self, study: str) -> list[Trial]:
        """Return the trials of a study by number."""
        ...
