"""Transactions over the metadata store."""

from types import TracebackType
from typing import Protocol, Self

from core.ports.accounts import AccountRepository
from core.ports.alerts import AlertRepository
from core.ports.approvals import ApprovalRepository
from core.ports.blob_ledger import BlobLedger
from core.ports.cards import CardRepository
from core.ports.channels import ChannelRepository
from core.ports.contracts import ContractRepository
from core.ports.datasets import DatasetRepository
from core.ports.deployments import DeploymentRepository
from core.ports.differences import DifferenceRepository
from core.ports.events import EventRepository
from core.ports.jobs import JobRepository, WorkerRepository
from core.ports.labels import LabelRepository
from core.ports.plans import PlanRepository
from core.ports.preparations import PreparationRepository
from core.ports.presets import PresetRepository
from core.ports.projects import ProjectRepository
from core.ports.recipes import RecipeRepository
from core.ports.replays import ReplayRepository
from core.ports.reports import ReportRepository, ReviewRepository, RuleRepository
from core.ports.reproductions import ReproductionRepository
from core.ports.rules import RetrainingRuleRepository
from core.ports.run_index import RunIndex
from core.ports.run_notes import RunNotes
from core.ports.schedules import ScheduleRepository
from core.ports.studies import StudyRepository
from core.ports.traffic import TallyRepository, TrafficRepository
from core.ports.uploads import UploadRepository
from core.ports.verdicts import GatePolicyRepository, VerdictRepository


class UnitOfWork(Protocol):
    """One transaction. ``with store.write() as work:`` opens it; ``work.commit()`` keeps it; leaving without it, or
    by an exception, undoes everything."""

    @property
    def projects(self) -> ProjectRepository: ...
    @property
    def datasets(self) -> DatasetRepository: ...
    @property
    def uploads(self) -> UploadRepository: ...
    @property
    def contracts(self) -> ContractRepository: ...
    @property
    def blobs(self) -> BlobLedger: ...
    @property
    def jobs(self) -> JobRepository: ...
    @property
    def workers(self) -> WorkerRepository: ...
    @property
    def deployments(self) -> DeploymentRepository: ...
    @property
    def labels(self) -> LabelRepository: ...
    @property
    def traffic(self) -> TrafficRepository: ...
    @property
    def tallies(self) -> TallyRepository: ...
    @property
    def preparations(self) -> PreparationRepository: ...
    @property
    def differences(self) -> DifferenceRepository: ...
    @property
    def reports(self) -> ReportRepository: ...
    @property
    def drift_rules(self) -> RuleRepository: ...
    @property
    def drift_reviews(self) -> ReviewRepository: ...
    @property
    def alerts(self) -> AlertRepository: ...
    @property
    def channels(self) -> ChannelRepository: ...
    @property
    def reproductions(self) -> ReproductionRepository: ...
    @property
    def gate_policies(self) -> GatePolicyRepository: ...
    @property
    def replays(self) -> ReplayRepository: ...
    @property
    def approvals(self) -> ApprovalRepository: ...
    @property
    def verdicts(self) -> VerdictRepository: ...
    @property
    def cards(self) -> CardRepository: ...
    @property
    def recipes(self) -> RecipeRepository: ...
    @property
    def plans(self) -> PlanRepository: ...
    @property
    def rules(self) -> RetrainingRuleRepository: ...
    @property
    def schedules(self) -> ScheduleRepository: ...
    @property
    def studies(self) -> StudyRepository: ...
    @property
    def run_index(self) -> RunIndex: ...
    @property
    def run_notes(self) -> RunNotes: ...
    @property
    def events(self) -> EventRepository: ...
    @property
    def presets(self) -> PresetRepository: ...
    @property
    def accounts(self) -> AccountRepository: ...

    def commit(self) -> None:
        """Keep what was written; the unit of work is over then."""
        ...

    def __enter__(self) -> Self:
        """Open the transaction."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Undo what was not committed, and close."""
        ...


class Store(Protocol):
    """The metadata store; safe to share between threads.

    ``write`` transactions are serialised where the database needs it and see all earlier commits. ``read``
    transactions never block a writer and refuse to write (``RuntimeError``). Errors of the driver arrive as
    ``StoreBusy`` or ``StoreUnavailable``.
    """

    def write(self) -> UnitOfWork:
        """Return a unit of work that may write."""
        ...

    def read(self) -> UnitOfWork:
        """Return a unit of work that only reads."""
        ...

    def revision(self) -> int:
        """Return a number that grows with every commit of any process; cheap enough to ask on each screen run."""
        ...

    def check(self) -> list[str]:
        """Return what the database finds wrong with itself, in sentences; none when it is sound or cannot tell."""
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...
