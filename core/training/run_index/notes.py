"""What people add to runs: stars, the archive, tags, a description, comments, and saved views."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import Denied
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission, Role
from core.records.base import JsonObject, clipped, new_id
from core.records.run_index import RunComment, RunMark, RunView
from core.training.run_index.entries import OURS
from core.training.run_index.reading import RunReading
from core.training_errors import InvalidNote, ViewNotFound

LONGEST_TAG, LONGEST_TEXT, LONGEST_VIEW = 500, 5_000, 60
TAG_NAME = re.compile(r"[\w.\-/ ]{1,100}")
MOST_RUNS = 1_000
"""Runs that can be marked at once."""


@dataclass(frozen=True)
class RunNoteService:
    """Changes what people add to runs; tags and descriptions live in MLflow, the rest in our store."""

    store: Store
    tracking: Tracking
    reading: RunReading
    clock: Clock

    def star(self, actor: Actor, project: str, run_ids: Sequence[str], *, on: bool = True) -> None:
        """Give runs a star, or take it away.

        Raises:
            Denied: the actor may not mark runs.
            ProjectNotFound: there is no such project.
        """
        self._set(actor, project, run_ids, "run.star", starred=on)

    def archive(self, actor: Actor, project: str, run_ids: Sequence[str], *, on: bool = True) -> None:
        """Put runs into the archive, out of lists, or take them out again.

        Raises:
            Denied: the actor may not mark runs.
            ProjectNotFound: there is no such project.
        """
        self._set(actor, project, run_ids, "run.archive", archived=on)

    def _set(self, actor: Actor, project: str, run_ids: Sequence[str], action: str, **change: bool) -> None:
        require(actor, Permission.NOTE_RUNS)
        if len(run_ids) > MOST_RUNS:
            raise InvalidNote(problem=f"{len(run_ids):,} runs are too many at once; mark at most {MOST_RUNS:,}.")
        with self.store.write() as work:
            for run_id in run_ids:
                was = work.run_notes.mark(run_id) or RunMark(project=project, run_id=run_id)
                work.run_notes.set_mark(was.model_copy(update=change))
            self._tell(work, actor, action, project, ", ".join(one[:8] for one in run_ids[:20]), dict(change))
            work.commit()

    def comment(self, actor: Actor, project: str, run_id: str, text: str) -> RunComment:
        """Say something about a run, with name and time.

        Raises:
            Denied: the actor may not comment.
            InvalidNote: the text is empty or too long.
            RunNotFound: there is no such run.
        """
        require(actor, Permission.NOTE_RUNS)
        said = _text(text, "a comment", needed=True)
        self.tracking.run(project, run_id)
        now = self.clock.now()
        made = RunComment(id=new_id(), project=project, run_id=run_id, author=actor.name, at=now, text=said)
        with self.store.write() as work:
            work.run_notes.add_comment(made)
            self._tell(work, actor, "run.comment", project, run_id[:8], {"comment": made.id})
            work.commit()
        return made

    def remove_comment(self, actor: Actor, comment: RunComment) -> None:
        """Remove a comment: one's own, or as an administrator any.

        Raises:
            Denied: it is somebody else's.
        """
        require(actor, Permission.NOTE_RUNS)
        if actor.name != comment.author and actor.role is not Role.ADMIN:
            raise Denied(role=actor.role.value, permission=f"remove a comment of {comment.author}")
        with self.store.write() as work:
            if work.run_notes.remove_comment(comment.id):
                details: dict[str, Any] = {"author": comment.author, "text": comment.text}
                self._tell(work, actor, "run.comment_remove", comment.project, comment.run_id[:8], details)
                work.commit()

    def comments(self, run_id: str) -> list[RunComment]:
        """Return the comments on a run, oldest first."""
        with self.store.read() as work:
            return work.run_notes.comments(run_id)

    def mark(self, project: str, run_id: str) -> RunMark:
        """Return whether a run has a star and whether it is archived."""
        with self.store.read() as work:
            return work.run_notes.mark(run_id) or RunMark(project=project, run_id=run_id)

    def tag(self, actor: Actor, project: str, run_id: str, name: str, text: str) -> None:
        """Set a tag of a run, where MLflow keeps and shows it too.

        Raises:
            Denied: the actor may not tag runs.
            InvalidNote: the name is not usable or the text too long.
            RunNotFound: there is no such run.
        """
        require(actor, Permission.NOTE_RUNS)
        checked = _tag_name(name)
        value = clipped(text, LONGEST_TAG)
        self.tracking.run(project, run_id)
        self.tracking.set_tags(run_id, {checked: value})
        self._changed(actor, project, run_id, "run.tag", {checked: value})

    def remove_tag(self, actor: Actor, project: str, run_id: str, name: str) -> None:
        """Remove a tag of a run; one that is not there is fine.

        Raises:
            Denied: the actor may not tag runs.
            InvalidNote: it is one of Pilothouse's own.
            RunNotFound: there is no such run.
        """
        require(actor, Permission.NOTE_RUNS)
        checked = _tag_name(name)
        self.tracking.run(project, run_id)
        self.tracking.remove_tag(run_id, checked)
        self._changed(actor, project, run_id, "run.tag_remove", {"tag": checked})

    def describe(self, actor: Actor, project: str, run_id: str, text: str) -> None:
        """Write the description of a run, which MLflow's own pages show too.

        Raises:
            Denied: the actor may not describe runs.
            InvalidNote: the text is too long.
            RunNotFound: there is no such run.
        """
        require(actor, Permission.NOTE_RUNS)
        said = _text(text, "a description")
        self.tracking.run(project, run_id)
        self.tracking.set_note(run_id, said)
        self._changed(actor, project, run_id, "run.describe", {})

    def _changed(self, actor: Actor, project: str, run_id: str, action: str, details: JsonObject) -> None:
        """Let the index and the trail know of what MLflow has by now."""
        self.reading.look_at(project, run_id)
        with self.store.write() as work:
            self._tell(work, actor, action, project, run_id[:8], details)
            work.commit()

    def views(self, project: str) -> list[RunView]:
        """Return the saved views of a project by name."""
        with self.store.read() as work:
            return work.run_notes.views(project)

    def save_view(self, actor: Actor, project: str, name: str, address: str) -> RunView:
        """Keep a way of looking under a name, in place of the one of that name.

        Raises:
            Denied: the actor may not save views.
            InvalidNote: the name is empty, or the address too long.
        """
        require(actor, Permission.NOTE_RUNS)
        called = clipped(name, LONGEST_VIEW)
        if not called:
            raise InvalidNote(problem="give the view a name.")
        if len(address) > LONGEST_TEXT:
            raise InvalidNote(problem="this view is too long to be kept. Pick fewer runs or columns.")
        now = self.clock.now()
        view = RunView(project=project, name=called, address=address, author=actor.name, created_at=now)
        with self.store.write() as work:
            work.run_notes.put_view(view)
            self._tell(work, actor, "run_view.save", project, called, {"address": address})
            work.commit()
        return view

    def remove_view(self, actor: Actor, project: str, name: str) -> None:
        """Remove a saved view.

        Raises:
            Denied: the actor may not.
            ViewNotFound: there is none of that name.
        """
        require(actor, Permission.NOTE_RUNS)
        with self.store.write() as work:
            if not work.run_notes.remove_view(project, name):
                raise ViewNotFound(project=project, name=name)
            self._tell(work, actor, "run_view.remove", project, name, {})
            work.commit()

    def _tell(
        self, work: UnitOfWork, actor: Actor, action: str, project: str, subject: str, details: JsonObject
    ) -> None:
        audit.record(work, self.clock.now(), actor.name, action, project, subject, details)


def _text(text: str, what: str, *, needed: bool = False) -> str:
    said = text.strip()
    if needed and not said:
        raise InvalidNote(problem=f"{what} needs some words.")
    if len(said) > LONGEST_TEXT:
        raise InvalidNote(problem=f"{what} may have {LONGEST_TEXT:,} characters; this one has {len(said):,}.")
    return said


def _tag_name(name: str) -> str:
    called = name.strip()
    if not TAG_NAME.fullmatch(called):
        raise InvalidNote(problem=f"{clipped(name, 40)!r} cannot name a tag: use letters, digits and _ . - / only.")
    if called.startswith((OURS, "mlflow.")):
        raise InvalidNote(problem=f"tags that begin with {called.split('.')[0]}. are set by the programs themselves.")
    return called
