"""The platform: every service of an installation, tied together once and handed to screens, commands and jobs."""

from dataclasses import dataclass

from core.access.service import AccessService
from core.audit import AuditService
from core.clock import Clock
from core.datasets.contracts.service import ContractService
from core.datasets.diff.service import DifferenceService
from core.datasets.dvc import DvcService
from core.datasets.origins.service import OriginService
from core.datasets.service import DatasetService
from core.datasets.uploads import UploadService
from core.history.service import HistoryService
from core.jobs.queue import JobQueue
from core.maintenance.backup import BackupService
from core.maintenance.collection import CollectionService
from core.maintenance.integrity import IntegrityService
from core.maintenance.removal import RemovalService
from core.models.approvals import ApprovalService
from core.models.cards import CardService
from core.models.gates.service import GateService
from core.models.reach import ReachService
from core.models.replaying.service import ReplayService
from core.models.service import ModelService
from core.monitoring.alerts.channels import ChannelService
from core.monitoring.alerts.service import AlertService
from core.monitoring.production.service import PerformanceService
from core.monitoring.rules import DriftRules
from core.monitoring.service import MonitorService
from core.pipelines.demo import DemoService
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.projects import ProjectService
from core.retraining.effect import EffectService
from core.retraining.execution import RetrainingExecution
from core.retraining.following import Follower
from core.retraining.plans import PlanService
from core.retraining.reporting import ReportService
from core.retraining.rules import RuleService
from core.retraining.service import RetrainingService
from core.retraining.simulator import SimulationService
from core.serving.batch import BatchService
from core.serving.elsewhere.arrivals import ArrivalService
from core.serving.elsewhere.exporting import ExportService
from core.serving.elsewhere.pushing import PushService
from core.serving.labels import LabelService
from core.serving.searching import SearchService
from core.serving.service import ServingService
from core.serving.standing import StandingService
from core.serving.throughput import ThroughputService
from core.serving.traffic import TrafficService
from core.settings import Settings
from core.training.adoption.service import AdoptionService
from core.training.comparing.service import ComparisonService
from core.training.materializing import MaterializeService
from core.training.own_recipes.service import RecipeService
from core.training.preparations import PreparationService
from core.training.presets import PresetService
from core.training.run_index.notes import RunNoteService
from core.training.run_index.service import RunIndexService
from core.training.service import TrainingService
from core.training.tuning.service import TuningService


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The services and the ports they share."""

    settings: Settings
    clock: Clock
    store: Store
    blobs: BlobStore
    log: PredictionLog
    shadows: PredictionLog
    tracking: Tracking
    access: AccessService
    audit: AuditService
    projects: ProjectService
    datasets: DatasetService
    uploads: UploadService
    origins: OriginService
    contracts: ContractService
    differences: DifferenceService
    dvc: DvcService
    queue: JobQueue
    training: TrainingService
    runs: RunIndexService
    run_notes: RunNoteService
    comparison: ComparisonService
    history: HistoryService
    adoption: AdoptionService
    recipes: RecipeService
    tuning: TuningService
    preparations: PreparationService
    presets: PresetService
    models: ModelService
    gates: GateService
    approvals: ApprovalService
    replays: ReplayService
    cards: CardService
    reach: ReachService
    serving: ServingService
    traffic: TrafficService
    standing: StandingService
    throughput: ThroughputService
    search: SearchService
    batch: BatchService
    materializing: MaterializeService
    exports: ExportService
    pushes: PushService
    arrivals: ArrivalService
    labels: LabelService
    monitoring: MonitorService
    performance: PerformanceService
    drift_rules: DriftRules
    alerts: AlertService
    channels: ChannelService
    retraining: RetrainingService
    retrainer: RetrainingExecution
    plans: PlanService
    follower: Follower
    simulations: SimulationService
    letters: ReportService
    effect: EffectService
    rules: RuleService
    backups: BackupService
    collection: CollectionService
    removal: RemovalService
    integrity: IntegrityService
    demo: DemoService

    def close(self) -> None:
        """Let go of the database connections."""
        self.store.close()
