"""The state of the memory store, and a transaction's view of it."""

from copy import copy
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

from core.errors import ProjectNotFound
from core.records.access import ApiKey, Session, SignInAttempt, User
from core.records.alert import Alert, AlertChange, AlertRule
from core.records.approval import Approval
from core.records.base import Record
from core.records.card import CardText
from core.records.channel import Channel, Message
from core.records.contract import Contract, ContractResult
from core.records.dataset import DatasetVersion
from core.records.difference import Difference
from core.records.drift_rule import DriftReview, DriftRule
from core.records.event import AuditEvent
from core.records.gate import GatePolicy, Verdict
from core.records.integrity import BlobFault
from core.records.job import Job, JobUsage, WorkerBeat
from core.records.label import Label
from core.records.model import Alias, AliasExpectation, Deployment
from core.records.monitor import MonitorReport
from core.records.plan import Retraining, RetrainingPlan
from core.records.preparation import PreparationVersion
from core.records.project import Project
from core.records.recipe import Recipe
from core.records.removal import DeletedVersion
from core.records.replay import Replay
from core.records.reproduction import Reproduction
from core.records.rule import Evaluation, RetrainingRule, Signal
from core.records.run_index import RunComment, RunCursor, RunEntry, RunMark, RunView
from core.records.schedule import Firing, Schedule
from core.records.simulation import Simulation
from core.records.study import Study, Trial
from core.records.traffic import ServingTally, Traffic
from core.records.training import Preset
from core.records.upload import Upload

AnyRecord = TypeVar("AnyRecord", bound=Record)


@dataclass
class Tables:
    """All records by key, each table in order of insertion."""

    projects: dict[str, Project] = field(default_factory=dict)
    datasets: dict[tuple[str, str, int], DatasetVersion] = field(default_factory=dict)
    deleted: dict[tuple[str, str, int], DeletedVersion] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    contracts: dict[tuple[str, str, int], Contract] = field(default_factory=dict)
    contract_results: dict[tuple[str, str, int, int], ContractResult] = field(default_factory=dict)
    blob_faults: dict[int, BlobFault] = field(default_factory=dict)
    blob_marks: dict[str, datetime] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    usage: dict[str, JobUsage] = field(default_factory=dict)
    workers: dict[str, WorkerBeat] = field(default_factory=dict)
    leases: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    proofs: dict[tuple[str, str], datetime] = field(default_factory=dict)
    preparations: dict[tuple[str, int], PreparationVersion] = field(default_factory=dict)
    differences: dict[str, Difference] = field(default_factory=dict)
    reports: dict[str, MonitorReport] = field(default_factory=dict)
    drift_rules: dict[tuple[str, int], DriftRule] = field(default_factory=dict)
    drift_reviews: dict[str, DriftReview] = field(default_factory=dict)
    alert_rules: dict[str, AlertRule] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    alert_changes: dict[int, AlertChange] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    reproductions: dict[str, Reproduction] = field(default_factory=dict)
    gate_policies: dict[tuple[str, int], GatePolicy] = field(default_factory=dict)
    replays: dict[str, Replay] = field(default_factory=dict)
    approvals: dict[str, Approval] = field(default_factory=dict)
    expectations: dict[tuple[str, Alias], AliasExpectation] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    card_texts: dict[tuple[str, int, int], CardText] = field(default_factory=dict)
    recipes: dict[tuple[str, int], Recipe] = field(default_factory=dict)
    plans: dict[str, RetrainingPlan] = field(default_factory=dict)
    retrainings: dict[str, Retraining] = field(default_factory=dict)
    simulations: dict[str, Simulation] = field(default_factory=dict)
    rules: dict[str, RetrainingRule] = field(default_factory=dict)
    evaluations: dict[str, Evaluation] = field(default_factory=dict)
    signals: dict[tuple[str, str], Signal] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    firings: dict[tuple[str, datetime], Firing] = field(default_factory=dict)
    presets: dict[tuple[str, str], Preset] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    traffic: dict[int, Traffic] = field(default_factory=dict)
    tallies: dict[tuple[str, datetime, str, int, str], ServingTally] = field(default_factory=dict)
    studies: dict[str, Study] = field(default_factory=dict)
    trials: dict[tuple[str, int], Trial] = field(default_factory=dict)
    run_entries: dict[str, RunEntry] = field(default_factory=dict)
    run_marks: dict[str, RunMark] = field(default_factory=dict)
    run_comments: dict[str, RunComment] = field(default_factory=dict)
    run_views: dict[tuple[str, str], RunView] = field(default_factory=dict)
    run_cursors: dict[str, RunCursor] = field(default_factory=dict)
    events: dict[int, AuditEvent] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    attempts: dict[int, SignInAttempt] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    last_deployment: int = 0
    last_traffic: int = 0
    last_attempt: int = 0
    last_alert_change: int = 0

    def branch(self) -> "Tables":
        """Return tables that can be changed without changing these; the records are shared, being frozen."""
        values: dict[str, Any] = {item.name: copy(getattr(self, item.name)) for item in fields(self)}
        return Tables(**values)


class View:
    """What one transaction sees; ``change`` is the same state, for writers only."""

    def __init__(self, tables: Tables, *, writes: bool) -> None:
        self._tables = tables
        self._writes = writes
        self._over = False
        self.changed = False
        self.noted = False

    @property
    def see(self) -> Tables:
        """The state, to look at.

        Raises:
            RuntimeError: the transaction is over.
        """
        if self._over:
            raise RuntimeError("the unit of work is over")
        return self._tables

    @property
    def change(self) -> Tables:
        """The state, to change.

        Raises:
            RuntimeError: the transaction is over, or one that only reads.
        """
        self._need_writer()
        self.changed = True
        return self.see

    @property
    def note(self) -> Tables:
        """The state, to change in figures that nobody waits for: the revision stays.

        Raises:
            RuntimeError: the transaction is over, or one that only reads.
        """
        self._need_writer()
        self.noted = True
        return self.see

    def _need_writer(self) -> None:
        if not self._writes:
            raise RuntimeError("a unit of work that only reads cannot write")

    def end(self) -> None:
        """Refuse everything from now on."""
        self._over = True

    def need_project(self, name: str | None) -> None:
        """Make sure that the project a row belongs to is there.

        Raises:
            ProjectNotFound: it is not.
        """
        if name is not None and name not in self.see.projects:
            raise ProjectNotFound(name=name)


def loose(record: AnyRecord) -> AnyRecord:
    """Return a copy that shares nothing mutable with the stored record."""
    return record.model_copy(deep=True)
