"""Versions outside of this installation: what was exported, and what is pushed where."""

from enum import StrEnum

from core.records.base import JsonObject, Record


class ExportReport(Record):
    """What was exported: ``known_rows`` were answered by the export itself as they were at training.

    ``answers_by`` says what computes there, ``size`` is in bytes.
    """

    project: str
    version: int
    path: str
    files: int
    size: int
    sha256: str
    answers_by: str
    known_rows: int
    image: str


class PushKind(StrEnum):
    """Who gets a version: another Pilothouse, or whatever takes a file at an address."""

    PILOTHOUSE = "pilothouse"
    UPLOAD = "upload"


class PushRequest(Record):
    """A version on its way.

    ``address`` is a project of another Pilothouse's scoring API, or where a file is taken, by ``method`` PUT or POST.
    ``key`` names a secret, as ``${NAME}``. With ``answers_at``, the address of a model that serves the Open Inference
    Protocol there, an upload is asked the known rows once it is over.
    """

    version: int
    address: str
    kind: PushKind = PushKind.PILOTHOUSE
    method: str = "PUT"
    key: str = ""
    answers_at: str = ""


class PushReport(Record):
    """What became of a push; ``remote_version`` is the number there, ``known_rows`` were answered there alike."""

    address: str
    version: int
    sha256: str
    size: int
    remote_version: int | None
    known_rows: int
    summary: str


class Arrival(Record):
    """A version that another installation pushed here, as its sender may ask for it.

    ``answers`` are to the known rows of its bundle, in their order: prediction and scores.
    """

    job_id: str
    state: str
    problem: str = ""
    version: int | None = None
    answers: tuple[JsonObject, ...] = ()
