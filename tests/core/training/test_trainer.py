"""From a table and a spec to a judged model."""

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance

from core.errors import InvalidSpec
from core.records.dataset import Column, ColumnKind
from core.records.project import Task
from core.records.training import Split, SplitKind
from core.training import estimators, importances, trainer
from core.training.answers import numbers, probabilities
from core.training.model_file import dump, load
from tests.core.training import tables
from tests.core.training.tables import BINARY, COLUMNS, MULTICLASS, REGRESSION, customers, spec

TABLE = customers()
SMALL = {
    "random_forest": {"n_estimators": 12},
    "extra_trees": {"n_estimators": 12},
    "hist_gradient_boosting": {"max_iter": 10},
    "lightgbm": {"n_estimators": 10},
    "xgboost": {"n_estimators": 10},
    "svm": {"C": 20.0},
    "mlp": {"hidden_layer_sizes": "8", "learning_rate_init": 0.05},
    "lasso": {"alpha": 0.1},
}
CASES = [(task, card.key) for task in (BINARY, MULTICLASS, REGRESSION) for card in estimators.cards(task["task"])]


def train(table=TABLE, columns=COLUMNS, **changes):
    wanted = spec(**changes)
    return trainer.train(table, [c for c in columns if c.name in wanted.features], wanted)


@pytest.mark.parametrize(("task", "key"), CASES, ids=lambda value: value if isinstance(value, str) else value["task"])
def test_every_estimator_learns_every_task_it_is_offered_for(task, key):
    found = train(**task, estimator=key, params=SMALL.get(key, {})).evaluation
    assert (found.rows_train, found.rows_test) == (192, 48)
    assert found.metrics.keys() == found.train_metrics.keys()
    better = found.metrics[task["metric"]] - found.baseline[task["metric"]]
    assert key == "dummy" or ((better < 0) if task is REGRESSION else (better > 0))
    assert key != "dummy" or any(line.startswith("No better than") for line in found.warnings)
    assert {name for name, _, _ in found.importances} == set(tables.FEATURES)
    assert bool(found.residuals) == (task is REGRESSION)
    assert bool(found.roc) == bool(found.pr) == (task is BINARY)
    assert sum(map(sum, found.confusion)) == (0 if task is REGRESSION else 48)


@pytest.mark.parametrize(("task", "key"), CASES, ids=lambda value: value if isinstance(value, str) else value["task"])
def test_the_same_spec_gives_the_same_answers_and_figures_and_survives_its_file_bit_by_bit(task, key):
    first, again = (train(**task, estimator=key, params=SMALL.get(key, {}), seed=5) for _ in range(2))
    assert first.evaluation == again.evaluation
    content = dump(first.fitted.pipeline)
    answer = numbers if task is REGRESSION else probabilities
    expected = answer(first.fitted.pipeline, first.test).tobytes()
    assert answer(again.fitted.pipeline, again.test).tobytes() == expected
    assert answer(load(content), first.test).tobytes() == expected
    assert len(content) == len(dump(again.fitted.pipeline))


def test_another_seed_holds_out_other_rows():
    assert list(train(seed=0).test.index) != list(train(seed=1).test.index)


def test_saved_forest_answers_on_one_thread():
    assert train(estimator="random_forest", params={"n_estimators": 3}).fitted.pipeline["model"].n_jobs == 1


def test_classes_are_sorted_and_the_positive_one_is_known():
    fitted = train(positive="No").fitted
    assert (fitted.classes, fitted.positive) == (("No", "Yes"), 0)
    assert train(positive="No").evaluation.classes == ("No", "Yes")


def test_test_rows_leave_no_trace_in_the_preprocessing():
    table = TABLE.copy()
    held_out = train().test.index
    table.loc[held_out, "charges"] = 1e9
    impute = train(table).fitted.pipeline["prepare"].named_transformers_["numbers"]["impute"]
    kept = table.loc[table.index.difference(held_out), "charges"]
    assert impute.statistics_[1] == kept.median()


def test_time_split_tests_on_the_latest_days():
    found = train(split=Split(kind=SplitKind.TIME, test_size=0.25, time_column="day"))
    assert TABLE.loc[found.train.index, "day"].max() < TABLE.loc[found.test.index, "day"].min()


def test_rows_without_target_are_left_out_and_told():
    table = TABLE.copy()
    table.loc[:4, "churn"] = None
    found = train(table).evaluation
    assert found.rows_train + found.rows_test == 235
    assert "5 rows have no value in the target 'churn' and took no part." in found.warnings


def test_missing_and_infinite_feature_values_are_no_obstacle():
    table = TABLE.copy()
    table.loc[::3, "charges"] = np.inf
    assert train(table).evaluation.metrics["roc_auc"] > 0.5


def test_more_categories_than_the_most_are_fine():
    table = TABLE.assign(code=[f"c{row % 150}" for row in range(len(TABLE))])
    columns = [*COLUMNS, Column(name="code", kind=ColumnKind.TEXT, nullable=False)]
    assert train(table, columns, features=("tenure", "code")).evaluation.metrics


def test_column_names_of_any_kind_are_only_names():
    odd = ("a_b", "ü <b>", "__proto__", "0")
    names = dict(zip(tables.FEATURES, odd, strict=True))
    columns = [column.model_copy(update={"name": names[column.name]}) for column in COLUMNS]
    found = train(TABLE.rename(columns=names), columns, features=odd).evaluation
    assert {name for name, _, _ in found.importances} == set(odd)


def test_importances_are_the_loss_when_raw_columns_are_shuffled(monkeypatch):
    monkeypatch.setattr(importances, "REPEATS", 40)
    monkeypatch.setattr(importances, "PREDICTIONS", 10**6)
    found = train(estimator="random_forest", params={"n_estimators": 20}, split=Split(test_size=0.5))
    answers = TABLE.loc[found.test.index, "churn"]
    expected = permutation_importance(
        found.fitted.pipeline, found.test, answers, scoring="roc_auc", n_repeats=40, random_state=1
    )
    by_name = {name: mean for name, mean, _ in found.evaluation.importances}
    for name, mean in zip(found.test, expected.importances_mean, strict=True):
        assert by_name[name] == pytest.approx(mean, abs=0.03)


def test_identifier_and_empty_features_are_pointed_out():
    table = TABLE.assign(code=[f"id-{row}" for row in range(240)], number=range(240), empty=np.nan)
    kinds = {"code": ColumnKind.TEXT, "number": ColumnKind.INTEGER, "empty": ColumnKind.NUMBER}
    columns = [*COLUMNS, *(Column(name=name, kind=kind, nullable=True) for name, kind in kinds.items())]
    warnings = train(table, columns, features=("tenure", *kinds)).evaluation.warnings
    assert any("'code' has a different value in nearly every row" in line for line in warnings)
    assert any("'number' has a different value in nearly every row" in line for line in warnings)
    assert any("'empty' is empty in all training rows" in line for line in warnings)


def test_column_that_gives_the_answer_away_is_suspected():
    table = TABLE.assign(contract=np.where(TABLE["churn"] == "Yes", "left", "stayed"))
    warnings = train(table, estimator="random_forest", params={"n_estimators": 20}).evaluation.warnings
    assert any(line.startswith("Suspected leak: 'contract' alone") for line in warnings)
    assert not any("leak" in line for line in train().evaluation.warnings)


def test_model_that_learned_nothing_is_called_so():
    noise = TABLE.assign(tenure=np.random.default_rng(0).permutation(TABLE["tenure"]))
    changes = {**REGRESSION, "features": ("tenure",), "estimator": "ridge"}
    warnings = train(noise, **changes).evaluation.warnings
    assert any(line.startswith("No better than always giving the same answer: RMSE is") for line in warnings)


def test_tiny_class_is_pointed_out():
    table = TABLE.assign(churn=["Yes"] * 6 + ["No"] * 234)
    assert any("The class 'Yes' has only 5 training and 1 test rows" in w for w in train(table).evaluation.warnings)


def test_solver_that_stops_early_is_told_in_words():
    warnings = train(params={"max_iter": 1}).evaluation.warnings
    assert any(line.startswith("The solver stopped before it converged") for line in warnings)


def test_metric_that_the_test_rows_do_not_define_is_told():
    table = TABLE.assign(spend=np.where(np.arange(240) % 2, 0.0, 5.0))
    warnings = train(table, **REGRESSION, estimator="ridge").evaluation.warnings
    assert "Not defined on the test rows: MAPE." in warnings


def test_combination_scikit_learn_refuses_is_told_in_words():
    table = TABLE.assign(spend=TABLE["spend"] - 1000)
    with pytest.raises(InvalidSpec, match="hist_gradient_boosting cannot learn from these rows: "):
        train(table, **REGRESSION, estimator="hist_gradient_boosting", params={"loss": "poisson"})


def test_whole_number_and_boolean_classes_are_learned_as_they_are():
    for answers, classes in (
        (np.where(TABLE["churn"] == "Yes", 1, 0), (0, 1)),
        (TABLE["churn"] == "Yes", (False, True)),
    ):
        found = train(TABLE.assign(churn=answers), positive=None).fitted
        assert found.classes == classes
        assert type(found.classes[0]) is type(classes[0])


def test_stages_are_told_in_order():
    told = []
    trainer.train(TABLE, COLUMNS, spec(), told.append)
    assert told == ["split", "fit", "evaluate"]


def test_multiclass_task_has_no_positive_class():
    assert train(**MULTICLASS).fitted.positive is None
    assert train(**MULTICLASS).fitted.task is Task.MULTICLASS


def test_table_is_left_as_it_was():
    before = TABLE.copy()
    train()
    pd.testing.assert_frame_equal(TABLE, before)


def test_threads_do_not_change_what_boosting_learns():
    from threadpoolctl import threadpool_limits

    for key in ("lightgbm", "xgboost"):
        texts = []
        for threads in (1, 2):
            with threadpool_limits(limits=threads):
                texts.append(train(estimator=key, params=SMALL[key]).fitted.pipeline["model"].model_text_)
        assert texts[0] == texts[1]


def test_machine_of_a_rare_class_is_calibrated_on_fewer_folds():
    table = TABLE.assign(churn=["Yes"] * 4 + ["No"] * 236)
    model = train(table, estimator="svm").fitted.pipeline["model"]
    assert model.cv == 3
    scores = model.predict_proba(np.zeros((1, model.n_features_in_)))
    assert scores.sum() == pytest.approx(1.0)
