"""Errors of data on its way in; see :mod:`core.errors`."""

from core.errors import Conflict, Denied, InvalidInput, NotFound


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
