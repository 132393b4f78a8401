"""Hyperparameters by the one table."""

import pytest

from core.errors import InvalidParameter, UnknownEstimator
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
    assert parameter(BOOSTING, "loss").choices == ("absolute_error", "poisson", "squared_error")


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.key)
def test_every_hint_shows_in_some_card_and_every_soft_range_lies_inside_the_hard_one(entry):
    shown = {}
    for task in Task:
        found = [card for card in estimators.cards(task) if card.key == entry.key]
        shown |= {p.name: p for card in found for p in card.parameters}
    assert set(shown) == set(entry.hints)
    for p in shown.values():
        assert p.help
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
    with pytest.raises(UnknownEstimator, match="ridge, random_forest, hist_gradient_boosting"):
        estimators.card("logistic_regression", Task.REGRESSION)


def test_estimators_carry_the_seed_where_they_use_one():
    assert estimators.build("random_forest", Task.BINARY, {}, seed=9).random_state == 9
    assert estimators.build("ridge", Task.REGRESSION, {}, seed=9).random_state == 9


def test_allowed_says_the_range_in_words():
    assert allowed(parameter(BOOSTING, "learning_rate")) == "a number above 0"
    assert allowed(parameter(FOREST, "max_features")) == "one of log2, sqrt, or none"
