"""One fold of one trial: fit and score, in whichever process."""

import logging
import math
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import AppError
from core.records.training import ParameterValue, ThresholdRule, TrainingSpec
from core.training import estimators
from core.training.answers import THRESHOLD, decide
from core.training.measures import Outcome, measure_one
from core.training.own_recipes import code
from core.training.parameters import settle
from core.training.trainer import sample_weights
from core.training.tuning.folds import Material

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FoldDone:
    """How a fold went: its score and what it cost in seconds, or why it failed."""

    trial: int
    fold: int
    score: float = math.nan
    seconds: float = 0.0
    problem: str = ""


def run_fold(
    material: Material, base: TrainingSpec, trial: int, params: Mapping[str, ParameterValue], fold: int, threads: int
) -> FoldDone:
    """Fit the estimator with ``params`` over those of ``base`` on one fold and score it; never raises on bad luck.

    ``threads`` above 1 are used where fitting on several gives the same model.
    """
    begun = time.perf_counter()
    try:
        score = _score(material, base, params, fold, threads)
    except AppError as error:
        return FoldDone(trial, fold, seconds=time.perf_counter() - begun, problem=_said(str(error)))
    except Exception as error:
        logger.warning("Trial %d failed on fold %d.", trial, fold + 1, exc_info=error)
        problem = _said(f"{type(error).__name__}: {error}")
        return FoldDone(trial, fold, seconds=time.perf_counter() - begun, problem=problem)
    problem = "" if math.isfinite(score) else f"{base.metric} is not defined on fold {fold + 1}."
    return FoldDone(trial, fold, score, time.perf_counter() - begun, problem)


def _said(text: str) -> str:
    return " ".join(text.split())[:500]


def _mark(base: TrainingSpec) -> float:
    """Return from which probability on a fold's answers are positive: a rule is only followed by the final model."""
    return base.threshold.value if base.threshold.rule is ThresholdRule.FIXED else THRESHOLD


def _score(
    material: Material, base: TrainingSpec, params: Mapping[str, ParameterValue], fold: int, threads: int
) -> float:
    import numpy as np

    rows = material.folds[fold]
    values = settle(estimators.card(base.estimator, base.task), {**base.params, **params})
    model = estimators.build(base.estimator, base.task, values, base.seed)
    if estimators.family(base.estimator).threaded:
        model.set_params(n_jobs=threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimators.fit_folds(model, rows.labels)
        model.fit(rows.train, rows.labels, **sample_weights(model, rows.weights, base))
        model = code.unwrapped(model, classifies=base.task.is_classification)
        if not base.task.is_classification:
            answered = np.asarray(model.predict(rows.test), dtype=np.float64)
            return measure_one(
                Outcome(base.task, rows.actual, answered, np.empty((len(answered), 0)), None), base.metric
            )
        scores = np.asarray(model.predict_proba(rows.test), dtype=np.float64)
    answered = decide(scores, material.positive, _mark(base))
    return measure_one(Outcome(base.task, rows.actual, answered, scores, material.positive), base.metric)
