"""Errors around the decision on a model version; the docstring of an error class is the sentence the user reads."""

from core.errors import AnswerIsNo, Conflict, InvalidInput, NotFound


class VerdictNotFound(NotFound):
    """There is no verdict {id}. See `pilothouse verdicts PROJECT`."""


class InvalidGates(InvalidInput):
    """The gates cannot be saved: {problem}"""


class GatesChanged(Conflict):
    """Nothing was saved: meanwhile {author} set policy {number} of project {project!r}. Look at it, then decide
    again."""


class CannotJudge(AnswerIsNo):
    """{problem}"""


class NothingToJudge(CannotJudge):
    """Version {version} is the champion of project {project!r}; there is nothing to decide."""
