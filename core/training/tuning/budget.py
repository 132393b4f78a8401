"""What a study may take: trials or seconds, folds, outer folds, and trials at once."""

import os

from core.errors import InvalidStudy
from core.records.study import MAX_TRIALS, StudySpec

MOST_PARALLEL = 32
FOLDS = (2, 20)


def check(spec: StudySpec) -> None:
    """Return when a budget makes sense.

    Raises:
        InvalidStudy: it does not; the sentence says why.
    """
    if spec.trials is None and spec.seconds is None:
        raise InvalidStudy(problem="it has no budget. Give a number of trials, a number of seconds, or both.")
    if spec.trials is not None and spec.trials < 1:
        raise InvalidStudy(problem=f"a budget of {spec.trials} trials tries nothing. Give at least 1.")
    if spec.trials is not None and spec.trials > MAX_TRIALS:
        raise InvalidStudy(problem=f"{spec.trials:,} trials are more than the {MAX_TRIALS:,} a study may have.")
    if spec.seconds is not None and spec.seconds < 1:
        raise InvalidStudy(problem=f"a budget of {spec.seconds} seconds tries nothing. Give at least 1.")
    low, high = FOLDS
    if not low <= spec.folds <= high:
        raise InvalidStudy(problem=f"trials are scored on {low} to {high} folds, not {spec.folds}.")
    if spec.outer and not low <= spec.outer <= high:
        raise InvalidStudy(problem=f"a nested search has {low} to {high} outer folds, not {spec.outer}; 0 is none.")
    if not 1 <= spec.parallel <= MOST_PARALLEL:
        cores = os.cpu_count() or 1
        raise InvalidStudy(
            problem=f"1 to {MOST_PARALLEL} trials may run at once, not {spec.parallel}; more than the cores of the "
            f"worker's machine (here {cores}) gain nothing."
        )
