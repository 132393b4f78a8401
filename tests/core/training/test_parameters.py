"""Hyperparameters by the one table."""

import pytest

from core.errors import ExtraMissing, InvalidParameter, UnknownEstimator
from core.records.project import Task
from core.training import estimators
from core.training.catalogue import CATALOGUE
from core.training.parameters import allowed

FOREST = estimators.card("random_forest", Task.BINARY)
BOOSTING = estimators.card("hist_gradient_boosting", Task.REGRESSION)
LOGISTIC = estimators.card("logistic_regression", Task.BINARY)


def parameter(card, name):
    return next(p for p in card.parameters if p.name == name)


def test_ranges_and_defaults_are_those_scikit_learn_declares():
    depth = parameter(FOREST, "max_depth")
    assert (depth.kind, depth.low, depth.high, depth.closed, depth.optional) == ("int", 1, None, "left", True)
    share = parameter(BOOSTING, "max_features")
    assert (share.kind, share.low, share.high, share.closed, share.default) == ("float", 0, 1, "right", 1.0)


def test_kind_follows_the_default_where_scikit_learn_takes_several():
    assert parameter(FOREST, "max_features").choices == ("log2", "sqrt")
    assert parameter(estimators.card("random_forest", Task.REGRESSION), "max_features").kind == "float"
    assert parameter(FOREST, "min_samples_leaf").kind == "int"


def test_our_table_can_change_a_default_and_narrow_the_choices():
    assert parameter(LOGISTIC, "max_iter").default == 1000
    assert parameter(BOOSTING, "loss").choices == ("absolute_error", "gamma", "poisson", "quantile", "squared_error")


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.key)
def test_every_hint_shows_in_some_card_and_every_soft_range_lies_inside_the_hard_one(entry):
    shown = {}
    for task in Task:
        found = [card for card in estimators.cards(task) if card.key == entry.key]
        shown |= {p.name: p for card in found for p in card.parameters}
    assert set(shown) == set(entry.hints)
    for p in shown.values():
        assert p.help
        assert p.kind in ("int", "float", "choice", "bool", "layers")
        assert p.soft_low is None or p.low is None or p.soft_low >= p.low
        assert p.soft_high is None or p.high is None or p.soft_high <= p.high
        assert not p.log or p.soft_low > 0


@pytest.mark.parametrize("task", Task)
def test_every_default_passes_its_own_check_and_builds(task):
    for card in estimators.cards(task):
        values = estimators.check(card, {})
        assert estimators.check(card, values) == values
        estimators.build(card.key, task, values, seed=3)


def test_text_is_read_by_kind():
    texts = {"max_depth": " 8 ", "bootstrap": "No", "ccp_alpha": "1e-3", "criterion": "entropy", "class_weight": ""}
    assert estimators.parse(FOREST, texts) == {
        "max_depth": 8,
        "bootstrap": False,
        "ccp_alpha": 0.001,
        "criterion": "entropy",
        "class_weight": None,
    }
    assert estimators.parse(FOREST, {"max_depth": "None"}) == {"max_depth": None}


def test_whole_numbers_pass_as_fractions_and_the_reverse_without_loss():
    assert estimators.check(LOGISTIC, {"C": 2})["C"] == 2.0
    assert estimators.check(FOREST, {"max_depth": 8.0})["max_depth"] == 8
    assert isinstance(estimators.check(FOREST, {"max_depth": 8.0})["max_depth"], int)


@pytest.mark.parametrize(
    ("card", "values", "said"),
    [
        (
            FOREST,
            {"max_depth": 0},
            "max_depth=0 of random_forest is not allowed: it must be a whole number at least 1, or none.",
        ),
        (FOREST, {"max_depth": 2.5}, "it must be a whole number"),
        (FOREST, {"max_depth": True}, "it must be a whole number"),
        (FOREST, {"max_depth": "deep"}, "max_depth='deep'"),
        (FOREST, {"n_estimators": None}, "it must be a whole number at least 1."),
        (FOREST, {"bootstrap": 1}, "it must be true or false."),
        (FOREST, {"criterion": "luck"}, "it must be one of entropy, gini, log_loss."),
        (FOREST, {"trees": 5}, "it has no such parameter. It has: n_estimators,"),
        (FOREST, {"random_state": 5}, "it has no such parameter."),
        (LOGISTIC, {"C": 0.0}, "it must be a number above 0."),
        (LOGISTIC, {"C": float("inf")}, "it must be a number above 0."),
        (LOGISTIC, {"C": float("nan")}, "it must be a number above 0."),
        (BOOSTING, {"max_features": 1.01}, "it must be a number above 0 and at most 1."),
        (BOOSTING, {"max_bins": 256}, "it must be a whole number at least 2 and at most 255."),
    ],
)
def test_bad_values_are_refused_with_name_value_and_range(card, values, said):
    with pytest.raises(InvalidParameter) as caught:
        estimators.check(card, values)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"), [("max_depth", "8.5"), ("max_depth", "nan"), ("bootstrap", "maybe"), ("ccp_alpha", "-1")]
)
def test_bad_text_is_refused(name, text):
    with pytest.raises(InvalidParameter, match=name):
        estimators.parse(FOREST, {name: text})


def test_unknown_estimator_names_those_there_are():
    with pytest.raises(UnknownEstimator, match="linear_regression, ridge, lasso, elastic_net"):
        estimators.card("logistic_regression", Task.REGRESSION)


@pytest.mark.parametrize(
    ("key", "task", "values", "said"),
    [
        ("logistic_regression", Task.BINARY, {"l1_ratio": 0.5}, "the solver must be saga"),
        ("logistic_regression", Task.BINARY, {"l1_ratio": 0.5, "solver": "liblinear"}, "takes l1_ratio 0 or 1 only"),
        ("logistic_regression", Task.MULTICLASS, {"solver": "liblinear"}, "knows two classes only"),
        ("ridge", Task.REGRESSION, {"positive": True, "solver": "svd"}, "positive weights need the solver lbfgs"),
        ("ridge", Task.REGRESSION, {"solver": "lbfgs"}, "for positive weights only"),
        ("random_forest", Task.BINARY, {"bootstrap": False, "max_samples": 0.5}, "an effect with bootstrap True"),
        ("svm", Task.BINARY, {"degree": 5}, "it only has an effect with kernel poly. Change that, or leave it at 3."),
        ("svm", Task.BINARY, {"kernel": "linear", "gamma": 0.1}, "with kernel other than linear"),
        ("svm", Task.BINARY, {"probability": True}, "it has no such parameter"),
        ("mlp", Task.BINARY, {"hidden_layer_sizes": "64,x"}, "whole numbers from 1 to 9999, separated by commas"),
        ("mlp", Task.BINARY, {"hidden_layer_sizes": "0"}, "such as 64,32"),
        ("mlp", Task.BINARY, {"solver": "lbfgs", "early_stopping": True}, "with solver other than lbfgs"),
        ("dummy", Task.REGRESSION, {"quantile": 0.9}, "with strategy quantile"),
        ("hist_gradient_boosting", Task.REGRESSION, {"quantile": 0.9}, "with loss quantile"),
        ("xgboost", Task.BINARY, {"max_leaves": 8}, "with grow_policy other than depthwise"),
    ],
)
def test_impossible_combinations_are_refused_in_words(key, task, values, said):
    with pytest.raises(InvalidParameter) as caught:
        estimators.check(estimators.card(key, task), values)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("key", "task", "values"),
    [
        ("logistic_regression", Task.BINARY, {"l1_ratio": 1.0, "solver": "liblinear"}),
        ("logistic_regression", Task.MULTICLASS, {"l1_ratio": 0.5, "solver": "saga"}),
        ("ridge", Task.REGRESSION, {"positive": True}),
        ("random_forest", Task.BINARY, {"max_samples": 0.5}),
        ("svm", Task.BINARY, {"kernel": "poly", "degree": 2, "coef0": 1.0, "gamma": 0.1}),
        ("hist_gradient_boosting", Task.REGRESSION, {"loss": "quantile", "quantile": 0.9}),
        ("xgboost", Task.BINARY, {"grow_policy": "lossguide", "max_leaves": 8}),
    ],
)
def test_possible_combinations_pass(key, task, values):
    assert values.items() <= estimators.check(estimators.card(key, task), values).items()


def test_values_without_effect_settle_at_their_defaults():
    card = estimators.card("svm", Task.BINARY)
    assert estimators.settle(card, {"kernel": "linear", "degree": 5, "gamma": 2.0, "C": 3.0}) == estimators.check(
        card, {"kernel": "linear", "C": 3.0}
    )


def test_layers_are_read_in_any_spelling_and_given_as_sizes():
    card = estimators.card("mlp", Task.BINARY)
    for text in ("64,32", " 64 , 32 ", "(64, 32)", "[64,32]"):
        assert estimators.parse(card, {"hidden_layer_sizes": text}) == {"hidden_layer_sizes": "64,32"}
    assert estimators.build("mlp", Task.BINARY, {"hidden_layer_sizes": "64,32"}, 0).hidden_layer_sizes == (64, 32)


def test_an_empty_number_stands_for_the_estimators_own_word():
    svm = estimators.build("svm", Task.REGRESSION, {"gamma": None}, 0)
    assert svm.gamma == "scale"
    assert estimators.build("svm", Task.REGRESSION, {"gamma": 0.5}, 0).gamma == 0.5
    assert estimators.build("mlp", Task.BINARY, {}, 0).batch_size == "auto"


def test_an_estimator_whose_package_is_missing_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(estimators, "find_spec", lambda name: None)
    estimators._built_in.cache_clear()
    try:
        assert "lightgbm" not in {card.key for card in estimators.cards(Task.BINARY)}
        with pytest.raises(ExtraMissing, match=r"LightGBM needs extra packages. Add them with `pip install lightgbm`"):
            estimators.card("lightgbm", Task.BINARY)
    finally:
        estimators._built_in.cache_clear()


def test_estimators_carry_the_seed_where_they_use_one():
    assert estimators.build("random_forest", Task.BINARY, {}, seed=9).random_state == 9
    assert estimators.build("ridge", Task.REGRESSION, {}, seed=9).random_state == 9


def test_allowed_says_the_range_in_words():
    assert allowed(parameter(BOOSTING, "learning_rate")) == "a number above 0"
    assert allowed(parameter(FOREST, "max_features")) == "one of log2, sqrt, or none"
