"""The one place that knows which implementation stands behind each port."""

from datetime import timedelta
from pathlib import Path

from core.access.service import AccessService
from core.audit import AuditService
from core.clock import Clock, SystemClock
from core.datasets.contracts.service import ContractService
from core.datasets.diff.service import DifferenceService
from core.datasets.dvc import DvcService
from core.datasets.limits import Limits
from core.datasets.origins.fetching import Fetcher
from core.datasets.origins.reach import Reach
from core.datasets.origins.service import OriginService
from core.datasets.service import DatasetService
from core.datasets.uploads import UploadService
from core.errors import InvalidInput
from core.history.service import HistoryService
from core.jobs.queue import JobQueue
from core.maintenance.backup import BackupService
from core.maintenance.backup import restore as unpack
from core.maintenance.collection import CollectionService
from core.maintenance.impact import Inspector
from core.maintenance.integrity import IntegrityService
from core.maintenance.removal import RemovalService
from core.maintenance.watch import MetadataWatch
from core.models.approvals import ApprovalService
from core.models.cards import CardService
from core.models.gates.service import GateService
from core.models.reach import ReachService
from core.models.replaying.service import ReplayService
from core.models.service import ModelService
from core.monitoring.alerts.channels import ChannelService
from core.monitoring.alerts.senders import Senders
from core.monitoring.alerts.service import AlertService
from core.monitoring.production.service import PerformanceService
from core.monitoring.rules import DriftRules
from core.monitoring.service import MonitorService
from core.pipelines.demo import DemoService
from core.platform import Platform
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.remotes import DataRemotes
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.projects import ProjectService
from core.records.integrity import BackupReport
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
from core.serving.elsewhere.asking import Remote
from core.serving.elsewhere.exporting import ExportService
from core.serving.elsewhere.pushing import PushService
from core.serving.labels import LabelService
from core.serving.privacy import Privacy
from core.serving.searching import SearchService
from core.serving.service import ServingService
from core.serving.standing import StandingService
from core.serving.throughput import ThroughputService
from core.serving.traffic import TrafficService
from core.settings import Auth, Settings, silence_telemetry
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
from storage import mlflow_gateway
from storage.database import migrate, open_store
from storage.dvc_remotes import DvcRemotes
from storage.mlflow_gateway import MlflowGateway
from storage.outside import SqlOutside
from storage.remote_blobs import open_blobs
from storage.segments import SegmentLog
from storage.snapshots import HomeSnapshots


def prepare(settings: Settings) -> None:
    """Create or upgrade both databases, once, before any process of the installation starts."""
    silence_telemetry()
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.logs.mkdir(exist_ok=True)
    migrate(settings.database_url, settings.home)
    mlflow_gateway.prepare(settings.mlflow_tracking_uri, settings.home)


def restore(settings: Settings, file: Path) -> BackupReport:
    """Make the installation that ``settings`` name of a backup, in an empty home.

    Raises:
        HomeNotEmpty, NotABackup: nothing was restored.
        InvalidInput: the settings keep a store outside of the home.
    """
    plain = type(settings)(home=settings.home, database_url="", mlflow_tracking_uri="", blob_url="")
    for name in ("database_url", "mlflow_tracking_uri", "blob_url"):
        if getattr(settings, name) != getattr(plain, name):
            variable = f"PILOTHOUSE_{name.upper()}"
            raise InvalidInput(problem=f"A backup is restored into a home alone: unset {variable} first.")
    return unpack(file, settings.home, HomeSnapshots(settings))


def build(settings: Settings, clock: Clock | None = None) -> Platform:
    """Tie the services to the stores the settings name; nothing heavy is imported or opened before its first use."""
    silence_telemetry()
    clock, store = clock or SystemClock(), open_store(settings.database_url)
    return assemble(
        settings,
        store=store,
        blobs=open_blobs(settings.blob_url, watch=MetadataWatch(store, clock)),
        log=SegmentLog(settings.predictions),
        shadows=SegmentLog(settings.shadows),
        tracking=MlflowGateway(settings.mlflow_tracking_uri, settings.home / "mlflow"),
        clock=clock,
        remotes=DvcRemotes(),
    )


def assemble(
    settings: Settings,
    *,
    store: Store,
    blobs: BlobStore,
    log: PredictionLog,
    shadows: PredictionLog,
    tracking: Tracking,
    clock: Clock,
    remotes: DataRemotes,
) -> Platform:
    """Make the services over the given ports, upstream to downstream."""
    queue = JobQueue(store, clock, settings)
    projects = ProjectService(store, tracking, (log, shadows), clock)
    limits = Limits(decoded=settings.unpacked_mb * 1_000_000)
    datasets = DatasetService(store, blobs, clock, limits)
    uploads = UploadService(store, clock, settings.uploads, settings.upload_mb * 1_000_000, limits)
    reach = Reach(is_open=settings.auth is Auth.OFF, allowed=settings.near_sources)
    fetcher = Fetcher(SqlOutside(), reach, settings.known_secrets, limits)
    differences = DifferenceService(store, blobs, datasets, clock)
    training = TrainingService(store, blobs, tracking, datasets, queue, clock)
    tuning = TuningService(store, blobs, tracking, datasets, training, queue, clock)
    runs = RunIndexService(store, tracking, clock)
    replays = ReplayService(store, blobs, tracking, log, queue, clock)
    gates = GateService(store, blobs, tracking, datasets, queue, replays, clock)
    models = ModelService(store, blobs, tracking, clock)
    traffic = TrafficService(store, blobs, tracking, clock)
    privacy = Privacy(settings.log_drop, settings.log_mask)
    serving = ServingService(store, blobs, log, clock, tracking, shadows, privacy, settings.api_timeout)
    monitoring = MonitorService(store, blobs, datasets, log, queue, tracking, clock)
    labels = LabelService(store, blobs, log, clock)
    exports = ExportService(store, blobs, tracking, clock)
    retraining = RetrainingService(store, queue, clock)
    plans, rules = PlanService(store, clock), RuleService(store, blobs, queue, clock)
    retrainer = RetrainingExecution(store, datasets, training, tuning, models, labels, clock)
    preparations = PreparationService(store, datasets, clock)
    inspector = Inspector(store, blobs, tracking, log, clock, timedelta(days=settings.retention_days))
    dvc = DvcService(datasets, blobs, remotes, settings.home / "dvc", settings.dvc_remote)
    return Platform(
        settings=settings,
        clock=clock,
        store=store,
        blobs=blobs,
        log=log,
        shadows=shadows,
        tracking=tracking,
        access=AccessService(store, clock),
        audit=AuditService(store),
        projects=projects,
        datasets=datasets,
        uploads=uploads,
        origins=OriginService(store, datasets, uploads, fetcher, settings.uploads),
        contracts=ContractService(store, blobs, clock),
        differences=differences,
        dvc=dvc,
        queue=queue,
        training=training,
        runs=runs,
        comparison=ComparisonService(store, blobs, datasets),
        history=HistoryService(store, blobs, log),
        run_notes=RunNoteService(store, tracking, runs.reading, clock),
        adoption=AdoptionService(store, blobs, tracking, datasets, queue, clock),
        recipes=RecipeService(store, blobs, clock, settings.home / "recipes"),
        tuning=tuning,
        preparations=preparations,
        presets=PresetService(store, clock),
        models=models,
        gates=gates,
        approvals=ApprovalService(store, clock),
        replays=replays,
        cards=CardService(store, blobs, tracking, models, clock),
        reach=ReachService(store, tracking, datasets, differences),
        serving=serving,
        traffic=traffic,
        standing=StandingService(store, log, shadows, traffic),
        labels=labels,
        throughput=ThroughputService(store, clock),
        search=SearchService(store, log, shadows),
        batch=BatchService(store, blobs, tracking, datasets, queue, settings.home / "batches"),
        materializing=MaterializeService(store, datasets, preparations, queue),
        exports=exports,
        pushes=PushService(store, blobs, tracking, exports, queue, Remote(reach, settings.known_secrets), clock),
        arrivals=ArrivalService(store, blobs, tracking, queue, clock),
        monitoring=monitoring,
        performance=PerformanceService(store, blobs, log, queue, clock),
        drift_rules=DriftRules(store, clock),
        alerts=AlertService(store, clock, settings.screens),
        channels=ChannelService(store, clock, Senders(reach, settings.known_secrets), settings.screens),
        retraining=retraining,
        retrainer=retrainer,
        plans=plans,
        follower=Follower(store, models, traffic, queue, clock),
        rules=rules,
        letters=ReportService(store, clock, settings.screens),
        effect=EffectService(store, log, serving),
        simulations=SimulationService(store, datasets, training, retraining, rules, plans, queue, clock),
        backups=BackupService(store, blobs, HomeSnapshots(settings), clock, settings.home),
        collection=CollectionService(store, blobs, tracking, clock, timedelta(seconds=settings.job_timeout)),
        removal=RemovalService(store, tracking, inspector, clock),
        integrity=IntegrityService(store, blobs, tracking, limits, clock),
        demo=DemoService(
            projects, datasets, training, models, serving, monitoring, retraining, retrainer, queue, gates
        ),
    )
