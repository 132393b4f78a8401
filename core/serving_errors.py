"""Errors of the scoring API; see :mod:`core.errors`."""

from core.errors import Conflict, InvalidInput, Unavailable


class BodyTooLarge(InvalidInput):
    """The request body is larger than {limit} bytes. Send fewer rows at once."""

    status = 413


class BodyTooSlow(InvalidInput):
    """The request body did not arrive within {seconds} seconds. Send it again, in one go."""

    status = 408


class UnsupportedMedia(InvalidInput):
    """The request body must be JSON: send it with the header `Content-Type: application/json`, unencoded or
    with `Content-Encoding: gzip`."""

    status = 415


class ForeignHost(InvalidInput):
    """This server does not answer for {name!r}: while AUTH is off only this machine's own names are served."""

    status = 403


class Overloaded(Unavailable):
    """The server is busy: {waiting} requests are waiting already. Try again in a moment."""


class AnswerTooSlow(Unavailable):
    """The model did not answer within {seconds} seconds. The request was given up; try again, with fewer rows."""

    status = 504


class ModelStopped(Unavailable):
    """The process that answers for version {version} ended while it worked. It is started again; retry in a moment."""


class ModelNotLoaded(Unavailable):
    """Version {version} of project {project!r} should be serving but cannot: {problem}"""


class TooManyRows(InvalidInput):
    """The request has {rows} rows; at most {limit} are answered at once. Split it."""

    status = 413


class InvalidTraffic(InvalidInput):
    """The traffic was not changed: {problem}"""


class NoCandidate(Conflict):
    """Project {project!r} has no challenger that could take part in its traffic. Name a version, or train one."""


class OnlyChampion(Conflict):
    """Only the champion of project {project!r} answers; no candidate takes part that could be stopped."""


class TrafficChanged(Conflict):
    """The traffic was not changed: meanwhile {actor} changed it. Look at it, then decide again."""


class NotExported(Unavailable):
    """Version {version} was not exported: {problem} Nothing was written."""


class ExportExists(Conflict):
    """{path} exists already and is not empty. Name another folder."""


class NotPushed(Unavailable):
    """Version {version} was not pushed to {address}: {problem}"""


class PushAnsweredOtherwise(Conflict):
    """Version {version} is at {address}, but answers its known rows otherwise there (largest difference
    {difference}). Do not let it serve."""


class InvalidArchive(InvalidInput):
    """What was pushed is no exported version: {problem} Nothing was kept."""


class NotAnArchive(InvalidInput):
    """A version is pushed as the zip file that `pilothouse version export` writes, with the headers
    `Content-Type: application/zip` and `Content-Digest: sha-256=:<base64>:`."""

    status = 415
