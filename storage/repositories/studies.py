"""Tuning studies in SQL."""

from collections.abc import Sequence

from sqlalchemy import select, update

from core.errors import Conflict, StudyNotFound
from core.records.study import Study, Trial
from storage.rows import to_row
from storage.statements import Statements
from storage.training_tables import study as table
from storage.training_tables import trial as trial_table

TRIAL_KEY = ("study", "number")


class SqlStudies:
    """A :class:`core.ports.studies.StudyRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, study: Study) -> None:
        """Store a new study.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        self._db.need_project(study.project)
        if not self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(study)):
            raise Conflict(problem=f"Study {study.id} exists already.")

    def get(self, id: str) -> Study:
        """Return a study.

        Raises:
            StudyNotFound: there is none with that id.
        """
        study = self._db.one(Study, self._db.locked(select(table).where(table.c.id == id)))
        if study is None:
            raise StudyNotFound(id=id)
        return study

    def find(self, project: str | None = None, limit: int = 100) -> list[Study]:
        """Return studies, newest first; of all projects when ``project`` is None."""
        query = select(table)
        if project is not None:
            query = query.where(table.c.project == project)
        return self._db.all(Study, query.order_by(table.c.seq.desc()).limit(limit))

    def save(self, study: Study) -> None:
        """Replace a study by its new state.

        Raises:
            StudyNotFound: there is none with that id.
        """
        if not self._db.change(update(table).where(table.c.id == study.id).values(to_row(study))):
            raise StudyNotFound(id=study.id)

    def put_trials(self, trials: Sequence[Trial]) -> None:
        """Store trials; one whose number is known replaces the one before.

        Raises:
            StudyNotFound: there is no such study.
        """
        for owner in dict.fromkeys(trial.study for trial in trials):
            self.get(owner)
        for trial in trials:
            row = to_row(trial)
            changes = {name: value for name, value in row.items() if name not in TRIAL_KEY}
            insert = self._db.insert(trial_table).values(row)
            self._db.change(insert.on_conflict_do_update(index_elements=TRIAL_KEY, set_=changes))

    def trials(self, study: str) -> list[Trial]:
        """Return the trials of a study by number."""
        query = select(trial_table).where(trial_table.c.study == study)
        return self._db.all(Trial, query.order_by(trial_table.c.number))
