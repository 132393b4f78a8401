"""What people add to runs, in SQL."""

from sqlalchemy import delete, select

from core.records.run_index import RunComment, RunMark, RunView
from storage.rows import to_row
from storage.run_tables import run_comment, run_mark, run_view
from storage.statements import Statements


class SqlRunNotes:
    """A :class:`core.ports.run_notes.RunNotes`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def mark(self, run_id: str) -> RunMark | None:
        """Return the mark of a run, or None."""
        return self._db.one(RunMark, self._db.locked(select(run_mark).where(run_mark.c.run_id == run_id)))

    def set_mark(self, mark: RunMark) -> None:
        """Store a mark in place of the one before.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(mark.project)
        row = to_row(mark)
        changes = {name: value for name, value in row.items() if name != "run_id"}
        insert = self._db.insert(run_mark).values(row)
        self._db.change(insert.on_conflict_do_update(index_elements=["run_id"], set_=changes))

    def add_comment(self, comment: RunComment) -> None:
        """Store a comment.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(comment.project)
        self._db.change(self._db.insert(run_comment), to_row(comment))

    def remove_comment(self, id: str) -> bool:
        """Remove a comment; tell whether it was there."""
        return bool(self._db.change(delete(run_comment).where(run_comment.c.id == id)))

    def comments(self, run_id: str) -> list[RunComment]:
        """Return the comments on a run, oldest first."""
        query = select(run_comment).where(run_comment.c.run_id == run_id)
        return self._db.all(RunComment, query.order_by(run_comment.c.seq))

    def put_view(self, view: RunView) -> None:
        """Store a view in place of the one of that name.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(view.project)
        row = to_row(view)
        changes = {name: value for name, value in row.items() if name not in ("project", "name")}
        insert = self._db.insert(run_view).values(row)
        self._db.change(insert.on_conflict_do_update(index_elements=["project", "name"], set_=changes))

    def remove_view(self, project: str, name: str) -> bool:
        """Remove a view; tell whether it was there."""
        those = (run_view.c.project == project, run_view.c.name == name)
        return bool(self._db.change(delete(run_view).where(*those)))

    def views(self, project: str) -> list[RunView]:
        """Return the views of a project by name."""
        query = select(run_view).where(run_view.c.project == project)
        return sorted(self._db.all(RunView, query), key=lambda view: view.name)
