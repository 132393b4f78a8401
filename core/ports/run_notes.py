"""What people add to runs: stars, the archive, comments, and ways of looking at them."""

from typing import Protocol

from core.records.run_index import RunComment, RunMark, RunView


class RunNotes(Protocol):
    """Marks by run, comments in the order they came, views by name within a project."""

    def mark(self, run_id: str) -> RunMark | None:
        """Return the mark of a run, or None."""
        ...

    def set_mark(self, mark: RunMark) -> None:
        """Store a mark in place of the one before.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def add_comment(self, comment: RunComment) -> None:
        """Store a comment.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def remove_comment(self, id: str) -> bool:
        """Remove a comment; tell whether it was there."""
        ...

    def comments(self, run_id: str) -> list[RunComment]:
        """Return the comments on a run, oldest first."""
        ...

    def put_view(self, view: RunView) -> None:
        """Store a view in place of the one of that name.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def remove_view(self, project: str, name: str) -> bool:
        """Remove a view; tell whether it was there."""
        ...

    def views(self, project: str) -> list[RunView]:
        """Return the views of a project by name."""
        ...
