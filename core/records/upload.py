"""Files on their way in: bytes that a person handed over and has not yet kept as a version or discarded."""

from core.records.base import Moment, Record
from core.records.origin import Origin
from core.records.reading import AS_DETECTED, ReadingChoices, TablePreview


class Upload(Record):
    """One file that lies staged for its author.

    ``size`` is what was announced, in bytes; ``sha256`` is None while bytes still arrive. ``origin`` tells where it was
    fetched from, when it was. ``choices`` are what the author overruled so far.
    """

    id: str
    project: str
    filename: str
    size: int
    sha256: str | None = None
    origin: Origin | None = None
    choices: ReadingChoices = AS_DETECTED
    author: str
    created_at: Moment


class Examined(Record):
    """What would be kept of an upload, or why nothing could be: a ``problem`` and what there is to choose from."""

    preview: TablePreview | None = None
    problem: str = ""
    members: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
