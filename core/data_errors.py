"""Errors of data on its way in; see :mod:`core.errors`."""

from core.errors import Conflict, Denied, InvalidInput, NotFound, Unavailable


class UploadNotFound(NotFound):
    """There is no upload {id}: it was saved or discarded, is somebody else's, or lay unused for more than a day. Upload
    the file again."""


class UploadTooLarge(InvalidInput):
    """{filename} has {size}; at most {limit} are taken through the browser (PILOTHOUSE_UPLOAD_MB). Add it with
    `pilothouse data add` on this machine, or raise the limit."""

    status = 413


class UploadBroken(Conflict):
    """The upload of {filename} cannot go on: {problem}"""


class ForeignOrigin(Denied):
    """The request was sent by another site and was refused."""


class OriginRefused(InvalidInput):
    """Data cannot be fetched from {origin}: {problem}"""


class OriginUnreachable(Unavailable):
    """{origin} cannot be reached: {problem}. Try again when it answers."""


class NoOrigin(InvalidInput):
    """The dataset {dataset!r} has no source to be refreshed from: its versions were files. Add it once by its address,
    with `pilothouse data add {project} URL --dataset {dataset}` or on the Datasets screen."""
