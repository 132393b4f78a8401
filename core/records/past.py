"""What happened to a project's models, as stories, moments and lines of descent."""

from core.records.alert import Alert
from core.records.base import Moment, Record
from core.records.gate import GatePolicy, Verdict
from core.records.model import Deployment
from core.records.run_index import RunEntry
from core.records.traffic import Traffic


class Happening(Record):
    """One thing on a timeline.

    ``kind`` is promotion, rollback, verdict, approval, alert, drift, retraining or traffic; ``subject`` is where one
    reads more, as ``version:3``, ``alert:ID``, ``report:ID`` or ``job:ID``.
    """

    at: Moment
    kind: str
    title: str
    detail: str = ""
    actor: str = ""
    version: int | None = None
    subject: str = ""


class Span(Record):
    """One interval in which a version was champion, with its held-out figure of the project's metric."""

    deployment: Deployment
    metric: float | None


class Timeline(Record):
    """Who served when, oldest first, and what happened, newest first."""

    spans: tuple[Span, ...]
    happenings: tuple[Happening, ...]


class Then(Record):
    """How a project stood at a moment; what is None was not there.

    ``dataset`` is what the champion learned from and ``features`` the columns it read, ``approver`` who approved it,
    ``gates`` were in force; ``drift`` is what the last check before said, ``drift_outcome`` in one word, ``report``
    its id. ``alerts`` were not resolved. ``answered`` counts the answers of each version in the hour before.
    """

    at: Moment
    champion: Deployment | None
    run: RunEntry | None
    dataset: str = ""
    features: tuple[str, ...] = ()
    gates: GatePolicy | None = None
    verdict: Verdict | None = None
    approver: str = ""
    drift: str = ""
    drift_outcome: str = ""
    report: str = ""
    alerts: tuple[Alert, ...] = ()
    traffic: Traffic | None = None
    answered: dict[int, int] = {}


class Chapter(Record):
    """One part of a version's story: sentences, and rows under headers; ``is_empty`` when there is nothing to tell.

    ``report`` is the id of the drift check whose chart belongs to it.
    """

    title: str
    said: tuple[str, ...]
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    at: Moment | None = None
    subject: str = ""
    report: str = ""
    is_empty: bool = False


class Node(Record):
    """One thing in a line of descent: ``id`` is its kind and name, as ``data:customers@3`` or ``version:2``."""

    id: str
    kind: str
    title: str
    detail: str = ""


class Lineage(Record):
    """Things and what was made of what, as pairs of ids (cause, effect)."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
