"""Deleting: what hangs on a thing, and what is left of it."""

from core.records.base import Moment, Record


class Impact(Record):
    """What deleting ``subject`` (``customers@2``, ``run 3f0c``, ``project churn``) would do.

    ``refused`` says in sentences why it is not possible now; ``takes`` what goes with it; ``leaves`` what stays and
    will say that this was deleted. ``freed`` bytes belong to nothing else; the next tidying gives them back.
    """

    project: str
    subject: str
    refused: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    model_versions: tuple[int, ...] = ()
    reports: int = 0
    schedules: int = 0
    differences: int = 0
    freed: int = 0


class DeletedVersion(Record):
    """What is left of a dataset version that was deleted: its number, which is never given again, and why."""

    project: str
    dataset: str
    number: int
    sha256: str
    rows: int
    source: str
    deleted_at: Moment
    deleted_by: str
    reason: str
