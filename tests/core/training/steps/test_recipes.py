"""Whole recipes inside models: what is learned comes from training rows, and a loaded model does the same."""

import numpy as np
import pytest

from core.errors import InvalidPreparation, InvalidSpec
from core.records.preparation import Derive, Encode, Impute
from core.records.project import Task
from core.records.training import Preprocessing, TrainingSpec
from core.training import estimators, model_file, preprocessing, trainer
from tests.builders import training_spec
from tests.core.training import tables
from tests.core.training.steps import recipes

REGRESSION = {"task": Task.REGRESSION, "target": "spend", "positive": None, "metric": "rmse"}


@pytest.mark.parametrize("task", [{}, REGRESSION], ids=["binary", "regression"])
def test_a_loaded_model_answers_raw_rows_as_the_one_that_learned(task):
    changes = {"estimator": "hist_gradient_boosting", "params": {"max_iter": 10}, **task}
    learned = recipes.learned(**changes)
    loaded = model_file.load(model_file.dump(learned.fitted.pipeline))
    test = learned.parted.test
    assert (loaded.predict(test) == learned.fitted.pipeline.predict(test)).all()
    one_by_one = [loaded.predict(test.iloc[[row]])[0] for row in range(len(test))]
    assert (np.array(one_by_one) == loaded.predict(test)).all()


def test_held_out_rows_leave_no_trace_in_any_step():
    table, learned = recipes.shop(), recipes.learned()
    held_out = learned.parted.test.index
    table.loc[held_out, "total charges"] = 1e9
    table.loc[held_out, "city"] = "Elsewhere"
    table.loc[held_out, "tenure"] = 10_000
    table.loc[held_out, "left"] = "No"
    kept = table.index.difference(held_out)
    assert table.loc[kept, "left"].nunique() == 2
    again = preprocessing.build(recipes.COLUMNS, Preprocessing(steps=recipes.STEPS), scale=True)
    again.fit(preprocessing.model_frame(table.loc[kept], recipes.COLUMNS), table.loc[kept, "left"])
    first = learned.fitted.pipeline["prepare"]
    assert vars(again.named_steps["5_impute"])["values_"] == vars(first.named_steps["5_impute"])["values_"]
    assert again.named_steps["9_group_rare"].kept_ == first.named_steps["9_group_rare"].kept_
    assert again.named_steps["7_bins"].edges_ == first.named_steps["7_bins"].edges_


def test_importances_are_told_for_the_columns_the_model_sees():
    found = trainer.train(recipes.shop(), recipes.COLUMNS, recipes.spec()).evaluation.importances
    names = {name for name, _, _ in found}
    assert {"per_month", "since_month", "tenure_bin", "contract", "charges_missing"} <= names
    assert not names & {"since", "senior", "total charges"}


def test_scaled_numbers_are_not_scaled_again_and_one_hot_limits_hold():
    prepare = recipes.learned().fitted.pipeline["prepare"]
    groups = {name: columns for name, _, columns in prepare.named_steps["columns"].transformers_}
    assert groups["scaled"] == ["charges", "visits"]
    assert "since_year" in groups["numbers"]
    assert groups["words_3"] == ["contract"]
    assert groups["words"] == ["tenure_bin"]


@pytest.mark.parametrize("key", ["logistic_regression", "random_forest", "hist_gradient_boosting"])
def test_without_steps_the_preprocessing_is_the_one_there_always_was(key):
    params = {"random_forest": {"n_estimators": 3}, "hist_gradient_boosting": {"max_iter": 3}}.get(key, {})
    wanted = tables.spec(**{**tables.BINARY, "estimator": key, "params": params})
    old = TrainingSpec.model_validate({**wanted.model_dump(), "preprocessing": {"scale": None, "max_categories": 100}})
    assert old == wanted
    found = trainer.train(tables.customers(), tables.COLUMNS, old)
    prepare = preprocessing.build(tables.COLUMNS, Preprocessing(), scale=estimators.family(key).scaled)
    matrix = prepare.fit_transform(found.train)
    assert type(found.fitted.pipeline["prepare"]).__name__ == "ColumnTransformer"
    assert (matrix == found.fitted.prepare(found.train)).all()


def test_a_recipe_that_does_not_fit_or_leaves_dates_is_refused_before_anything_is_learned():
    with pytest.raises(InvalidPreparation, match="Step 1"):
        recipes.learned(preprocessing=Preprocessing(steps=(Derive(name="x", expression="nothing + 1"),)))
    with pytest.raises(InvalidSpec, match="'since' holds dates"):
        recipes.learned(preprocessing=Preprocessing(steps=(Impute(columns=("tenure",)),)))
    with pytest.raises(InvalidPreparation, match="no text column"):
        trainer.learn(
            recipes.shop(),
            recipes.COLUMNS[:1],
            training_spec(
                target="left", features=("tenure",), preprocessing=Preprocessing(steps=(Encode(method="target"),))
            ),
        )
