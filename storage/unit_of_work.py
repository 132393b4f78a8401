"""One SQL transaction with its repositories."""

from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import SQLAlchemyError

from storage.driver_errors import border
from storage.repositories.accounts import SqlAccounts
from storage.repositories.alerts import SqlAlerts
from storage.repositories.approvals import SqlApprovals
from storage.repositories.blob_ledger import SqlBlobLedger
from storage.repositories.cards import SqlCards
from storage.repositories.channels import SqlChannels
from storage.repositories.contracts import SqlContracts
from storage.repositories.datasets import SqlDatasets
from storage.repositories.deployments import SqlDeployments
from storage.repositories.differences import SqlDifferences
from storage.repositories.events import SqlEvents
from storage.repositories.jobs import SqlJobs
from storage.repositories.labels import SqlLabels
from storage.repositories.plans import SqlPlans
from storage.repositories.preparations import SqlPreparations
from storage.repositories.presets import SqlPresets
from storage.repositories.projects import SqlProjects
from storage.repositories.recipes import SqlRecipes
from storage.repositories.replays import SqlReplays
from storage.repositories.reports import SqlReports, SqlReviews, SqlRules
from storage.repositories.reproductions import SqlReproductions
from storage.repositories.rules import SqlRetrainingRules
from storage.repositories.run_index import SqlRunIndex
from storage.repositories.run_notes import SqlRunNotes
from storage.repositories.schedules import SqlSchedules
from storage.repositories.studies import SqlStudies
from storage.repositories.traffic import SqlTallies, SqlTraffic
from storage.repositories.uploads import SqlUploads
from storage.repositories.verdicts import SqlGatePolicies, SqlVerdicts
from storage.repositories.workers import SqlWorkers
from storage.statements import Statements
from storage.tables import revision

NEXT_REVISION = update(revision).values(number=revision.c.number + 1)


class SqlUnitOfWork:
    """A :class:`core.ports.unit_of_work.UnitOfWork`.

    The revision moves as the last statement before the commit, and only when rows changed: on PostgreSQL its row is
    a lock that writers then hold for no longer than their commit takes.
    """

    def __init__(self, engine: Engine, check: Callable[[], None], *, writes: bool) -> None:
        self._engine = engine
        self._check = check
        self._writes = writes
        self._connection: Connection | None = None
        self._statements: Statements | None = None

    def __enter__(self) -> Self:
        """Open the transaction."""
        if self._statements is not None:
            raise RuntimeError("a unit of work is opened once")
        self._check()
        with border():
            self._connection = connection = self._engine.connect()
            try:
                connection.begin()
            except SQLAlchemyError:
                self._close()
                raise
        self._statements = Statements(connection, writes=self._writes)
        return self

    def commit(self) -> None:
        """Keep what was written; the unit of work is over then."""
        if self._connection is None or not self._writes:
            raise RuntimeError("only an open unit of work that writes can be committed")
        with border():
            if self._open.changed:
                self._connection.execute(NEXT_REVISION)
            self._connection.commit()
        self._close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Undo what was not committed, and close."""
        self._close()

    @cached_property
    def projects(self) -> SqlProjects:
        """Projects."""
        return SqlProjects(self._open)

    @cached_property
    def datasets(self) -> SqlDatasets:
        """Dataset versions."""
        return SqlDatasets(self._open)

    @cached_property
    def uploads(self) -> SqlUploads:
        """Files on their way in."""
        return SqlUploads(self._open)

    @cached_property
    def contracts(self) -> SqlContracts:
        """Data contracts."""
        return SqlContracts(self._open)

    @cached_property
    def blobs(self) -> SqlBlobLedger:
        """What is known of blobs."""
        return SqlBlobLedger(self._open)

    @cached_property
    def jobs(self) -> SqlJobs:
        """The job queue."""
        return SqlJobs(self._open)

    @cached_property
    def workers(self) -> SqlWorkers:
        """Signs of life."""
        return SqlWorkers(self._open)

    @cached_property
    def deployments(self) -> SqlDeployments:
        """Deployment intervals."""
        return SqlDeployments(self._open)

    @cached_property
    def preparations(self) -> SqlPreparations:
        """Preparation recipes."""
        return SqlPreparations(self._open)

    @cached_property
    def differences(self) -> SqlDifferences:
        """Differences of dataset versions."""
        return SqlDifferences(self._open)

    @cached_property
    def labels(self) -> SqlLabels:
        """Labels of served answers."""
        return SqlLabels(self._open)

    @cached_property
    def traffic(self) -> SqlTraffic:
        """Candidates that take part in the traffic."""
        return SqlTraffic(self._open)

    @cached_property
    def tallies(self) -> SqlTallies:
        """What the scoring API answered."""
        return SqlTallies(self._open)

    @cached_property
    def reports(self) -> SqlReports:
        """Monitor reports."""
        return SqlReports(self._open)

    @cached_property
    def drift_rules(self) -> SqlRules:
        """Rules of drift."""
        return SqlRules(self._open)

    @cached_property
    def drift_reviews(self) -> SqlReviews:
        """What people said of reports."""
        return SqlReviews(self._open)

    @cached_property
    def alerts(self) -> SqlAlerts:
        """Alert rules and alerts."""
        return SqlAlerts(self._open)

    @cached_property
    def channels(self) -> SqlChannels:
        """Channels and the outbox."""
        return SqlChannels(self._open)

    @cached_property
    def reproductions(self) -> SqlReproductions:
        """Answers of reruns."""
        return SqlReproductions(self._open)

    @cached_property
    def gate_policies(self) -> SqlGatePolicies:
        """Gates of projects."""
        return SqlGatePolicies(self._open)

    @cached_property
    def replays(self) -> SqlReplays:
        """Results of replays."""
        return SqlReplays(self._open)

    @cached_property
    def approvals(self) -> SqlApprovals:
        """Requests for approval and their answers."""
        return SqlApprovals(self._open)

    @cached_property
    def verdicts(self) -> SqlVerdicts:
        """The ledger of verdicts."""
        return SqlVerdicts(self._open)

    @cached_property
    def cards(self) -> SqlCards:
        """Texts of model cards."""
        return SqlCards(self._open)

    @cached_property
    def recipes(self) -> SqlRecipes:
        """Own recipes."""
        return SqlRecipes(self._open)

    @cached_property
    def plans(self) -> SqlPlans:
        """Retraining plans."""
        return SqlPlans(self._open)

    @cached_property
    def rules(self) -> SqlRetrainingRules:
        """Retraining rules."""
        return SqlRetrainingRules(self._open)

    @cached_property
    def schedules(self) -> SqlSchedules:
        """Schedules and firings."""
        return SqlSchedules(self._open)

    @cached_property
    def studies(self) -> SqlStudies:
        """Tuning studies."""
        return SqlStudies(self._open)

    @cached_property
    def run_index(self) -> SqlRunIndex:
        """The index of runs."""
        return SqlRunIndex(self._open)

    @cached_property
    def run_notes(self) -> SqlRunNotes:
        """What people add to runs."""
        return SqlRunNotes(self._open)

    @cached_property
    def events(self) -> SqlEvents:
        """The audit trail."""
        return SqlEvents(self._open)

    @cached_property
    def presets(self) -> SqlPresets:
        """Presets."""
        return SqlPresets(self._open)

    @cached_property
    def accounts(self) -> SqlAccounts:
        """Users, sessions and keys."""
        return SqlAccounts(self._open)

    @property
    def _open(self) -> Statements:
        if self._statements is None:
            raise RuntimeError("the unit of work is not open")
        return self._statements

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if self._statements is not None:
            self._statements.end()
        if connection is not None:
            with border():
                connection.close()
