"""What is known of the soundness of stored bytes and of the stores together."""

from core.records.base import Moment, Record


class BlobFault(Record):
    """Stored bytes that were found wrong: ``size`` bytes whose hash was ``found``; ``mended_at`` is None until the
    right bytes are back."""

    sha256: str
    found: str
    size: int
    at: Moment
    mended_at: Moment | None = None


class BlobUse(Record):
    """What a blob is needed for: ``what`` in words, of ``subject`` (``customers@2``, ``version 3``) in ``project``.

    ``kind`` is one of ``original``, ``table``, ``bundle``, ``model``, ``compiled``, ``rows``, ``difference``,
    ``recipe``.
    """

    project: str | None
    kind: str
    subject: str
    what: str


class Finding(Record):
    """One thing a check of the stores found: where, what, what to do, and whether it was repaired."""

    kind: str
    subject: str
    problem: str
    advice: str
    repaired: bool = False


class FsckReport(Record):
    """What a check of all stores looked at and found; ``unused`` blobs belong to nothing and wait for `gc`."""

    blobs: int
    size: int
    unused: int
    tables: int
    events: int
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def open(self) -> tuple[Finding, ...]:
        """What was not repaired."""
        return tuple(finding for finding in self.findings if not finding.repaired)


class GcReport(Record):
    """What tidying found and did: of all ``blobs``, ``unused`` ones of ``unused_size`` bytes belong to nothing.

    ``marked`` were seen to be so for the first time, ``waiting`` are not unused for ``grace_s`` seconds yet,
    ``removed`` were, and gave ``freed`` bytes back. ``leftovers`` are parts of uploads that broke off. With
    ``dry_run`` nothing was changed, and ``removed`` says what would be.
    """

    blobs: int
    unused: int
    unused_size: int
    marked: int
    waiting: int
    removed: int
    freed: int
    leftovers: int
    grace_s: int
    dry_run: bool


class BackupReport(Record):
    """A backup that was written and read through, or restored: ``parts`` files, ``blobs`` of them stored bytes."""

    file: str
    parts: int
    blobs: int
    size: int
    created_at: Moment


class Symptom(Record):
    """What looking at one part found: ``state`` is ``ok``, ``warn`` or ``fail``; ``advice`` says what to do."""

    part: str
    state: str
    found: str
    advice: str = ""
