"""One study from its row to its end: what the process of a tune job does."""

from collections import Counter
from collections.abc import Sequence

from core.clock import Clock
from core.datasets.service import DatasetService
from core.errors import JobCancelled, LeaseLost, StudyIs
from core.jobs.context import JobContext
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.study import OuterFold, Study, StudyRequest, StudyState, Trial, TrialState
from core.records.training import RunStatus
from core.training.checking import feature_columns, needed_columns
from core.training.own_recipes import code
from core.training.tuning import nested
from core.training.tuning.conductor import OUT_OF_TIME, STOPPED, Conductor
from core.training.tuning.crew import Crew, Hands, OwnHand
from core.training.tuning.folds import Material, prepare
from core.training.tuning.recorder import Recorder
from core.training.tuning.rounds import MOST_DEATHS

ENDS = {
    StudyState.PAUSED: RunStatus.KILLED,
    StudyState.FINISHED: RunStatus.FINISHED,
    StudyState.STOPPED: RunStatus.FINISHED,
    StudyState.FAILED: RunStatus.FAILED,
}
"""How the study's run in MLflow ends; a paused study's is opened again when it goes on."""


class StudyExecution:
    """Carries studies on; keeps nothing of its own between two of them."""

    def __init__(
        self, store: Store, blobs: BlobStore, tracking: Tracking, datasets: DatasetService, clock: Clock
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._datasets = datasets
        self._clock = clock

    def carry_on(self, id: str, context: JobContext) -> Study:
        """Work on a study until its budget is used up or someone asks to pause or stop; return it as stored."""
        study, trials = self._take(id, context)
        if not study.state.is_open:
            return study
        own = code.pinned(self._store, self._blobs, study.spec.base)
        if own is not None:
            code.load(own)
        hands = Hands(study.spec.parallel, study.spec.base, own) if study.spec.parallel > 1 else None
        recorder = Recorder(self._tracking, study, context.job)
        recorder.begin(trials)
        crew: Crew | None = hands
        try:
            crew = _working(hands, self._material(study, context), study)
            conductor = Conductor(self._store, context, study, trials, crew, recorder)
            why = conductor.run()
            conductor.save()
            if study.spec.outer:
                crew.close()
                crew = None
                self._nested(conductor, own, context)
                why = STOPPED if conductor.request is StudyRequest.STOP else why
            return self._settle(conductor, why, recorder, context)
        except BaseException as error:
            self._give_up(recorder, error)
            raise
        finally:
            if crew is not None:
                crew.close()

    def _take(self, id: str, context: JobContext) -> tuple[Study, list[Trial]]:
        """Make the study this job's, and count the processes that died under its trials."""
        with self._store.write() as work:
            context.fence(work)
            study, trials = work.studies.get(id), work.studies.trials(id)
            if not study.state.is_open:
                return study, trials
            if study.job_id not in (None, context.job.id) and not work.jobs.get(study.job_id or "").state.is_finished:
                raise StudyIs(id=id, state=study.state.value, problem=f"job {study.job_id} works on it.")
            started = study.started_at or self._clock.now()
            update = {"state": StudyState.RUNNING, "job_id": context.job.id, "started_at": started, "note": ""}
            study = study.model_copy(update=update)
            if context.job.is_repeated:
                trials = [_survivor(trial, self._clock) for trial in trials]
            work.studies.put_trials(trials)
            work.studies.save(study)
            work.commit()
        return study, trials

    def _material(self, study: Study, context: JobContext, outer: int | None = None) -> Material:
        base, folds = study.spec.base, study.spec.folds
        version = self._datasets.get(base.project, base.dataset)
        if outer is None:
            context.progress("read", 0.01, f"reading {base.dataset}")
        table = self._datasets.frame(version, needed_columns(version, base))

        def tell(fold: int) -> None:
            context.check()
            if outer is None:
                context.progress("prepare", 0.02 + 0.03 * fold / folds, f"fold {fold + 1} of {folds}")

        return prepare(table, feature_columns(version, base), study.spec, tell, outer=outer)

    def _nested(self, conductor: Conductor, own: code.Own | None, context: JobContext) -> None:
        """Make the search anew within each outer fold that was not searched yet, until someone asks to pause or stop.

        What was found within a fold is stored before the next begins; one that was under way begins anew.
        """
        study = conductor.study
        while study.best is not None and conductor.request is None and len(study.nested) < study.spec.outer:
            found = self._within(conductor, len(study.nested), own, context)
            if found is not None:
                conductor.keep(found)
            study = conductor.study

    def _within(self, conductor: Conductor, place: int, own: code.Own | None, context: JobContext) -> OuterFold | None:
        study, spec = conductor.study, conductor.study.spec

        def listen(done: int) -> bool:
            return conductor.listen(f"outer fold {place + 1} of {spec.outer}: {done} of {study.done} trials")

        hands = Hands(spec.parallel, spec.base, own) if spec.parallel > 1 else None
        crew: Crew | None = hands
        try:
            crew = _working(hands, self._material(study, context, place), study)
            return nested.search(study.id, spec, place, study.done, crew, context.clock, listen)
        finally:
            if crew is not None:
                crew.close()

    def _settle(self, conductor: Conductor, why: str, recorder: Recorder, context: JobContext) -> Study:
        """Store how it ended, and close the run."""
        is_paused = conductor.request is StudyRequest.PAUSE
        if not is_paused:
            conductor.give_up_unfinished(why or STOPPED)
        conductor.save()
        is_recorded = recorder.finish()
        conductor.save()
        note = why if is_recorded else f"{why} MLflow could not be reached, so some trials have no run there.".strip()
        with self._store.write() as work:
            context.fence(work)
            study, trials = work.studies.get(conductor.study.id), work.studies.trials(conductor.study.id)
            state = _state(study, why, is_paused)
            update = {
                "state": state,
                "request": None,
                "note": _commonest(trials) if state is StudyState.FAILED else note,
                "finished_at": None if is_paused else self._clock.now(),
            }
            study = study.model_copy(update=update)
            work.studies.save(study)
            work.commit()
        figures = {} if study.value is None else {f"best_cv_{study.metric}": study.value, "trials": float(study.done)}
        figures |= {} if study.nested_value is None else {f"nested_cv_{study.metric}": study.nested_value}
        recorder.close(ENDS[study.state], figures, {"pilothouse.study_state": study.state.value})
        return study

    def _give_up(self, recorder: Recorder, error: BaseException) -> None:
        """Close the run of a study whose job ended by ``error``; what a takeover goes on with stays open."""
        recorder.finish()
        if isinstance(error, LeaseLost | SystemExit):
            return
        status = RunStatus.KILLED if isinstance(error, JobCancelled) else RunStatus.FAILED
        recorder.close(status, {}, {"pilothouse.error": str(error)[:500]})


def _working(hands: Hands | None, material: Material, study: Study) -> Crew:
    if hands is None:
        return OwnHand(material, study.spec.base)
    hands.share(material)
    return hands


def _state(study: Study, why: str, is_paused: bool) -> StudyState:
    if is_paused:
        return StudyState.PAUSED
    if study.best is None:
        return StudyState.FAILED
    return StudyState.STOPPED if why == STOPPED else StudyState.FINISHED


def _survivor(trial: Trial, clock: Clock) -> Trial:
    """Return a trial after the process that may have run it died."""
    if trial.state is not TrialState.RUNNING:
        return trial
    deaths = trial.attempts + 1
    if deaths < MOST_DEATHS:
        return trial.model_copy(update={"attempts": deaths})
    reason = f"The process that ran it died {deaths} times on the same fold."
    update = {"attempts": deaths, "state": TrialState.FAILED, "reason": reason, "finished_at": clock.now()}
    return trial.model_copy(update=update)


def _commonest(trials: Sequence[Trial]) -> str:
    reasons = Counter(trial.reason for trial in trials if trial.state is TrialState.FAILED)
    if reasons:
        return reasons.most_common(1)[0][0]
    return OUT_OF_TIME if trials else "No trial was begun."
