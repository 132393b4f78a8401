"""What MLflow gets to know of a study, written beside the trials so that they do not wait for it."""

import logging
import math
import statistics
import threading
from collections import deque
from collections.abc import Mapping, Sequence

from core.errors import TrackingUnavailable
from core.ports.tracking import Tracking
from core.records.base import JsonObject
from core.records.job import Job
from core.records.study import Study, Trial, TrialState
from core.records.training import Run, RunStatus, TrainingSpec

logger = logging.getLogger(__name__)

RETRY_S = 5.0
LAST_WAIT_S = 60.0
STUDY_FILE = "study.json"
KIND = "study"
"""What the tag ``pilothouse.kind`` says of the run that trials are nested in."""

ENDS = {
    TrialState.FINISHED: RunStatus.FINISHED,
    TrialState.PRUNED: RunStatus.FINISHED,
    TrialState.FAILED: RunStatus.FAILED,
    TrialState.STOPPED: RunStatus.KILLED,
}
"""How the MLflow run of a trial ends; the tag ``pilothouse.trial_state`` tells finished from pruned."""


class Recorder:
    """Opens the study's run, nests a run for each trial that is over, and closes what a crash left open."""

    def __init__(self, tracking: Tracking, study: Study, job: Job) -> None:
        """Nothing is written before :meth:`begin`."""
        self._tracking = tracking
        self._study = study
        self._job = job
        self._waiting: deque[Trial] = deque()
        self._over: dict[str, Trial] = {}
        self._recorded: dict[int, str] = {}
        self._wake = threading.Event()
        self._is_closing = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._parent = study.run_id

    def begin(self, trials: Sequence[Trial]) -> None:
        """Start writing; of ``trials``, those that are over and have no run get one."""
        self._over = {str(trial.number): trial for trial in trials if trial.state in ENDS}
        self._waiting.extend(trial for trial in self._over.values() if trial.run_id is None)
        self._thread.start()

    def add(self, trial: Trial) -> None:
        """Record a trial that is over, soon."""
        self._waiting.append(trial)
        self._wake.set()

    @property
    def parent(self) -> str | None:
        """The study's run, once there is one."""
        return self._parent

    def taken(self) -> dict[int, str]:
        """Return the runs made since the last call, by the number of their trial."""
        found, self._recorded = self._recorded, {}
        return found

    def finish(self) -> bool:
        """Wait until all is written; False when MLflow could not be reached in time."""
        self._is_closing = True
        self._wake.set()
        self._thread.join(LAST_WAIT_S)
        return not self._thread.is_alive() and not self._waiting

    def close(self, status: RunStatus, metrics: Mapping[str, float], tags: Mapping[str, str]) -> None:
        """End the study's run; what cannot be written now is repaired by reconciliation."""
        if self._parent is None:
            return
        try:
            self._tracking.log_metrics(self._parent, metrics)
            self._tracking.set_tags(self._parent, tags)
            self._tracking.finish_run(self._parent, status)
        except TrackingUnavailable as error:
            logger.warning("The run of study %s could not be closed: %s", self._study.id, error)

    def _work(self) -> None:
        is_open = False
        while True:
            try:
                if not is_open:
                    self._open()
                    is_open = True
                self._write()
                pause = None
            except TrackingUnavailable as error:
                logger.warning("Trials wait to be recorded: %s", error)
                pause = RETRY_S
            if self._is_closing and (pause is not None or not self._waiting):
                return
            self._wake.wait(pause)
            self._wake.clear()

    def _open(self) -> None:
        """Begin the study's run, or take up the one of an earlier attempt and what it left open."""
        found = self._parent or self._earlier()
        if found is None:
            tags = self._tags({"study": self._study.id, "kind": KIND})
            base = self._study.spec.base
            found = self._tracking.start_run(base, f"study: {base.estimator} on {base.dataset}", tags)
            document: JsonObject = self._study.spec.model_dump(mode="json")
            self._tracking.log_document(found, STUDY_FILE, document)
        else:
            self._tracking.reopen_run(found)
            self._tracking.set_tags(found, self._tags({"study": self._study.id}))
            self._adopt(self._tracking.nested_runs(self._study.project, found))
        self._parent = found

    def _earlier(self) -> str | None:
        """Return the run an attempt began and could not note before it died."""
        runs = self._tracking.runs_of_job(self._study.project, self._job.id)
        return next((run.run_id for run in runs if run.parent_id is None), None)

    def _adopt(self, runs: Sequence[Run]) -> None:
        """Close the runs of trials that a crash left open, and make no second run for any."""
        for run in runs:
            trial = self._over.get(run.tags.get("pilothouse.trial", ""))
            if trial is None:
                continue
            if run.status is RunStatus.RUNNING:
                self._tracking.log_metrics(run.run_id, _figures(self._study, trial))
                self._tracking.finish_run(run.run_id, ENDS[trial.state])
            if trial in self._waiting:
                self._waiting.remove(trial)
                self._recorded[trial.number] = run.run_id

    def _write(self) -> None:
        while self._waiting:
            trial = self._waiting[0]
            self._recorded[trial.number] = self._record(trial)
            self._waiting.popleft()

    def _record(self, trial: Trial) -> str:
        assert self._parent is not None and trial.finished_at is not None  # noqa: PT018, S101
        facts = {"study": self._study.id, "trial": str(trial.number), "trial_state": trial.state.value}
        return self._tracking.record_run(
            tried(self._study, trial),
            f"trial {trial.number}",
            self._tags({**facts, **({"error": trial.reason} if trial.reason else {})}),
            _figures(self._study, trial),
            ENDS[trial.state],
            trial.started_at,
            trial.finished_at,
            self._parent,
        )

    def _tags(self, facts: Mapping[str, str]) -> dict[str, str]:
        base = self._study.spec.base
        common = {
            "job_id": self._job.id,
            "dataset": str(base.dataset),
            "estimator": base.estimator,
            "author": self._study.created_by,
        }
        return {f"pilothouse.{name}": value for name, value in {**common, **facts}.items()}


def tried(study: Study, trial: Trial) -> TrainingSpec:
    """Return the training that ``trial`` stands for, with its hyperparameters settled."""
    from core.training import estimators, parameters

    base = study.spec.base
    card = estimators.card(base.estimator, base.task)
    return base.model_copy(update={"params": parameters.settle(card, {**base.params, **trial.params})})


def _figures(study: Study, trial: Trial) -> dict[str, float]:
    name = f"cv_{study.metric}"
    figures = {f"{name}_fold_{fold}": score for fold, score in enumerate(trial.scores, start=1)}
    figures |= {"trial_seconds": trial.seconds, "trial_folds": float(len(trial.scores))}
    if trial.value is not None:
        figures[name] = trial.value
    if len(trial.scores) > 1:
        figures[f"{name}_std"] = statistics.stdev(trial.scores)
    return {name: value for name, value in figures.items() if math.isfinite(value)}
