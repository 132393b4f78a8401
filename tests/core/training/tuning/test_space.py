import pytest

from core.errors import InvalidParameter, InvalidStudy
from core.records.project import Task
from core.records.study import Dimension, DimensionKind
from core.training import estimators
from core.training.tuning import combinations, space

FOREST = estimators.card("random_forest", Task.BINARY)
LOGISTIC = estimators.card("logistic_regression", Task.BINARY)


def ranged(name: str = "max_depth", kind: DimensionKind = DimensionKind.INT, **changes: object) -> Dimension:
    return Dimension.model_validate({"name": name, "kind": kind, "low": 2, "high": 8, **changes})


def test_the_proposal_is_what_the_estimator_declares_worth_trying():
    found = {dimension.name: dimension for dimension in space.propose(LOGISTIC)}
    assert found["C"] == Dimension(name="C", kind=DimensionKind.FLOAT, low=1e-3, high=1e2, log=True)
    assert found["class_weight"].choices == (None, "balanced")
    assert "tol" not in found


@pytest.mark.parametrize("task", list(Task))
def test_every_estimator_has_a_proposal_that_is_allowed_or_none_at_all(task: Task):
    for card in estimators.cards(task):
        proposed = combinations.proposed(card)
        if proposed:
            assert combinations.outline(card, {}, proposed).problem == ""


def test_text_becomes_ranges_choices_and_values_that_stay():
    texts = {
        "max_depth": "2:8",
        "min_samples_leaf": "1:50:log",
        "n_estimators": "50:200:50",
        "class_weight": "balanced",
    }
    depth, leaf, trees, weight = space.parse(FOREST, texts)
    assert depth == ranged()
    assert (leaf.low, leaf.high, leaf.log) == (1, 50, True)
    assert trees.step == 50
    assert (weight.kind, weight.choices) == (DimensionKind.FIXED, ("balanced",))
    (mixed,) = space.parse(FOREST, {"max_depth": "4, 8, none"})
    assert (mixed.kind, mixed.choices) == (DimensionKind.CHOICE, (4, 8, None))


@pytest.mark.parametrize("text", ["a:b", "1:2:3:4", "1:inf", "1:2:logg"])
def test_text_that_is_no_range_is_refused_with_how_to_write_one(text: str):
    with pytest.raises(InvalidStudy, match="LO:HI"):
        space.parse(FOREST, {"max_depth": text})


@pytest.mark.parametrize(
    ("dimension", "said"),
    [
        (ranged(low=8, high=2), "goes from 8 to 2"),
        (ranged(low=3, high=3), "goes from 3 to 3"),
        (ranged(low=None), "goes from nothing to 8"),
        (ranged("C", DimensionKind.FLOAT, low=0.0, high=1.0, log=True), "C=0.0"),
        (ranged("ccp_alpha", DimensionKind.FLOAT, low=0.0, high=1.0, log=True), "must begin above 0"),
        (ranged(log=True, step=2), "both a log scale and a step"),
        (ranged(step=1.5), "whole number"),
        (ranged(step=0), "above 0"),
        (ranged(step=9), "at most 6"),
        (Dimension(name="max_depth", kind=DimensionKind.CHOICE), "no values"),
        (Dimension(name="max_depth", kind=DimensionKind.CHOICE, choices=(2, 2)), "twice"),
    ],
)
def test_ranges_that_are_none_are_refused(dimension: Dimension, said: str):
    card = LOGISTIC if dimension.name == "C" else FOREST
    with pytest.raises((InvalidStudy, InvalidParameter), match=said):
        space.check(card, [dimension])


def test_values_outside_the_limits_of_the_estimator_are_refused():
    for dimension in (
        ranged(low=0),
        ranged("max_features", DimensionKind.FLOAT, low=0.5, high=1.5),
        Dimension(name="max_depth", kind=DimensionKind.CHOICE, choices=(2, -1)),
        ranged("class_weight", DimensionKind.FLOAT),
        ranged("nosuch"),
        ranged("max_features", DimensionKind.INT, low=0.5, high=1.0),
    ):
        with pytest.raises(InvalidParameter):
            space.check(FOREST, [dimension])


def test_a_space_without_anything_to_search_is_refused():
    fixed = Dimension(name="max_depth", kind=DimensionKind.FIXED, choices=(4,))
    for nothing in ([], [fixed], [fixed.model_copy(update={"kind": DimensionKind.CHOICE})]):
        with pytest.raises(InvalidStudy, match="empty"):
            space.check(FOREST, nothing)
    with pytest.raises(InvalidStudy, match="twice"):
        space.check(FOREST, [ranged(), ranged()])


def test_a_grid_takes_steps_whole_numbers_and_five_of_anything_else():
    assert list(space.grid_values(ranged(low=2, high=5))) == [2, 3, 4, 5]
    assert list(space.grid_values(ranged(low=10, high=40, step=15))) == [10, 25, 40]
    assert list(space.grid_values(ranged("C", DimensionKind.FLOAT, low=0.0, high=1.0, step=0.25))) == [
        0.0,
        0.25,
        0.5,
        0.75,
        1.0,
    ]
    assert space.grid_values(ranged("C", DimensionKind.FLOAT, low=0.01, high=100.0, log=True)) == pytest.approx(
        [0.01, 0.1, 1.0, 10.0, 100.0]
    )
    assert space.grid_values(ranged(low=1, high=10_000, log=True)) == [1, 10, 100, 1000, 10_000]


def test_a_grid_is_whole_and_its_order_is_that_of_the_seed():
    axes = [
        ranged(low=2, high=4),
        Dimension(name="class_weight", kind=DimensionKind.CHOICE, choices=(None, "balanced")),
    ]
    points = combinations.grid(FOREST, {}, axes, 1)
    assert len({tuple(point.items()) for point in points}) == 6 == space.grid_size(axes) == space.count(axes)
    assert points == combinations.grid(FOREST, {}, axes, 1)
    assert points != combinations.grid(FOREST, {}, axes, 2)


def test_a_grid_that_is_too_large_says_how_large():
    axes = [ranged(low=1, high=101), ranged("n_estimators", low=1, high=100)]
    with pytest.raises(InvalidStudy, match="10,100 combinations"):
        combinations.grid(FOREST, {}, axes, 0)


def test_combinations_are_counted_where_they_can_be():
    assert space.count([ranged(), ranged("C", DimensionKind.FLOAT, low=0.0, high=1.0)]) is None
    assert space.count([ranged(log=True)]) == 7
