"""LightGBM and XGBoost as scikit-learn estimators that keep their model as plain text.

Their own wrappers can only be pickled. Here a fitted estimator holds the library's text format (LightGBM's model
string, XGBoost's JSON), so that a model file holds text and numbers and nothing that could run. Answers always come
from that text, read back once a process: before and after storing they are the same bits.
"""

from collections.abc import Mapping
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions

from core.errors import ExtraMissing

Array = np.ndarray[Any, Any]

_SHARE = [Interval(RealNotInt, 0.0, 1.0, closed="right")]
_PULL = [Interval(RealNotInt, 0.0, None, closed="left")]
_COUNT = [Interval(Integral, 1, None, closed="left")]
_SHARED: dict[str, list[Any]] = {
    "learning_rate": [Interval(RealNotInt, 0.0, None, closed="neither")],
    "n_estimators": _COUNT,
    "subsample": _SHARE,
    "colsample_bytree": _SHARE,
    "reg_alpha": _PULL,
    "reg_lambda": _PULL,
    "max_bin": [Interval(Integral, 2, None, closed="left")],
}
_WEIGHTED: dict[str, list[Any]] = {"class_weight": [StrOptions({"balanced"}), None]}
_LIGHTGBM: dict[str, list[Any]] = {
    **_SHARED,
    "num_leaves": [Interval(Integral, 2, 131072, closed="both")],
    "max_depth": [Interval(Integral, 1, None, closed="left"), None],
    "min_child_samples": _COUNT,
    "min_split_gain": _PULL,
}
_XGBOOST: dict[str, list[Any]] = {
    **_SHARED,
    "max_depth": _COUNT,
    "min_child_weight": _PULL,
    "gamma": _PULL,
    "grow_policy": [StrOptions({"depthwise", "lossguide"})],
    "max_leaves": [Interval(Integral, 2, None, closed="left"), None],
}


def _library(name: str, title: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise ExtraMissing(feature=title, command=f"pip install {name}") from error


class _Text(BaseEstimator):  # type: ignore[misc]
    """What all four share: a model as text, read back when it is first asked."""

    model_text_: str

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_booster"}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)

    def _keep(self, text: str, columns: int) -> None:
        self.model_text_, self.n_features_in_ = text, columns
        self.__dict__.pop("_booster", None)

    def _asked(self) -> Any:
        if "_booster" not in self.__dict__:
            self._booster = self._read()
        return self._booster

    def _learn(self, matrix: Array, answers: Array, weights: Array | None, classes: int) -> None:
        raise NotImplementedError

    def _read(self) -> Any:
        raise NotImplementedError

    def _raw(self, matrix: Array) -> Array:
        raise NotImplementedError


class _Classifier(ClassifierMixin, _Text):  # type: ignore[misc]
    """Classes on top of a booster that answers with probabilities."""

    def fit(self, matrix: Array, answers: Array) -> Self:
        """Learn; the same arguments give the same text on any number of threads."""
        self.classes_, indices = np.unique(answers, return_inverse=True)
        weights = _balanced(indices) if self.class_weight == "balanced" else None
        self._learn(matrix, indices.astype(np.float64), weights, len(self.classes_))
        return self

    def predict_proba(self, matrix: Array) -> Array:
        """Return one probability a class and row."""
        raw = np.asarray(self._raw(matrix), dtype=np.float64)
        scores = np.column_stack([1.0 - raw, raw]) if raw.ndim == 1 else raw
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    def predict(self, matrix: Array) -> Array:
        """Return the likeliest class of each row."""
        return np.asarray(self.classes_[np.argmax(self.predict_proba(matrix), axis=1)])


class _Regressor(RegressorMixin, _Text):  # type: ignore[misc]
    """Numbers from a booster."""

    def fit(self, matrix: Array, answers: Array) -> Self:
        """Learn; the same arguments give the same text on any number of threads."""
        self._learn(matrix, np.asarray(answers, dtype=np.float64), None, 0)
        return self

    def predict(self, matrix: Array) -> Array:
        """Return one number a row."""
        return np.asarray(self._raw(matrix), dtype=np.float64)


def _balanced(indices: Array) -> Array:
    """Return weights that give every class the same weight in total, as scikit-learn's 'balanced' does."""
    counts = np.bincount(indices)
    return np.asarray((len(indices) / (len(counts) * counts))[indices])


class _LightGbm(_Text):
    """A booster of LightGBM; ``deterministic`` makes sums independent of the number of threads."""

    def __init__(
        self,
        learning_rate: float = 0.1,
        n_estimators: int = 100,
        num_leaves: int = 31,
        max_depth: int | None = None,
        min_child_samples: int = 20,
        subsample: float = 1.0,
        colsample_bytree: float = 1.0,
        reg_alpha: float = 0.0,
        reg_lambda: float = 0.0,
        min_split_gain: float = 0.0,
        max_bin: int = 255,
        random_state: int = 0,
    ) -> None:
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.num_leaves = num_leaves
        self.max_depth = max_depth
        self.min_child_samples = min_child_samples
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_alpha = reg_alpha
        self.reg_lambda = reg_lambda
        self.min_split_gain = min_split_gain
        self.max_bin = max_bin
        self.random_state = random_state

    def _learn(self, matrix: Array, answers: Array, weights: Array | None, classes: int) -> None:
        library = _library("lightgbm", "LightGBM")
        goal = "regression" if not classes else "binary" if classes == 2 else "multiclass"
        several = {"num_class": classes} if classes > 2 else {}
        data = library.Dataset(matrix, answers, weight=weights, params={"max_bin": self.max_bin, "verbosity": -1})
        model = library.train({"objective": goal, **several, **self._options()}, data, self.n_estimators)
        self._keep(model.model_to_string(), matrix.shape[1])

    def _options(self) -> dict[str, Any]:
        return {
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "max_depth": self.max_depth or -1,
            "min_data_in_leaf": self.min_child_samples,
            "bagging_fraction": self.subsample,
            "bagging_freq": 1 if self.subsample < 1 else 0,
            "feature_fraction": self.colsample_bytree,
            "lambda_l1": self.reg_alpha,
            "lambda_l2": self.reg_lambda,
            "min_gain_to_split": self.min_split_gain,
            "max_bin": self.max_bin,
            "seed": self.random_state % (2**31),
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }

    def _read(self) -> Any:
        return _library("lightgbm", "LightGBM").Booster(model_str=self.model_text_)

    def _raw(self, matrix: Array) -> Array:
        return np.asarray(self._asked().predict(matrix, num_threads=1))


class LightGbmClassifier(_Classifier, _LightGbm):
    """LightGBM for classes."""

    _parameter_constraints = {**_LIGHTGBM, **_WEIGHTED}

    def __init__(
        self,
        learning_rate: float = 0.1,
        n_estimators: int = 100,
        num_leaves: int = 31,
        max_depth: int | None = None,
        min_child_samples: int = 20,
        subsample: float = 1.0,
        colsample_bytree: float = 1.0,
        reg_alpha: float = 0.0,
        reg_lambda: float = 0.0,
        min_split_gain: float = 0.0,
        max_bin: int = 255,
        class_weight: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            learning_rate=learning_rate,
            n_estimators=n_estimators,
            num_leaves=num_leaves,
            max_depth=max_depth,
            min_child_samples=min_child_samples,
            subsample=subsample,
            colsample_bytree=colsample_bytree,
            reg_alpha=reg_alpha,
            reg_lambda=reg_lambda,
            min_split_gain=min_split_gain,
            max_bin=max_bin,
            random_state=random_state,
        )
        self.class_weight = class_weight


class LightGbmRegressor(_Regressor, _LightGbm):
    """LightGBM for numbers."""

    _parameter_constraints = _LIGHTGBM


class _XgBoost(_Text):
    """A booster of XGBoost by histograms."""

    def __init__(
        self,
        learning_rate: float = 0.3,
        n_estimators: int = 100,
        max_depth: int = 6,
        min_child_weight: float = 1.0,
        subsample: float = 1.0,
        colsample_bytree: float = 1.0,
        reg_alpha: float = 0.0,
        reg_lambda: float = 1.0,
        gamma: float = 0.0,
        grow_policy: str = "depthwise",
        max_leaves: int | None = None,
        max_bin: int = 256,
        random_state: int = 0,
    ) -> None:
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_alpha = reg_alpha
        self.reg_lambda = reg_lambda
        self.gamma = gamma
        self.grow_policy = grow_policy
        self.max_leaves = max_leaves
        self.max_bin = max_bin
        self.random_state = random_state

    def _learn(self, matrix: Array, answers: Array, weights: Array | None, classes: int) -> None:
        library = _library("xgboost", "XGBoost")
        goal = "reg:squarederror" if not classes else "binary:logistic" if classes == 2 else "multi:softprob"
        several = {"num_class": classes} if classes > 2 else {}
        data = library.QuantileDMatrix(matrix, answers, weight=weights, max_bin=self.max_bin)
        model = library.train({"objective": goal, **several, **self._options()}, data, self.n_estimators)
        self._keep(bytes(model.save_raw("json")).decode(), matrix.shape[1])

    def _options(self) -> dict[str, Any]:
        return {
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample_bytree,
            "reg_alpha": self.reg_alpha,
            "reg_lambda": self.reg_lambda,
            "gamma": self.gamma,
            "grow_policy": self.grow_policy,
            "max_leaves": self.max_leaves or 0,
            "max_bin": self.max_bin,
            "tree_method": "hist",
            "seed": self.random_state % (2**31),
            "verbosity": 0,
        }

    def _read(self) -> Any:
        booster = _library("xgboost", "XGBoost").Booster({"nthread": 1})
        booster.load_model(bytearray(self.model_text_.encode()))
        return booster

    def _raw(self, matrix: Array) -> Array:
        return np.asarray(self._asked().inplace_predict(np.ascontiguousarray(matrix)))


class XgBoostClassifier(_Classifier, _XgBoost):
    """XGBoost for classes."""

    _parameter_constraints = {**_XGBOOST, **_WEIGHTED}

    def __init__(
        self,
        learning_rate: float = 0.3,
        n_estimators: int = 100,
        max_depth: int = 6,
        min_child_weight: float = 1.0,
        subsample: float = 1.0,
        colsample_bytree: float = 1.0,
        reg_alpha: float = 0.0,
        reg_lambda: float = 1.0,
        gamma: float = 0.0,
        grow_policy: str = "depthwise",
        max_leaves: int | None = None,
        max_bin: int = 256,
        class_weight: str | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            learning_rate=learning_rate,
            n_estimators=n_estimators,
            max_depth=max_depth,
            min_child_weight=min_child_weight,
            subsample=subsample,
            colsample_bytree=colsample_bytree,
            reg_alpha=reg_alpha,
            reg_lambda=reg_lambda,
            gamma=gamma,
            grow_policy=grow_policy,
            max_leaves=max_leaves,
            max_bin=max_bin,
            random_state=random_state,
        )
        self.class_weight = class_weight


class XgBoostRegressor(_Regressor, _XgBoost):
    """XGBoost for numbers."""

    _parameter_constraints = _XGBOOST
