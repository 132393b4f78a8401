"""Rounds of trials: ask what to try, hand out folds, hear scores, give up what is hopeless; nothing is stored here."""

import logging
import math
from collections import deque
from collections.abc import Sequence

from core.clock import Clock
from core.records.metric import METRICS
from core.records.study import MAX_TRIALS, SamplerKind, StudySpec, Trial, TrialState
from core.training.tuning.crew import Crew, FoldTask, HandLost
from core.training.tuning.fold_fit import FoldDone
from core.training.tuning.search import Search

logger = logging.getLogger(__name__)

LOOK_S = 0.1
"""How often whoever keeps the rounds may look whether someone asked something."""

MOST_DEATHS = 3
"""Processes that may die on one fold before its trial counts as failed."""

TRIED_ALL = "Every combination was tried."


class Rounds:
    """Carries trials on from wherever they are, until the budget of trials is used up or there is another end."""

    def __init__(self, id: str, spec: StudySpec, trials: Sequence[Trial], crew: Crew, clock: Clock) -> None:
        """``id`` is that of the study; ``trials`` are those of earlier attempts, by number."""
        self._id = id
        self._spec = spec
        self._crew = crew
        self._clock = clock
        self._trials = {trial.number: trial for trial in trials}
        self._search = Search(spec, trials)
        self._again = deque(trial.number for trial in trials if trial.state is TrialState.RUNNING)
        self._busy: set[int] = set()
        self._ending: str | None = None

    @property
    def trials(self) -> list[Trial]:
        """The trials as they stand, by number."""
        return list(self._trials.values())

    def run(self) -> str:
        """Go on until there is nothing left to do; return in words why it ended, empty when the trials are done."""
        while True:
            self._ending = self._ending or self._due_end()
            self._hand_out()
            self._between()
            if not self._busy:
                break
            for word in self._crew.wait(LOOK_S):
                self._hear(word)
            self._listen()
        return self._ending or ""

    def _due_end(self) -> str | None:
        """Return why it should end now, None while it may go on."""
        return None

    def _between(self) -> None:
        """Do what is due while folds are computed."""

    def _listen(self) -> None:
        """See, after folds were heard of, whether someone asked something."""

    def _changed(self, number: int) -> None:
        """Hear that a trial has another state or score than before."""

    def _over(self, number: int) -> None:
        """Hear that a trial is over."""

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
        trial = Trial(study=self._id, number=number, params=params, started_at=self._clock.now())
        self._trials[number] = trial
        self._changed(number)
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
        self._changed(trial.number)
        logger.warning("Trial %d: %s.", trial.number, how)
        if deaths >= MOST_DEATHS:
            self._end(trial.number, TrialState.FAILED, f"It was tried {deaths} times, and {how}.")
        else:
            self._again.append(trial.number)

    def _score(self, trial: Trial, done: FoldDone) -> None:
        update = {"scores": (*trial.scores, done.score), "seconds": trial.seconds + done.seconds, "attempts": 0}
        trial = self._trials[trial.number] = trial.model_copy(update=update)
        self._changed(trial.number)
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
        update = {"state": state, "reason": reason, "value": value, "finished_at": self._clock.now()}
        trial = self._trials[number] = trial.model_copy(update=update)
        self._search.tell(trial)
        self._over(number)


def best_of(metric: str, trials: Sequence[Trial]) -> dict[str, object]:
    """Return number and value of the best finished trial, the earlier of two alike."""
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    finished = [trial for trial in trials if trial.state is TrialState.FINISHED and trial.value is not None]
    if not finished:
        return {"best": None, "value": None}
    best = max(finished, key=lambda trial: (sign * (trial.value or 0.0), -trial.number))
    return {"best": best.number, "value": best.value}
