"""Nested cross-validation of a search: made anew within each outer fold, its choice scored on rows it never met.

The best of many trials looks better than it is, since it was chosen by the very scores it is shown with (Cawley and
Talbot 2010, On Over-fitting in Model Selection). The hold-out rows of a study tell the truth once; the outer folds tell
it for several parts of the training rows, with its spread.
"""

import math
from collections.abc import Callable, Sequence

from core.clock import Clock
from core.records.study import OuterFold, StudySpec, Trial
from core.training.tuning.crew import Crew, FoldTask, HandLost
from core.training.tuning.fold_fit import FoldDone
from core.training.tuning.rounds import LOOK_S, MOST_DEATHS, Rounds, best_of

SEEDS = 2**32
ASKED = "Someone asked."


class Within(Rounds):
    """The rounds of one outer fold; ``listen`` hears how many trials are over and says whether to go on."""

    def __init__(self, id: str, spec: StudySpec, crew: Crew, clock: Clock, listen: Callable[[int], bool]) -> None:
        """``crew`` computes the folds of the outer fold, the outer fold itself being the last."""
        super().__init__(id, spec, (), crew, clock)
        self._ask = listen
        self._done = 0

    @property
    def is_cut_short(self) -> bool:
        """Whether it was told not to go on."""
        return self._ending == ASKED

    def _over(self, number: int) -> None:
        del number
        self._done += 1

    def _listen(self) -> None:
        if not self._ask(self._done):
            self._ending = ASKED


def spec_of(spec: StudySpec, outer: int, trials: int) -> StudySpec:
    """Return the search of an outer fold: as many trials as the study made, from a seed of its own."""
    update = {"outer": 0, "seconds": None, "trials": trials, "seed": (spec.seed + 1 + outer) % SEEDS}
    return spec.model_copy(update=update)


def search(
    id: str, spec: StudySpec, outer: int, trials: int, crew: Crew, clock: Clock, listen: Callable[[int], bool]
) -> OuterFold | None:
    """Search within outer fold number ``outer``, and score what was chosen on the rows the fold kept back.

    ``listen`` hears how many trials are over and says whether to go on; None is returned when it said no.
    """
    rounds = Within(id, spec_of(spec, outer, trials), crew, clock, listen)
    rounds.run()
    if rounds.is_cut_short:
        return None
    made = rounds.trials
    best = best_of(spec.base.metric, made)["best"]
    seconds = math.fsum(trial.seconds for trial in made)
    if best is None:
        reason = next((trial.reason for trial in made if trial.reason), "no trial was finished.")
        return OuterFold(params={}, trials=len(made), inner=None, score=None, seconds=seconds, problem=reason)
    return _scored(spec, made, made[int(str(best))], crew, seconds)


def _scored(spec: StudySpec, made: Sequence[Trial], best: Trial, crew: Crew, seconds: float) -> OuterFold:
    found = OuterFold(params=best.params, trials=len(made), inner=best.value, score=None, seconds=seconds)
    for _ in range(MOST_DEATHS):
        crew.begin(FoldTask(best.number, best.params, spec.folds))
        words: list[FoldDone | HandLost] = []
        while not words:
            words = crew.wait(LOOK_S)
        word = words[0]
        if isinstance(word, FoldDone):
            score = None if word.problem else word.score
            update = {"score": score, "seconds": seconds + word.seconds, "problem": word.problem}
            return found.model_copy(update=update)
        problem = f"What was chosen could not be tried on the rows kept back: {word.how}."
        found = found.model_copy(update={"problem": problem})
    return found
