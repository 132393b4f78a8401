"""From fitted scikit-learn models to weights or trees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.training.compiled.form import Array
from core.training.compiled.links import EXPONENTIAL, IDENTITY, LOGISTIC, SHARES, SOFTMAX
from core.training.compiled.unsupported import Unsupported, name_of

CLASSIFIERS = frozenset({"LogisticRegression", "LogisticRegressionCV", "LinearDiscriminantAnalysis", "SGDClassifier"})
REGRESSORS = frozenset(
    {
        "ARDRegression",
        "BayesianRidge",
        "ElasticNet",
        "ElasticNetCV",
        "HuberRegressor",
        "Lars",
        "Lasso",
        "LassoCV",
        "LassoLars",
        "LinearRegression",
        "LinearSVR",
        "QuantileRegressor",
        "Ridge",
        "RidgeCV",
        "SGDRegressor",
        "TheilSenRegressor",
    }
)
LOG_REGRESSORS = frozenset({"GammaRegressor", "PoissonRegressor"})
FORESTS = frozenset({"ExtraTreesClassifier", "ExtraTreesRegressor", "RandomForestClassifier", "RandomForestRegressor"})
SINGLE_TREES = frozenset({"DecisionTreeClassifier", "DecisionTreeRegressor"})
BOOSTINGS = frozenset({"GradientBoostingClassifier", "GradientBoostingRegressor"})
HIST_BOOSTINGS = frozenset({"HistGradientBoostingClassifier", "HistGradientBoostingRegressor"})

_LINKS: Mapping[str, str] = {
    "IdentityLink": IDENTITY,
    "LogLink": EXPONENTIAL,
    "LogitLink": LOGISTIC,
    "HalfLogitLink": LOGISTIC,
    "MultinomialLogit": SOFTMAX,
}


@dataclass(frozen=True)
class Weights:
    """A linear model: a row of weights and an intercept for each output."""

    weights: Array
    intercepts: Array
    link: str


@dataclass(frozen=True)
class Tree:
    """One tree by node: children (negative at leaves), question, where a gap goes, and values (nodes by outputs)."""

    left: Array
    right: Array
    feature: Array
    threshold: Array
    gap_left: Array
    value: Array

    @property
    def leaves(self) -> int:
        """How many leaves it has."""
        return int((self.left < 0).sum())


@dataclass(frozen=True)
class Ensemble:
    """Trees added up from ``base`` and divided by ``divisor``.

    With values of one number each, tree ``i`` adds to output ``i % len(base)``. ``single`` says that inputs are
    rounded to single precision before they are compared.
    """

    trees: tuple[Tree, ...]
    base: tuple[float, ...]
    divisor: float
    link: str
    single: bool


def read(model: Any) -> Weights | Ensemble:
    """Return what a fitted model is made of.

    Raises:
        Unsupported: it has no compiled form.
    """
    kind = name_of(model)
    if kind in CLASSIFIERS | REGRESSORS | LOG_REGRESSORS:
        return _weights(model, kind)
    if kind in SINGLE_TREES:
        return _forest(model, [model])
    if kind in FORESTS:
        return _forest(model, model.estimators_)
    if kind in BOOSTINGS:
        return _boosting(model)
    if kind in HIST_BOOSTINGS:
        return _hist_boosting(model)
    raise Unsupported(f"the model {kind} has no compiled form")


def _weights(model: Any, kind: str) -> Weights:
    weights = np.atleast_2d(np.asarray(model.coef_, dtype=np.float64))
    intercepts = np.broadcast_to(np.asarray(model.intercept_, dtype=np.float64).ravel(), (len(weights),)).copy()
    if kind in CLASSIFIERS:
        return Weights(weights, intercepts, LOGISTIC if len(weights) == 1 else SOFTMAX)
    return Weights(weights, intercepts, IDENTITY if kind in REGRESSORS else EXPONENTIAL)


def _forest(model: Any, estimators: Sequence[Any]) -> Ensemble:
    if model.n_outputs_ != 1:
        raise Unsupported("the model has several targets")
    trees = tuple(_tree(one.tree_, one.tree_.value[:, 0, :]) for one in estimators)
    outputs = trees[0].value.shape[1]
    return Ensemble(trees, (0.0,) * outputs, float(len(trees)), SHARES if outputs > 1 else IDENTITY, single=True)


def _tree(tree: Any, value: Array) -> Tree:
    gap_left = np.asarray(tree.missing_go_to_left, dtype=bool)
    return Tree(tree.children_left, tree.children_right, tree.feature, tree.threshold, gap_left, value)


def _boosting(model: Any) -> Ensemble:
    if model.init_ != "zero" and name_of(model.init_) not in ("DummyClassifier", "DummyRegressor"):
        raise Unsupported("the model starts from another model")
    base = np.ravel(model._raw_predict_init(np.zeros((1, model.n_features_in_), dtype=np.float32)))  # noqa: SLF001
    link = _link(model._loss)  # noqa: SLF001
    # the exponential loss halves its log-odds; a factor of two is exact in binary
    factor = 2.0 if type(model._loss).__name__ == "ExponentialLoss" else 1.0  # noqa: SLF001
    trees = [
        _tree(one.tree_, one.tree_.value[:, 0, :] * model.learning_rate * factor)
        for stage in model.estimators_
        for one in stage
    ]
    return Ensemble(tuple(trees), tuple((base * factor).tolist()), 1.0, link, single=True)


def _hist_boosting(model: Any) -> Ensemble:
    nodes = [predictor.nodes for stage in model._predictors for predictor in stage]  # noqa: SLF001
    if getattr(model, "_preprocessor", None) is not None or any(one["is_categorical"].any() for one in nodes):
        raise Unsupported("the model splits by categories")
    base = tuple(np.ravel(model._baseline_prediction).tolist())  # noqa: SLF001
    return Ensemble(tuple(map(_hist_tree, nodes)), base, 1.0, _link(model._loss), single=False)  # noqa: SLF001


def _hist_tree(nodes: Array) -> Tree:
    is_leaf = nodes["is_leaf"].astype(bool)
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    return Tree(
        np.where(is_leaf, -1, left),
        np.where(is_leaf, -1, right),
        nodes["feature_idx"].astype(np.int64),
        nodes["num_threshold"].astype(np.float64),
        nodes["missing_go_to_left"].astype(bool),
        nodes["value"].astype(np.float64)[:, np.newaxis],
    )


def _link(loss: Any) -> str:
    name = type(loss.link).__name__
    if name not in _LINKS:
        raise Unsupported(f"the model's loss {type(loss).__name__} has no compiled form")
    return _LINKS[name]
