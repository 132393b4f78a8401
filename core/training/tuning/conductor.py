"""The loop of a tune job: ask for trials, hand out folds, hear scores, give up what is hopeless, and note it all."""

import logging
import math
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from core.errors import StoreBusy
from core.jobs.context import JobContext
from core.ports.unit_of_work import Store
from core.records.metric import METRICS
from core.records.study import (
    MAX_TRIALS,
    SamplerKind,
    Study,
    StudyRequest,
    Trial,
    TrialState,
)
from core.training.tuning.crew import Crew, FoldTask, HandLost
from core.training.tuning.fold_fit import FoldDone
from core.training.tuning.progress import fraction
from core.training.tuning.recorder import Recorder
from core.training.tuning.search import Search

logger = logging.getLogger(__name__)

LOOK_S = 0.1
"""How often the job looks whether someone asked something of it."""

SAVE_S = 0.25
"""How long the score of a fold may wait to be stored; begin and end of a trial never wait."""

IMPORTANCE_S = 10.0
MOST_DEATHS = 3
"""Processes that may die on one fold before its trial counts as failed."""

TRIED_ALL = "Every combination was tried."
OUT_OF_TIME = "The time budget was used up."
STOPPED = "Someone stopped the study."


class Conductor:
    """Carries a study on from wherever its trials are, until its budget is used up or someone asks to pause or stop."""

    def __init__(
        self,
        store: Store,
        context: JobContext,
        study: Study,
        trials: Sequence[Trial],
        crew: Crew,
        recorder: Recorder,
    ) -> None:
        """``trials`` are those of earlier attempts, by number."""
        self._store = store
        self._context = context
        self._study = study
        self._spec = study.spec
        self._crew = crew
        self._recorder = recorder
        self._trials = {trial.number: trial for trial in trials}
        self._search = Search(study.spec, trials)
        self._again = deque(trial.number for trial in trials if trial.state is TrialState.RUNNING)
        self._unsaved: set[int] = set()
        self._unrecorded: list[int] = []
        self._is_due = False
        self._begun_at = self._saved_at = self._looked_at = self._weighed_at = context.clock.now()
        self._spent = study.seconds
        self._busy: set[int] = set()
        self._ending: str | None = None
        self.request: StudyRequest | None = study.request

    @property
    def study(self) -> Study:
        """The study as it stands."""
        return self._study

    def run(self) -> str:
        """Go on until there is nothing left to do; return in words why it ended, empty when the trials are done."""
        self._look()
        while True:
            self._ending = self._ending or self._due_end()
            self._hand_out()
            self._save_when_due()
            if not self._busy:
                break
            for word in self._crew.wait(LOOK_S):
                self._hear(word)
            if self._since(self._looked_at) >= LOOK_S:
                self._look()
        self._weigh()
        return self._ending or ""

    def give_up_unfinished(self, reason: str) -> None:
        """End the trials that wait for their next fold; what they scored stays."""
        for number, trial in self._trials.items():
            if trial.state is TrialState.RUNNING:
                self._end(number, TrialState.STOPPED, reason)

    def save(self) -> None:
        """Store what is not stored yet, and only then let MLflow hear of it, so that no trial has two runs there.

        Raises:
            LeaseLost: another worker has the job now.
            StoreBusy: the store cannot be written now.
        """
        runs = self._recorder.taken()
        for number, run_id in runs.items():
            self._trials[number] = self._trials[number].model_copy(update={"run_id": run_id})
        now = self._context.clock.now()
        self._study = self._study.model_copy(
            update={
                "seconds": self._spent + self._since(self._begun_at),
                "run_id": self._recorder.parent,
                **self._best(),
            }
        )
        self._unsaved |= set(runs)
        with self._store.write() as work:
            self._context.fence(work)
            asked = work.studies.get(self._study.id)
            work.studies.put_trials([self._trials[number] for number in sorted(self._unsaved)])
            work.studies.save(self._study.model_copy(update={"request": asked.request}))
            work.commit()
        self._unsaved, self._saved_at, self._is_due = set(), now, False
        for number in self._unrecorded:
            self._recorder.add(self._trials[number])
        self._unrecorded = []

    def _due_end(self) -> str | None:
        if self.request is not None:
            return STOPPED if self.request is StudyRequest.STOP else "Paused."
        seconds = self._spec.seconds
        if seconds is not None and self._spent + self._since(self._begun_at) >= seconds:
            return OUT_OF_TIME
        return None

    def _hand_out(self) -> None:
        while self._ending is None and self._crew.idle:
            number = self._again.popleft() if self._again else self._next()
            if number is None:
                return
            trial = self._trials[number]
            if trial.state is TrialState.RUNNING:
                self._begin_fold(trial)

    def _next(self) -> int | None:
        """Choose a new trial and return its number, None when there shall be no more."""
        number = len(self._trials)
        if number >= (self._spec.trials or MAX_TRIALS):
            return None
        if self._search.is_exhausted:
            if not self._busy and self._spec.sampler is not SamplerKind.GRID:
                self._ending = TRIED_ALL
            return None
        params = self._search.ask(number)
        trial = Trial(study=self._study.id, number=number, params=params, started_at=self._context.clock.now())
        self._trials[number] = trial
        self._unsaved.add(number)
        self._is_due = True
        twin = self._search.same(number, params)
        if twin is not None and self._trials[twin].state is not TrialState.RUNNING:
            self._take_over(trial, self._trials[twin])
        return number

    def _take_over(self, trial: Trial, twin: Trial) -> None:
        """Give a trial the outcome of an earlier one with the same hyperparameters, which would be the same again."""
        scores: tuple[float, ...] = ()
        for score in twin.scores:
            scores = (*scores, score)
            self._trials[trial.number] = trial.model_copy(update={"scores": scores, "same_as": twin.number})
            self._search.report(self._trials[trial.number])
        self._end(trial.number, twin.state, twin.reason)

    def _begin_fold(self, trial: Trial) -> None:
        self._busy.add(trial.number)
        self._crew.begin(FoldTask(trial.number, trial.params, len(trial.scores)))

    def _hear(self, word: FoldDone | HandLost) -> None:
        self._busy.discard(word.trial)
        trial = self._trials[word.trial]
        if isinstance(word, HandLost):
            self._mourn(trial, word.how)
        elif word.problem:
            self._trials[trial.number] = trial.model_copy(update={"seconds": trial.seconds + word.seconds})
            self._end(trial.number, TrialState.FAILED, word.problem)
        else:
            self._score(trial, word)

    def _mourn(self, trial: Trial, how: str) -> None:
        deaths = trial.attempts + 1
        self._trials[trial.number] = trial.model_copy(update={"attempts": deaths})
        self._unsaved.add(trial.number)
        logger.warning("Trial %d: %s.", trial.number, how)
        if deaths >= MOST_DEATHS:
            self._end(trial.number, TrialState.FAILED, f"It was tried {deaths} times, and {how}.")
        else:
            self._again.append(trial.number)

    def _score(self, trial: Trial, done: FoldDone) -> None:
        update = {"scores": (*trial.scores, done.score), "seconds": trial.seconds + done.seconds, "attempts": 0}
        trial = self._trials[trial.number] = trial.model_copy(update=update)
        self._unsaved.add(trial.number)
        is_hopeless = self._search.report(trial)
        folds = len(trial.scores)
        if is_hopeless:
            self._end(trial.number, TrialState.PRUNED, f"Given up after {folds} of {self._spec.folds} folds.")
        elif folds == self._spec.folds:
            self._end(trial.number, TrialState.FINISHED, "")
        else:
            self._again.appendleft(trial.number)

    def _end(self, number: int, state: TrialState, reason: str) -> None:
        trial = self._trials[number]
        has_value = state in (TrialState.FINISHED, TrialState.PRUNED)
        value = math.fsum(trial.scores) / len(trial.scores) if has_value else None
        update = {"state": state, "reason": reason, "value": value, "finished_at": self._context.clock.now()}
        trial = self._trials[number] = trial.model_copy(update=update)
        self._unsaved.add(number)
        self._is_due = True
        self._search.tell(trial)
        self._unrecorded.append(number)

    def _save_when_due(self) -> None:
        if not self._is_due and not (self._unsaved and self._since(self._saved_at) >= SAVE_S):
            return
        if self._since(self._weighed_at) >= IMPORTANCE_S:
            self._weigh()
        try:
            self.save()
        except StoreBusy as error:
            logger.warning("Trials wait to be stored: %s", error)

    def _weigh(self) -> None:
        self._weighed_at = self._context.clock.now()
        self._study = self._study.model_copy(update={"importances": self._search.importances()})

    def _best(self) -> dict[str, object]:
        done = sum(trial.state is not TrialState.RUNNING for trial in self._trials.values())
        return {"done": done, **best_of(self._study.metric, list(self._trials.values()))}

    def _look(self) -> None:
        """See whether the job may go on, what someone asked, and tell how far it is."""
        self._looked_at = self._context.clock.now()
        self._context.check()
        with self._store.read() as work:
            self.request = work.studies.get(self._study.id).request or self.request
        done = fraction(self._spec, list(self._trials.values()), self._spent + self._since(self._begun_at))
        self._context.progress("trials", 0.05 + 0.93 * done, self._message())
        if self._study.value is not None:
            self._context.tell({f"best cv {self._study.metric}": self._study.value})

    def _message(self) -> str:
        total = f" of {self._spec.trials}" if self._spec.trials else ""
        best = f", best {self._study.value:.4f} (trial {self._study.best})" if self._study.value is not None else ""
        return f"{self._study.done}{total} trials done{best}"

    def _since(self, moment: datetime) -> float:
        return (self._context.clock.now() - moment).total_seconds()


def best_of(metric: str, trials: Sequence[Trial]) -> dict[str, object]:
    """Return number and value of the best finished trial, the earlier of two alike."""
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    finished = [trial for trial in trials if trial.state is TrialState.FINISHED and trial.value is not None]
    if not finished:
        return {"best": None, "value": None}
    best = max(finished, key=lambda trial: (sign * (trial.value or 0.0), -trial.number))
    return {"best": best.number, "value": best.value}
