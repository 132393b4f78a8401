"""Tuning studies: a search over hyperparameters, and the trials it is made of."""

import math
from enum import StrEnum

from pydantic import Field

from core.records.base import Moment, Record
from core.records.job import JobState
from core.records.training import ParameterValue, TrainingSpec

MAX_TRIALS = 10_000
"""The largest budget of a study, and the largest grid."""


class DimensionKind(StrEnum):
    """What a dimension of the search space holds."""

    INT = "int"
    FLOAT = "float"
    CHOICE = "choice"
    FIXED = "fixed"


class Dimension(Record):
    """The values one hyperparameter may take.

    INT and FLOAT: from ``low`` to ``high``, both included, on a log scale when ``log`` says so, in steps of ``step``
    when given. CHOICE: one of ``choices``. FIXED: ``choices`` holds the one value.
    """

    name: str
    kind: DimensionKind
    low: float | None = None
    high: float | None = None
    step: float | None = None
    log: bool = False
    choices: tuple[ParameterValue, ...] = ()


class SpaceOutline(Record):
    """How large a search space is: ``combinations`` of it that can be trained and ``grid`` those a grid would try, None
    when there are too many to count; ``problem`` says in words why it cannot be searched."""

    combinations: int | None = None
    grid: int | None = None
    problem: str = ""


class SamplerKind(StrEnum):
    """How the next trial is chosen."""

    TPE = "tpe"
    RANDOM = "random"
    GRID = "grid"


class PruningKind(StrEnum):
    """When a trial is given up before its last fold."""

    NONE = "none"
    MEDIAN = "median"
    HALVING = "halving"


class StudySpec(Record):
    """Everything that determines a study.

    ``base`` is the training whose hyperparameters are searched; its hold-out rows are never touched. The budget is
    ``trials``, ``seconds`` of running, or both; whichever is used up first ends the study. With ``outer`` the search is
    then made anew within so many outer folds of the training rows, with as many trials each (nested cross-validation).
    """

    base: TrainingSpec
    space: tuple[Dimension, ...]
    sampler: SamplerKind = SamplerKind.TPE
    pruning: PruningKind = PruningKind.MEDIAN
    trials: int | None = None
    seconds: int | None = None
    folds: int = 5
    outer: int = 0
    parallel: int = 1
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    register_best: bool = False


class StudyState(StrEnum):
    """Where a study is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether a job works on it or is about to."""
        return self in (StudyState.QUEUED, StudyState.RUNNING)

    @property
    def may_resume(self) -> bool:
        """Whether it can be taken up where it was left."""
        return self in (StudyState.PAUSED, StudyState.FAILED, StudyState.CANCELLED)


class StudyRequest(StrEnum):
    """What someone asked a running study to do; its job looks between folds."""

    PAUSE = "pause"
    STOP = "stop"


class OuterFold(Record):
    """A search made anew within one outer fold: what it chose, and how that did on rows the search never met.

    ``inner`` is the mean over the inner folds of the trial it chose, by which it chose it; ``score`` the same metric on
    the fold's other rows, None with the reason in ``problem``. ``seconds`` is the computing time of its trials.
    """

    params: dict[str, ParameterValue]
    trials: int
    inner: float | None
    score: float | None
    seconds: float
    problem: str = ""


class Study(Record):
    """A study as it stands now.

    ``metric`` is what trials are judged by: the mean over the folds. ``best`` is the number of the best finished
    trial, ``value`` its score, ``done`` how many trials are over. ``seconds`` is how long jobs have worked on it.
    ``run_id`` is the MLflow run its trials' runs are nested in. ``importances`` are (hyperparameter, share of the
    score's variation), largest first. ``note`` says in words why it ended or what it met. ``refit_job_id`` is the
    train job that made a model of the trial ``refit_trial``. ``nested`` are the outer folds searched so far.
    """

    id: str
    project: str
    spec: StudySpec
    state: StudyState
    request: StudyRequest | None = None
    job_id: str | None = None
    run_id: str | None = None
    best: int | None = None
    value: float | None = None
    done: int = 0
    seconds: float = 0.0
    importances: tuple[tuple[str, float], ...] = ()
    note: str = ""
    refit_trial: int | None = None
    refit_job_id: str | None = None
    nested: tuple[OuterFold, ...] = ()
    created_at: Moment
    created_by: str
    started_at: Moment | None = None
    finished_at: Moment | None = None

    @property
    def metric(self) -> str:
        """The name of the metric trials are judged by."""
        return self.spec.base.metric

    @property
    def nested_value(self) -> float | None:
        """The mean over the outer folds: what a search such as this one promises; None before all of them are done."""
        scores = [one.score for one in self.nested if one.score is not None]
        is_whole = bool(scores) and len(scores) == self.spec.outer
        return math.fsum(scores) / len(scores) if is_whole else None


class TrialState(StrEnum):
    """How far a trial came."""

    RUNNING = "running"
    FINISHED = "finished"
    PRUNED = "pruned"
    FAILED = "failed"
    STOPPED = "stopped"


class Trial(Record):
    """One choice of hyperparameters and how it did.

    ``params`` are the searched hyperparameters only; ``scores`` the metric on each fold done so far. ``value`` is
    their mean once the trial is over and did not fail. ``seconds`` is its own computing time. ``same_as`` names an
    earlier trial with the same hyperparameters, whose scores were taken over. ``attempts`` counts the processes that
    died on its next fold.
    """

    study: str
    number: int
    params: dict[str, ParameterValue]
    state: TrialState = TrialState.RUNNING
    scores: tuple[float, ...] = ()
    value: float | None = None
    seconds: float = 0.0
    reason: str = ""
    same_as: int | None = None
    attempts: int = 0
    run_id: str | None = None
    started_at: Moment
    finished_at: Moment | None = None


OVERTAKEN = {JobState.FAILED: StudyState.FAILED, JobState.CANCELLED: StudyState.CANCELLED}
"""What becomes of an open study whose job ended without settling it."""
