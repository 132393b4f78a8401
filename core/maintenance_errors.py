"""Errors of deleting, tidying, backing up and restoring; see :mod:`core.errors`."""

from core.errors import AnswerIsNo, Conflict, DatasetNotFound, InvalidInput


class StillNeeded(Conflict):
    """{subject} was not deleted: {problem}."""

    exit_code = AnswerIsNo.exit_code


class DatasetDeleted(DatasetNotFound):
    """{ref} of project {project!r} was deleted by {actor} on {day}{reason}. Its number is not given again; what was
    made of it still names it."""


class NotABackup(InvalidInput):
    """{file} is no backup that can be restored: {problem}"""


class HomeNotEmpty(Conflict):
    """{home} holds an installation already; nothing was restored. Give an empty folder (`--home DIR`), or move this one
    away first."""
