"""Studies on churn: what orchestration costs beside the trials' own time, and what a second trial at once gains.

Peer in the same run: a bare Optuna script over the same space, folds and sampler, without pruning, store or MLflow.
"""

import sys
import time
from typing import Any

from benchmarks.loop import finished, on_churn
from benchmarks.report import Figure, write
from core.platform import Platform
from core.records.access import LOCAL
from core.records.study import Dimension, DimensionKind, PruningKind, Study, StudySpec
from core.records.training import TrainingSpec

TRIALS, FOLDS = 60, 5
TREES = (
    Dimension(name="max_iter", kind=DimensionKind.INT, low=20, high=60),
    Dimension(name="learning_rate", kind=DimensionKind.FLOAT, low=0.02, high=0.3, log=True),
    Dimension(name="max_leaf_nodes", kind=DimensionKind.INT, low=8, high=48),
)
NETS = (
    Dimension(name="alpha", kind=DimensionKind.FLOAT, low=1e-5, high=1e-1, log=True),
    Dimension(name="learning_rate_init", kind=DimensionKind.FLOAT, low=1e-4, high=1e-2, log=True),
)
SMALL_NET = {"hidden_layer_sizes": "32", "max_iter": 20}
"""A network so small that its matrices are multiplied on one core."""


def study(platform: Platform, estimator: str, space: tuple[Dimension, ...], parallel: int, **params: Any) -> Study:
    """Carry out a study as a job of the worker and return it."""
    base = platform.training.spec(
        platform.projects.get("churn"), dataset="customers", estimator=estimator, params=params
    )
    spec = StudySpec(base=base, space=space, trials=TRIALS, folds=FOLDS, parallel=parallel, pruning=PruningKind.NONE)
    submitted = platform.tuning.submit(LOCAL, spec)
    assert submitted.job_id is not None
    finished(platform, platform.queue.get(submitted.job_id))
    return platform.tuning.study(submitted.id)


def own_time(platform: Platform, found: Study) -> float:
    """Return the seconds its trials computed."""
    return sum(trial.seconds for trial in platform.tuning.trials(found.id))


def bare(platform: Platform, base: TrainingSpec, space: tuple[Dimension, ...]) -> float:
    """Return the seconds of a plain Optuna script that does the same."""
    import numpy as np
    import optuna
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline

    from core.training import estimators, preprocessing
    from core.training.checking import feature_columns, needed_columns
    from core.training.trainer import part

    begun = time.perf_counter()
    version = platform.datasets.get(base.project, base.dataset)
    columns = feature_columns(version, base)
    parted = part(platform.datasets.frame(version, needed_columns(version, base)), columns, base)
    answers = parted.target.values[parted.train_rows]
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(answers, answers))

    def objective(trial: Any) -> float:
        params = {d.name: _suggested(trial, d) for d in space}
        scores = []
        for learn, score in folds:
            model = estimators.build(base.estimator, base.task, {**base.params, **params}, base.seed)
            pipeline = make_pipeline(preprocessing.build(columns, base.preprocessing, scale=False), model)
            pipeline.fit(parted.train.iloc[learn], answers[learn])
            said = pipeline.predict_proba(parted.train.iloc[score])[:, 1]
            scores.append(roc_auc_score(answers[score] == base.positive, said))
        return float(np.mean(scores))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0)).optimize(
        objective, n_trials=TRIALS
    )
    return time.perf_counter() - begun


def _suggested(trial: Any, dimension: Dimension) -> Any:
    if dimension.kind is DimensionKind.INT:
        return trial.suggest_int(dimension.name, int(dimension.low or 0), int(dimension.high or 0))
    return trial.suggest_float(dimension.name, dimension.low, dimension.high, log=dimension.log)


def orchestration(platform: Platform) -> list[Figure]:
    """Compare the time of a study with that of its trials, and with a bare script's."""
    found = study(platform, "hist_gradient_boosting", TREES, 1)
    own = own_time(platform, found)
    share = (found.seconds - own) / own
    peer = bare(platform, found.spec.base, TREES)
    told = f"trials {own:.1f} s, study {found.seconds:.1f} s: {share:.1%} more"
    beside = f"{found.seconds:.1f} s against {peer:.1f} s: {found.seconds / peer:.2f}x"
    return [
        Figure(f"orchestration of a study of {TRIALS} trials", "<= 15% of the trials' own time", told, share <= 0.15),
        Figure("the same beside a bare Optuna script", "<= 1.15x", beside, found.seconds <= 1.15 * peer),
    ]


def together(platform: Platform) -> list[Figure]:
    """Compare two trials at once with one, for an estimator that fits on one core."""
    one, two = (study(platform, "mlp", NETS, parallel, **SMALL_NET) for parallel in (1, 2))
    told = f"{one.seconds:.1f} s and {two.seconds:.1f} s: {one.seconds / two.seconds:.2f}x"
    return [Figure("two trials at once on two cores", ">= 1.7x one", told, one.seconds / two.seconds >= 1.7)]


def main() -> int:
    """Run all of it on an installation of its own."""
    with on_churn() as platform:
        figures = [*orchestration(platform), *together(platform)]
    return 0 if write("Studies", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
