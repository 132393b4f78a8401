"""Runs as the index keeps them, and what people add to them."""

from enum import StrEnum

from core.records.base import Moment, Record
from core.records.project import Task
from core.records.training import RunStatus


class RunKind(StrEnum):
    """What a run is."""

    TRAINING = "training"
    STUDY = "study"
    TRIAL = "trial"
    OUTSIDE = "outside"


class RunEntry(Record):
    """What is known of a run without asking MLflow.

    ``took`` is in seconds. ``tags`` are those of people, ``note`` is MLflow's description of the run. ``task`` and
    ``target`` are None for runs from outside. ``split_sha256`` and ``holdout_sha256`` address its held-out rows and
    the answers to them. ``gone_at`` is when the run was found deleted.
    """

    project: str
    run_id: str
    name: str
    status: RunStatus
    kind: RunKind
    estimator: str | None
    dataset: str | None
    task: Task | None
    target: str | None
    version: int | None
    parent_id: str | None
    job_id: str | None
    author: str
    note: str
    started_at: Moment
    finished_at: Moment | None
    took: float | None
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    split_sha256: str | None = None
    holdout_sha256: str | None = None
    gone_at: Moment | None = None


class RunMark(Record):
    """What people set apart in lists: the best ones with a star, the old ones in the archive."""

    project: str
    run_id: str
    starred: bool = False
    archived: bool = False


class RunRow(Record):
    """A run in a list, with what people added to it."""

    entry: RunEntry
    starred: bool = False
    archived: bool = False
    comments: int = 0


class RunPage(Record):
    """Part of the answer to a question: ``total`` runs answer it."""

    rows: tuple[RunRow, ...]
    total: int


class RunComment(Record):
    """What somebody said about a run."""

    id: str
    project: str
    run_id: str
    author: str
    at: Moment
    text: str


class RunView(Record):
    """A way of looking at a project's runs, kept under a name: the parameters of its address."""

    project: str
    name: str
    address: str
    author: str
    created_at: Moment


class RunCursor(Record):
    """How far the index has read MLflow.

    ``newest`` is the latest start and ``ended`` the latest end it knows, ``oldest`` the earliest start read so far;
    ``whole`` once there is nothing older. ``metrics``, ``params`` and ``tags`` are the names met. ``swept_at``
    is when every run was last compared, ``swept_mark`` what MLflow's mark was then.
    """

    project: str
    newest: Moment | None = None
    ended: Moment | None = None
    oldest: Moment | None = None
    whole: bool = False
    metrics: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    swept_at: Moment | None = None
    swept_mark: str | None = None


class RunGroup(Record):
    """Runs that share a value, with the mean of each figure and the band around it.

    ``figures`` holds (mean, standard deviation, runs that have the figure) by name; the deviation is that of the
    sample, 0 for one run.
    """

    value: str
    runs: int
    figures: dict[str, tuple[float, float, int]]
