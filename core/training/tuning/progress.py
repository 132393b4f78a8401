"""How far a study is, and how long it will take."""

from collections.abc import Sequence
from datetime import datetime

from core.records.job import Job
from core.records.study import Study, StudySpec, StudyState, Trial, TrialState

LEAST = 0.005
"""The share that must be done before the rest is estimated."""


def fraction(spec: StudySpec, trials: Sequence[Trial], seconds: float) -> float:
    """Return which share of the budget is used up after ``seconds`` of work, in 0..1: of trials or time, the larger."""
    parts = [0.0]
    if spec.trials:
        folds = sum(len(trial.scores) if trial.state is TrialState.RUNNING else spec.folds for trial in trials)
        parts.append(folds / (spec.trials * spec.folds))
    if spec.seconds:
        parts.append(seconds / spec.seconds)
    return min(max(parts), 1.0)


def whole(study: Study, share: float) -> float:
    """Return which share of all the work is done, outer folds included, when ``share`` of the budget is used up."""
    return (share + len(study.nested)) / (1 + study.spec.outer)


def remaining(study: Study, trials: Sequence[Trial], seconds: float) -> float | None:
    """Return for how many seconds the study will go on after ``seconds`` of work, None while nobody can tell."""
    done = whole(study, fraction(study.spec, trials, seconds))
    return None if done < LEAST or not study.state.is_open else seconds * (1.0 - done) / done


def elapsed(study: Study, job: Job | None, now: datetime) -> float:
    """Return for how many seconds jobs have worked on a study, the present one's time included.

    What is stored may be some seconds old while a fold is computed.
    """
    if study.state is not StudyState.RUNNING or job is None or job.started_at is None:
        return study.seconds
    return max(study.seconds, (now - job.started_at).total_seconds())
