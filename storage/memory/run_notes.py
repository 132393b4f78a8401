"""What people add to runs, in memory."""

from core.records.run_index import RunComment, RunMark, RunView
from storage.memory.tables import View
from storage.rows import settled


class MemoryRunNotes:
    """A :class:`core.ports.run_notes.RunNotes`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def mark(self, run_id: str) -> RunMark | None:
        """Return the mark of a run, or None."""
        return self._view.see.run_marks.get(run_id)

    def set_mark(self, mark: RunMark) -> None:
        """Store a mark in place of the one before.

        Raises:
            ProjectNotFound: there is no such project.
        """
        marks = self._view.change.run_marks
        self._view.need_project(mark.project)
        marks[mark.run_id] = mark

    def add_comment(self, comment: RunComment) -> None:
        """Store a comment.

        Raises:
            ProjectNotFound: there is no such project.
        """
        comments = self._view.change.run_comments
        self._view.need_project(comment.project)
        comments[comment.id] = settled(comment)

    def remove_comment(self, id: str) -> bool:
        """Remove a comment; tell whether it was there."""
        return self._view.change.run_comments.pop(id, None) is not None

    def comments(self, run_id: str) -> list[RunComment]:
        """Return the comments on a run, oldest first."""
        return [comment for comment in self._view.see.run_comments.values() if comment.run_id == run_id]

    def put_view(self, view: RunView) -> None:
        """Store a view in place of the one of that name.

        Raises:
            ProjectNotFound: there is no such project.
        """
        views = self._view.change.run_views
        self._view.need_project(view.project)
        views[view.project, view.name] = settled(view)

    def remove_view(self, project: str, name: str) -> bool:
        """Remove a view; tell whether it was there."""
        return self._view.change.run_views.pop((project, name), None) is not None

    def views(self, project: str) -> list[RunView]:
        """Return the views of a project by name."""
        mine = [view for view in self._view.see.run_views.values() if view.project == project]
        return sorted(mine, key=lambda view: view.name)
