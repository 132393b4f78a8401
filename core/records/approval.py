"""Approvals: a person asks that a version may be promoted, another answers."""

from enum import StrEnum

from core.records.base import Moment, Record


class ApprovalState(StrEnum):
    """Where a request is in its life."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Approval(Record):
    """One request, made on a verdict, and its answer; at most one of a version waits.

    It counts for the ``bundle_sha256`` against ``champion`` by ``policy``, as the verdict did.
    """

    id: str
    project: str
    version: int
    bundle_sha256: str
    champion: int
    policy: int
    verdict: str
    comment: str
    requested_by: str
    requested_at: Moment
    state: ApprovalState = ApprovalState.WAITING
    answer: str = ""
    answered_by: str = ""
    answered_at: Moment | None = None
