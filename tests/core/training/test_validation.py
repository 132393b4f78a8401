"""Folds, thresholds and what a trained model carries of them."""

import numpy as np
import pytest

from core.errors import InvalidSpec
from core.records.project import CostMatrix, Task
from core.records.training import Split, SplitKind, Threshold, ThresholdRule
from core.training import trainer, validation
from core.training.checking import rehearse, require_threshold
from core.training.thresholds import choose
from tests.core.training.tables import BINARY, COLUMNS, MULTICLASS, REGRESSION, customers, spec

TABLE = customers()


def train(table=TABLE, **changes):
    return trainer.train(table, COLUMNS, spec(**changes))


@pytest.mark.parametrize("task", [BINARY, MULTICLASS, REGRESSION], ids=lambda task: task["task"])
def test_every_metric_is_told_for_every_fold_and_the_held_out_rows_stay_out(task):
    estimator = "ridge" if task is REGRESSION else "logistic_regression"
    plain = train(**task, estimator=estimator).evaluation
    found = train(**task, estimator=estimator, split=Split(kind=SplitKind.CV, folds=4)).evaluation
    assert {len(values) for values in found.folds.values()} == {4}
    assert set(found.folds) == set(found.metrics)
    assert (found.metrics, found.rows_test) == (plain.metrics, plain.rows_test)
    low, high = min(found.folds[task["metric"]]), max(found.folds[task["metric"]])
    assert low < high


def test_folds_never_see_the_rows_they_answer():
    table = TABLE.copy()
    held_out = train().test.index
    table.loc[held_out, "charges"] = 1e9
    changed = train(table, split=Split(kind=SplitKind.CV, folds=3)).evaluation
    assert changed.folds == train(split=Split(kind=SplitKind.CV, folds=3)).evaluation.folds


def test_a_threshold_by_rule_is_chosen_on_out_of_fold_answers_and_is_part_of_the_model():
    rule = Threshold(rule=ThresholdRule.TARGET_RECALL, value=0.9)
    wanted = spec(threshold=rule)
    learned = trainer.learn(TABLE, COLUMNS, wanted)
    assert learned.validation is not None
    whole = learned.validation.whole
    assert len(whole.actual) == 192
    assert learned.fitted.threshold == choose(rule, whole.is_positive, whole.score).value
    recall = (whole.score[whole.is_positive] >= learned.fitted.threshold).mean()
    assert recall >= 0.9
    found = trainer.judge(learned, wanted)
    assert found.evaluation.threshold == learned.fitted.threshold
    assert "recall of 90%" in found.evaluation.threshold_reason
    said = found.outcome.score >= learned.fitted.threshold
    assert (found.outcome.said_positive == said).all()
    assert len(found.evaluation.thresholds) == len(found.evaluation.validation) == 101


def test_held_out_rows_have_no_say_in_the_threshold():
    rule = Threshold(rule=ThresholdRule.MAX_F1)
    table = TABLE.copy()
    held_out = train().test.index
    table.loc[held_out, "charges"] = 0.0
    assert trainer.learn(table, COLUMNS, spec(threshold=rule)).fitted.threshold == (
        trainer.learn(TABLE, COLUMNS, spec(threshold=rule)).fitted.threshold
    )


def test_each_fold_is_judged_at_the_threshold_of_the_others():
    wanted = spec(threshold=Threshold(rule=ThresholdRule.MAX_F1), split=Split(kind=SplitKind.CV, folds=3))
    found = trainer.learn(TABLE, COLUMNS, wanted).validation
    assert found is not None
    recall = validation.figures(wanted, found)["recall"]
    first, *others = found.outcomes
    threshold = validation.choose(wanted, validation.Validation(tuple(others))).value
    assert recall[0] == np.mean(first.score[first.is_positive] >= threshold)


def test_nested_folds_choose_their_threshold_on_rows_they_learn_from_alone():
    rule = Threshold(rule=ThresholdRule.MAX_F1)
    wanted = spec(threshold=rule, split=Split(kind=SplitKind.NESTED, folds=3, inner=2))
    learned = trainer.learn(TABLE, COLUMNS, wanted)
    found, parted = learned.validation, learned.parted
    assert len(found.thresholds) == 3

    folds = validation.folds_of(wanted, 3, parted.target.values[parted.train_rows], None, None)
    inside = parted.train_rows[folds[0].learned]
    table = TABLE.copy()
    outside = np.setdiff1d(np.arange(len(TABLE)), parted.target.rows[inside])
    table.loc[outside, "charges"] = 1e6
    changed = trainer.learn(table, COLUMNS, wanted).validation
    assert changed.thresholds[0] == found.thresholds[0]
    assert changed.thresholds[1:] != found.thresholds[1:]

    evaluation = trainer.judge(learned, wanted).evaluation
    assert evaluation.fold_thresholds == found.thresholds
    first = found.outcomes[0]
    assert evaluation.folds["recall"][0] == np.mean(first.score[first.is_positive] >= found.thresholds[0])
    plain = trainer.learn(TABLE, COLUMNS, spec(threshold=rule, split=Split(kind=SplitKind.CV, folds=3)))
    assert learned.fitted.threshold == plain.fitted.threshold


def test_inner_folds_without_anything_to_choose_are_refused():
    nested = Split(kind=SplitKind.NESTED, folds=3, inner=2)
    for changes in ({}, {**REGRESSION}, {**MULTICLASS}):
        with pytest.raises(InvalidSpec, match="inner folds choose the threshold"):
            require_threshold(spec(**{**changes, "split": nested}))
    few = TABLE.assign(churn=["Yes"] * 8 + ["No"] * 232)
    wanted = spec(threshold=Threshold(rule=ThresholdRule.MAX_F1), split=Split(kind=SplitKind.NESTED, folds=2, inner=5))
    with pytest.raises(InvalidSpec, match="too few for 5 folds"):
        rehearse(few, wanted)


def test_plain_trainings_make_no_folds():
    assert trainer.learn(TABLE, COLUMNS, spec()).validation is None
    fixed = train(threshold=Threshold(value=0.3))
    assert (fixed.fitted.threshold, fixed.evaluation.threshold_reason) == (0.3, "fixed at 0.3")


def test_groups_and_time_are_kept_apart_in_the_folds_too():
    by_day = Split(kind=SplitKind.TIME, time_column="day", gap="2d", folds=3)
    parted = trainer.part(TABLE, COLUMNS, spec(split=by_day))
    gap = TABLE.loc[parted.test.index, "day"].min() - TABLE.loc[parted.train.index, "day"].max()
    assert gap.days == 3
    table = TABLE.assign(store=[f"s{row % 20}" for row in range(240)])
    by_store = Split(kind=SplitKind.GROUP, group_column="store", folds=3)
    parted = trainer.part(table, COLUMNS, spec(split=by_store))
    assert not set(table.loc[parted.train.index, "store"]) & set(table.loc[parted.test.index, "store"])
    assert train(table, split=by_store).evaluation.folds["roc_auc"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({**MULTICLASS, "threshold": Threshold(value=0.4)}, "a multiclass project has no threshold"),
        ({"threshold": Threshold(rule=ThresholdRule.MIN_COST)}, "needs the project's cost matrix"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(changes, said):
    with pytest.raises(InvalidSpec, match=said):
        require_threshold(spec(**changes))
    require_threshold(spec(threshold=Threshold(rule=ThresholdRule.MIN_COST, costs=CostMatrix())))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"split": Split(kind=SplitKind.CV, folds=20)}, "the rarest class has"),
        (
            {**REGRESSION, "params": {"loss": "poisson"}},
            "'poisson' wants no negative value, but the target",
        ),
        ({**REGRESSION, "params": {"loss": "gamma"}}, "'gamma' wants values above zero only"),
    ],
)
def test_what_the_rows_cannot_give_is_refused_before_a_job_is_queued(changes, said):
    table = TABLE.assign(churn=["Yes"] * 12 + ["No"] * 228, spend=TABLE["spend"] - 250)
    with pytest.raises(InvalidSpec, match=said):
        rehearse(table, spec(**changes))


def test_a_binary_task_is_needed_for_folds_by_threshold():
    assert validation.wanted(spec(threshold=Threshold(rule=ThresholdRule.MAX_F1))) == validation.FOLDS
    assert validation.wanted(spec(task=Task.REGRESSION)) == 0
