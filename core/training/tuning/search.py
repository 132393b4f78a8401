"""Optuna by ask and tell: it chooses and prunes, our store owns the trials.

The Optuna study lives in memory and is made anew from our trials at each start. What it chooses for a trial depends
on the study's seed, the trial's number and the trials before it alone, so that a study that was killed goes on as it
would have without. (A grid needs no sampler: its trials are numbered.)
"""

import math
import random
from collections.abc import Sequence
from typing import Any

from core.records.metric import METRICS
from core.records.study import Dimension, DimensionKind, PruningKind, SamplerKind, StudySpec, Trial, TrialState
from core.records.training import ParameterValue
from core.training import estimators
from core.training.tuning import combinations
from core.training.tuning.space import Params

DRAWS = 50
"""How often a choice that was tried before, or that the estimator refuses, is drawn again."""

FIRST_TRIALS = 4
"""Trials that are never pruned: there must be something to compare with."""

ENOUGH_FOR_IMPORTANCE = 8


class Search:
    """Chooses hyperparameters for one study and says which trials to give up."""

    def __init__(self, spec: StudySpec, trials: Sequence[Trial]) -> None:
        """``trials`` are those of earlier attempts, by number."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._optuna = optuna
        self._spec = spec
        self._card, self._base = estimators.card(spec.base.estimator, spec.base.task), spec.base.params
        self._searched = [dimension for dimension in spec.space if dimension.kind is not DimensionKind.FIXED]
        self._fixed = {d.name: d.choices[0] for d in spec.space if d.kind is DimensionKind.FIXED}
        self._distributions = {dimension.name: _distribution(optuna, dimension) for dimension in self._searched}
        whole = self._card, self._base, spec.space
        self._grid = combinations.grid(*whole, spec.seed) if spec.sampler is SamplerKind.GRID else None
        self._size = combinations.total(*whole) if self._grid is None else len(self._grid)
        self._study = optuna.create_study(
            direction="maximize" if METRICS[spec.base.metric].higher_is_better else "minimize",
            sampler=_sampler(optuna, SamplerKind.RANDOM, 0),
            pruner=_pruner(optuna, spec.pruning),
        )
        self._live: dict[int, Any] = {}
        self._seen: dict[str, int] = {}
        for trial in trials:
            self._replay(trial)

    @property
    def is_exhausted(self) -> bool:
        """Whether every combination of the space was tried."""
        return self._size is not None and len(self._seen) >= self._size

    def ask(self, number: int) -> Params:
        """Choose the hyperparameters of trial ``number``, the next one; other than before as far as possible."""
        params = self._draw(number) if self._grid is None else self._grid[number]
        self._begin(number, params)
        return params

    def same(self, number: int, params: Params) -> int | None:
        """Return the earlier trial that trained the same model, or None."""
        first = self._seen[self._key(params)]
        return first if first != number else None

    def report(self, trial: Trial) -> bool:
        """Hear the newest fold of ``trial``; True when it should be given up."""
        live = self._live[trial.number]
        live.report(math.fsum(trial.scores) / len(trial.scores), len(trial.scores))
        return bool(live.should_prune()) and len(trial.scores) < self._spec.folds

    def tell(self, trial: Trial) -> None:
        """Hear how a trial ended."""
        states = self._optuna.trial.TrialState
        live = self._live.pop(trial.number)
        if trial.state is TrialState.FINISHED:
            self._study.tell(live, trial.value)
        else:
            self._study.tell(live, state=states.PRUNED if trial.state is TrialState.PRUNED else states.FAIL)

    def importances(self) -> tuple[tuple[str, float], ...]:
        """Return what share of the score's variation among good trials each hyperparameter explains (PED-ANOVA).

        Empty while fewer than eight trials are finished, or when their scores are all the same.
        """
        finished = [t for t in self._study.trials if t.state is self._optuna.trial.TrialState.COMPLETE]
        if len(finished) < ENOUGH_FOR_IMPORTANCE or len({t.value for t in finished}) < 2:
            return ()
        evaluator = self._optuna.importance.PedAnovaImportanceEvaluator()
        found = self._optuna.importance.get_param_importances(self._study, evaluator=evaluator)
        shares = [(name, float(share)) for name, share in found.items()]
        return tuple(shares) if all(math.isfinite(share) for _, share in shares) else ()

    def _draw(self, number: int) -> Params:
        """Draw until the choice is new, then ask for exactly that; draws themselves leave no trace Optuna looks at."""
        drawn: Params = {}
        for turn in range(DRAWS):
            self._study.sampler = _sampler(self._optuna, self._spec.sampler, _seed(self._spec.seed, number, turn))
            scout = self._study.ask(self._distributions)
            self._study.tell(scout, state=self._optuna.trial.TrialState.FAIL)
            drawn = {d.name: _native(d, scout.params[d.name]) for d in self._searched}
            whole = {**drawn, **self._fixed}
            if self._key(whole) not in self._seen and not combinations.problem(self._card, self._base, whole):
                break
        return {**drawn, **self._fixed}

    def _begin(self, number: int, params: Params) -> None:
        self._study.enqueue_trial({dimension.name: params[dimension.name] for dimension in self._searched})
        self._live[number] = self._study.ask(self._distributions)
        self._seen.setdefault(self._key(params), number)

    def _key(self, params: Params) -> str:
        return combinations.key(self._card, self._base, params)

    def _replay(self, trial: Trial) -> None:
        """Go through a trial of an earlier attempt as it went then."""
        self._begin(trial.number, trial.params)
        for folds in range(1, len(trial.scores) + 1):
            self.report(trial.model_copy(update={"scores": trial.scores[:folds]}))
        if trial.state is not TrialState.RUNNING:
            self.tell(trial)


def _seed(seed: int, number: int, turn: int) -> int:
    return random.Random(f"{seed} {number} {turn}").getrandbits(32)  # noqa: S311 - reproducible by intent


def _sampler(optuna: Any, kind: SamplerKind, seed: int) -> Any:
    if kind is SamplerKind.TPE:
        return optuna.samplers.TPESampler(seed=seed)
    return optuna.samplers.RandomSampler(seed=seed)


def _pruner(optuna: Any, kind: PruningKind) -> Any:
    if kind is PruningKind.MEDIAN:
        return optuna.pruners.MedianPruner(n_startup_trials=FIRST_TRIALS)
    if kind is PruningKind.HALVING:
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
    return optuna.pruners.NopPruner()


def _distribution(optuna: Any, dimension: Dimension) -> Any:
    made = optuna.distributions
    low, high = dimension.low or 0.0, dimension.high or 0.0
    if dimension.kind is DimensionKind.INT:
        return made.IntDistribution(int(low), int(high), log=dimension.log, step=int(dimension.step or 1))
    if dimension.kind is DimensionKind.FLOAT:
        return made.FloatDistribution(low, high, log=dimension.log, step=dimension.step)
    return made.CategoricalDistribution(dimension.choices)


def _native(dimension: Dimension, value: Any) -> ParameterValue:
    """Return a drawn value in Python's own type."""
    if dimension.kind is DimensionKind.INT:
        return int(value)
    if dimension.kind is DimensionKind.FLOAT:
        return float(value)
    choice: ParameterValue = value
    return choice
