"""Errors around the decision on a model version; the docstring of an error class is the sentence the user reads."""

from core.errors import AnswerIsNo, Conflict, Denied, InvalidInput, NotFound


class VerdictNotFound(NotFound):
    """There is no verdict {id}. See `pilothouse verdicts PROJECT`."""


class InvalidGates(InvalidInput):
    """The gates cannot be saved: {problem}"""


class GatesChanged(Conflict):
    """Nothing was saved: meanwhile {author} set policy {number} of project {project!r}. Look at it, then decide
    again."""


class ApprovalNotFound(NotFound):
    """There is no request for approval {id}. See `pilothouse approvals`."""


class ApprovalAnswered(Conflict):
    """Nothing was changed: {who} answered the request on version {version} already ({state})."""


class NothingToApprove(Conflict):
    """{problem}"""


class OwnRequest(Denied):
    """Version {version} was asked for by {name}, and the gates want another person to approve it."""


class NotJudged(AnswerIsNo):
    """Version {version} of project {project!r} was not promoted: the gates have given no verdict on it against what
    serves now. Judge it first (`pilothouse gate {project} {version}`), or override with a reason."""


class GatesHold(AnswerIsNo):
    """Version {version} of project {project!r} was not promoted: its verdict is {outcome}. {summary} Override it with a
    reason, if your role may."""


class TooLateToUndo(Conflict):
    """It is too late to undo: {seconds} seconds have passed. Roll back instead, with a reason."""


class AliasNotMoved(Conflict):
    """MLflow's champion of project {project!r} was not moved by another program, so there is nothing to decide."""


class TooFewToReplay(AnswerIsNo):
    """{problem}"""


class CannotJudge(AnswerIsNo):
    """{problem}"""


class NothingToJudge(CannotJudge):
    """Version {version} is the champion of project {project!r}; there is nothing to decide."""
