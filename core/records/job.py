"""A job: one unit of durable background work."""

from enum import StrEnum

from core.records.base import JsonObject, Moment, Record


class JobKind(StrEnum):
    """What a job does; one handler each."""

    INGEST = "ingest"
    DIFF = "diff"
    PROFILE = "profile"
    TRAIN = "train"
    REPRODUCE = "reproduce"
    ADOPT = "adopt"
    TUNE = "tune"
    JUDGE = "judge"
    REPLAY = "replay"
    MONITOR = "monitor"
    RETRAIN = "retrain"
    SIMULATE = "simulate"
    BATCH_PREDICT = "batch_predict"
    MATERIALIZE = "materialize"
    REPORT = "report"
    MAINTENANCE = "maintenance"
    PUSH = "push"
    RECEIVE = "receive"
    PIPELINE = "pipeline"


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_finished(self) -> bool:
        """Whether the job will not change any more."""
        return self not in (JobState.QUEUED, JobState.RUNNING)

    def may_become(self, target: "JobState") -> bool:
        """Whether the step from this state to ``target`` is legal."""
        return target in TRANSITIONS[self]


TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset(
        {JobState.QUEUED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED},
    ),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}
"""Legal steps; RUNNING to QUEUED is a job whose worker was lost."""


class Cause(Record):
    """What made a job: a person, a schedule's slot, an alert, another job."""

    kind: str
    id: str
    note: str = ""


class JobRequest(Record):
    """What a caller asks for; the same ``key`` never makes a second job."""

    kind: JobKind
    project: str | None
    title: str
    payload: JsonObject
    priority: int = 0
    key: str | None = None
    max_attempts: int = 3
    timeout_s: int
    memory_mb: int
    cause: Cause | None = None
    created_by: str


class Process(Record):
    """The operating-system process of a running job; the start time guards against a reused number."""

    host: str
    pgid: int
    started: float


class UsageSample(Record):
    """What a job's processes used: ``cpu`` in cores on average since the sample before, ``memory_mb`` at that moment,
    ``at_s`` seconds after the attempt began."""

    at_s: float
    cpu: float
    memory_mb: float


class JobUsage(Record):
    """What the last attempt of a job used: a curve of at most some hundred samples, CPU seconds in all, most memory."""

    samples: tuple[UsageSample, ...]
    cpu_s: float
    peak_mb: float


class Job(Record):
    """A job as it stands now.

    ``token`` is the fencing token: it grows with each claim, and a write that carries an older one is refused.
    ``fraction`` is in 0..1, ``figures`` are the newest measurements it told. ``error_code`` and ``error`` are set when
    the job failed.
    """

    id: str
    kind: JobKind
    project: str | None
    title: str
    payload: JsonObject
    state: JobState
    priority: int
    key: str | None
    engine: str
    attempt: int
    max_attempts: int
    token: int
    worker: str | None
    lease_until: Moment | None
    cancel_requested: bool
    timeout_s: int
    memory_mb: int
    stage: str
    fraction: float
    message: str
    figures: dict[str, float] = {}
    result: JsonObject | None
    error_code: str | None
    error: str | None
    cause: Cause | None
    process: Process | None
    created_at: Moment
    created_by: str
    started_at: Moment | None
    finished_at: Moment | None

    @property
    def is_repeated(self) -> bool:
        """Whether an earlier attempt began; one that a planned stop ended is not counted as an attempt."""
        return self.token > 1


class WorkerBeat(Record):
    """The last sign of life of a worker."""

    worker: str
    host: str
    pid: int
    slots: int
    leader: bool
    started_at: Moment
    seen_at: Moment
