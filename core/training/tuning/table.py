"""The trials of a study as a table for other programs."""

import csv
import io
from collections.abc import Sequence

from core.records.study import Study, Trial

FIXED = ("trial", "state")
MEASURED = ("folds", "seconds", "started_at", "finished_at", "run_id", "same_as", "reason")


def as_csv(study: Study, trials: Sequence[Trial]) -> str:
    """Return one line a trial: number, state, hyperparameters, mean score and that on each fold, time, run, reason."""
    names = [dimension.name for dimension in study.spec.space]
    scores = [f"{study.metric}_fold_{fold}" for fold in range(1, study.spec.folds + 1)]
    target = io.StringIO()
    lines = csv.writer(target, lineterminator="\n")
    lines.writerow([*FIXED, *names, study.metric, *scores, *MEASURED])
    for trial in trials:
        lines.writerow([trial.number, trial.state.value, *_values(trial, names, study.spec.folds)])
    return target.getvalue()


def _values(trial: Trial, names: Sequence[str], folds: int) -> list[object]:
    scores = [*trial.scores, *[None] * (folds - len(trial.scores))]
    params = ["none" if trial.params.get(name) is None else trial.params[name] for name in names]
    begun, ended = trial.started_at.isoformat(), trial.finished_at.isoformat() if trial.finished_at else None
    seconds = round(trial.seconds, 6)
    return [*params, trial.value, *scores, len(trial.scores), seconds, begun, ended, trial.run_id, trial.same_as,
            trial.reason]  # fmt: skip
