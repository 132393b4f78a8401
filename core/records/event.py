"""The audit trail."""

from core.records.base import JsonObject, Moment, Record

NO_HASH = "0" * 64
"""What stands for the hash of the event before the first."""


class AuditEvent(Record):
    """One thing that was done; ``hash`` covers all other fields and the hash of the event before."""

    number: int
    at: Moment
    actor: str
    action: str
    project: str | None
    subject: str
    details: JsonObject
    previous: str
    hash: str
