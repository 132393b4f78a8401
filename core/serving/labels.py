"""Labels: the truth that arrives later for served answers, by prediction id."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import InvalidRequest
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.dataset import ColumnKind
from core.records.label import Label, LabelCoverage, LabelledPrediction, LabelReceipt
from core.records.model import Alias
from core.records.prediction import Scalar
from core.records.project import Project, Task
from core.records.reading import ColumnChoice, ReadingChoices
from core.serving.bodies import LONGEST_ID
from core.serving.schemas import Problem, refusal
from core.training.manifests import read_manifest

AHEAD = timedelta(minutes=5)
"""How far another machine's clock may be ahead of ours."""

AS_TEXT = ReadingChoices(columns={"prediction_id": ColumnChoice(kind=ColumnKind.TEXT)})
MOST_LABELS = 100_000
FIELDS = ("prediction_id", "label", "observed_at")


@dataclass(frozen=True)
class _Truth:
    """What labels of a project may be: numbers, or the classes by their text."""

    classes: Mapping[str, Scalar] | None
    is_closed: bool

    def read(self, value: object) -> Scalar | str:
        """Return the label, or raise a ValueError that says what it must be."""
        if self.classes is None:
            return _number(value)
        text = str(value)
        if text in self.classes:
            return self.classes[text]
        if isinstance(value, float) and value.is_integer() and str(int(value)) in self.classes:
            return self.classes[str(int(value))]
        if self.is_closed or not isinstance(value, str | int | float | bool) or text == "":
            raise ValueError(f"must be one of {', '.join(list(self.classes)[:20])}")
        return value


class LabelService:
    """Everything about labels."""

    def __init__(self, store: Store, blobs: BlobStore, log: PredictionLog, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._log = log
        self._clock = clock

    def add(self, actor: Actor, project: str, rows: Sequence[Mapping[str, Any]]) -> LabelReceipt:
        """Store labels given as ``{"prediction_id", "label", "observed_at"?}``; all of them or, with a fault, none.

        A label like the one that counts already is not stored again; another one corrects it, and both are kept.
        Ids under which no answer was logged are told, not stored.

        Raises:
            Denied: the actor may not add labels.
            ProjectNotFound: there is no such project.
            InvalidRequest: a label is not usable; every field at fault is named.
        """
        require(actor, Permission.ADD_LABELS)
        now = self._clock.now()
        with self._store.read() as work:
            truth = self._truth(work, work.projects.get(project))
        given = _read_all(rows, truth, now, project, actor.name)
        known = self._log.known(project, {label.prediction_id for label in given})
        with self._store.write() as work:
            new, receipt = _sorted_out(given, known, work.labels.latest(project, known))
            if new:
                work.labels.add(project, new)
                details = receipt.model_dump(exclude={"unknown"}) | {"unknown": len(receipt.unknown)}
                audit.record(work, now, actor.name, "labels.add", project, project, details)
                work.commit()
        return receipt

    def add_file(self, actor: Actor, project: str, path: Path, name: str) -> LabelReceipt:
        """Store the labels of a table with the columns prediction_id, label and, if known, observed_at.

        An id of digits keeps its leading zeros.

        Raises:
            Denied: the actor may not add labels.
            ProjectNotFound: there is no such project.
            NotATable: the file is no table.
            InvalidRequest: a label is not usable; every field at fault is named.
        """
        from core.datasets import reading

        require(actor, Permission.ADD_LABELS)
        with self._store.read() as work:
            work.projects.get(project)
        read = reading.read(path, name, choices=AS_TEXT).table.to_pylist()
        return self.add(
            actor, project, [{key: value for key, value in row.items() if value is not None} for row in read]
        )

    def coverage(self, project: str, since: datetime | None = None, until: datetime | None = None) -> LabelCoverage:
        """Return how many of the answers of a time have a label.

        Raises:
            ProjectNotFound: there is no such project.
        """
        joined = self.joined(project, since, until)
        return LabelCoverage(predictions=len(joined), labelled=sum(one.label is not None for one in joined))

    def joined(
        self,
        project: str,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[LabelledPrediction]:
        """Return answers with ``since <= at < until``, oldest first, each with the label that counts.

        Raises:
            ProjectNotFound: there is no such project.
        """
        with self._store.read() as work:
            work.projects.get(project)
            labels = work.labels.latest(project)
        logged = self._log.read(project, since, until, limit)
        return [LabelledPrediction(prediction=one, label=labels.get(one.prediction_id)) for one in logged]

    def history(self, project: str, prediction_id: str) -> list[Label]:
        """Return every label one prediction got, oldest first.

        Raises:
            ProjectNotFound: there is no such project.
        """
        with self._store.read() as work:
            work.projects.get(project)
            return work.labels.history(project, prediction_id)

    def _truth(self, work: UnitOfWork, project: Project) -> _Truth:
        if project.task is Task.REGRESSION:
            return _Truth(None, is_closed=False)
        served = work.deployments.history(project.name, Alias.CHAMPION)
        classes = read_manifest(self._blobs, served[0].bundle_sha256).classes if served else ()
        return _Truth({str(value): value for value in classes}, is_closed=bool(classes) and project.task is Task.BINARY)


def _read_all(
    rows: Sequence[Mapping[str, Any]], truth: _Truth, now: datetime, project: str, received_by: str
) -> list[Label]:
    if len(rows) > MOST_LABELS:
        raise InvalidRequest(problem=f"{len(rows):,} labels are too many for one call; send {MOST_LABELS:,} at most")
    labels: list[Label] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows):
        try:
            labels.append(_read(row, truth, now, project, received_by))
        except _Fault as fault:
            where = f"labels[{number}]"
            problems.append((f"{where}.{fault.field}" if fault.field else where, fault.problem))
    if problems:
        raise refusal(problems)
    return labels


class _Fault(ValueError):  # noqa: N818 - it never leaves this file
    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field
        self.problem = problem


def _read(row: object, truth: _Truth, now: datetime, project: str, received_by: str) -> Label:
    if not isinstance(row, Mapping):
        raise _Fault("", "must be a JSON object with prediction_id, label and, if known, observed_at")
    for field in row:
        if field not in FIELDS:
            raise _Fault(str(field)[:LONGEST_ID], "is not known here; only prediction_id, label and observed_at are")
    given = row.get("prediction_id")
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_ID or not given.isprintable():
        raise _Fault("prediction_id", f"must be text of 1 to {LONGEST_ID} printable characters")
    if row.get("label") is None:
        raise _Fault("label", "is missing")
    try:
        label = truth.read(row["label"])
    except ValueError as error:
        raise _Fault("label", str(error)) from error
    return Label(
        project=project,
        prediction_id=given,
        label=label,
        observed_at=_moment(row.get("observed_at"), now),
        received_at=now,
        received_by=received_by,
    )


def _moment(value: object, now: datetime) -> datetime:
    """Return when the label was observed, now when nothing is said; without a zone it is UTC."""
    if value is None:
        return now
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Fault("observed_at", "must be a date and time in ISO 8601, such as 2026-03-02T09:00:00Z") from error
    if moment > now + AHEAD:
        raise _Fault("observed_at", "is in the future")
    return moment


def _number(value: object) -> float:
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    return number


def _sorted_out(
    given: Sequence[Label], known: set[str], standing: Mapping[str, Label]
) -> tuple[list[Label], LabelReceipt]:
    """Part labels into those to store and the rest; within one call, too, the last of an id counts."""
    latest = dict(standing)
    new: list[Label] = []
    added = corrected = repeated = 0
    for label in given:
        if label.prediction_id not in known:
            continue
        before = latest.get(label.prediction_id)
        if before is not None and before.label == label.label:
            repeated += 1
            continue
        added, corrected = added + (before is None), corrected + (before is not None)
        new.append(label)
        latest[label.prediction_id] = label
    unknown = tuple(dict.fromkeys(label.prediction_id for label in given if label.prediction_id not in known))
    return new, LabelReceipt(added=added, corrected=corrected, repeated=repeated, unknown=unknown)
