"""A search made anew within outer folds: each chooses without the rows it is scored on, and none is searched twice."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from core.errors import InvalidStudy
from core.records.access import LOCAL
from core.records.project import Task
from core.records.study import PruningKind, Study, StudyRequest, StudySpec, StudyState
from core.records.training import Split, SplitKind
from core.training.checking import feature_columns, needed_columns
from core.training.target import read_target
from core.training.tuning import conductor, crew, nested
from core.training.tuning.folds import plan_outer, prepare
from tests.builders import SPACE, training_spec
from tests.core.training.tuning.house import TuningHouse

ROWS = 60
PLAN = {"trials": 3, "folds": 2, "outer": 2, "pruning": PruningKind.NONE}


@pytest.fixture
def house(tmp_path: Path) -> TuningHouse:
    return TuningHouse(tmp_path)


def found(house: TuningHouse, study: Study) -> Study:
    return house.tuning.study(study.id)


@pytest.mark.parametrize("kind", [SplitKind.HOLDOUT, SplitKind.GROUP, SplitKind.TIME])
def test_no_inner_fold_holds_a_row_that_its_outer_fold_keeps_back(kind: SplitKind):
    target = read_target(pd.Series(["Yes", "No", "No"] * (ROWS // 3)), Task.BINARY, "Yes")
    groups = pd.Series(np.arange(ROWS) // 3, name="customer")
    times = pd.Series(np.arange(ROWS), name="day")
    split = Split(kind=kind, time_column="day", group_column="customer")
    spec = StudySpec(base=training_spec(split=split), space=SPACE, trials=1, folds=3, outer=4)
    plans = plan_outer(target, np.arange(ROWS), spec, times, groups)
    assert [len(folds) for folds in plans] == [4] * 4
    for *inner, outer in plans:
        kept = set(outer.answered)
        for fold in inner:
            assert not kept & {*fold.learned, *fold.answered}
            assert {*fold.learned, *fold.answered} <= set(outer.learned)
            assert kind is not SplitKind.TIME or fold.answered.max() < outer.answered.min()
            assert kind is not SplitKind.GROUP or not set(groups[fold.learned]) & set(groups[fold.answered])


def test_the_choice_of_each_outer_fold_is_scored_on_the_rows_it_kept_back(house: TuningHouse):
    study = house.submit(**PLAN)
    result = house.run(study)
    done = found(house, study)
    assert done.state is StudyState.FINISHED
    assert [one.trials for one in done.nested] == [3, 3]
    assert done.nested_value == result["nested_roc_auc"] == pytest.approx(np.mean([one.score for one in done.nested]))
    material = house_material(house, done, outer=1)
    rows = material.folds[-1]
    model = fitted(done, done.nested[1].params, rows)
    assert done.nested[1].score == pytest.approx(
        roc_auc_score(rows.actual, model.predict_proba(rows.test)[:, 1]), abs=1e-12
    )
    run = house.tracking.run("churn", done.run_id or "")
    assert run.metrics["nested_cv_roc_auc"] == done.nested_value


def house_material(house: TuningHouse, study: Study, outer: int) -> Any:
    version = house.datasets.get("churn", study.spec.base.dataset)
    table = house.datasets.frame(version, needed_columns(version, study.spec.base))
    return prepare(table, feature_columns(version, study.spec.base), study.spec, outer=outer)


def fitted(study: Study, params: dict[str, Any], rows: Any) -> Any:
    seed = study.spec.base.seed
    return DecisionTreeClassifier(random_state=seed, **params).fit(rows.train, rows.labels)


def test_several_hands_find_what_one_finds(house: TuningHouse):
    alone, together = house.submit(**PLAN), house.submit(**PLAN, parallel=2)
    for study in (alone, together):
        house.run(study)
    facts = [[(one.params, one.inner, one.score) for one in found(house, study).nested] for study in (alone, together)]
    assert facts[0] == facts[1]


@pytest.mark.parametrize("request_", [StudyRequest.PAUSE, StudyRequest.STOP])
def test_between_outer_folds_it_rests_or_ends(
    house: TuningHouse, monkeypatch: pytest.MonkeyPatch, request_: StudyRequest
):
    study = house.submit(**PLAN)
    searched = nested.search
    ask = {StudyRequest.PAUSE: house.tuning.pause, StudyRequest.STOP: house.tuning.stop}[request_]

    def counted(*args: Any) -> Any:
        one = searched(*args)
        if args[2] == 0:
            ask(LOCAL, study.id)
        return one

    with monkeypatch.context() as patch:
        patch.setattr(nested, "search", counted)
        patch.setattr(conductor, "LOOK_S", 0.0)
        house.run(study)
    halfway = found(house, study)
    assert len(halfway.nested) == 1
    assert halfway.nested_value is None
    if request_ is StudyRequest.STOP:
        assert halfway.state is StudyState.STOPPED
        return
    assert halfway.state is StudyState.PAUSED
    house.tuning.resume(LOCAL, study.id)
    house.run(study)
    done = found(house, study)
    assert done.state is StudyState.FINISHED
    assert done.done == 3
    assert done.nested[0] == halfway.nested[0]
    assert len(done.nested) == 2


def test_an_outer_fold_whose_trials_all_fail_says_why(house: TuningHouse, monkeypatch: pytest.MonkeyPatch):
    real = crew.run_fold

    def failing(material: Any, *args: Any) -> Any:
        done = real(material, *args)
        is_within = len(material.folds) == 3
        return crew.FoldDone(done.trial, done.fold, problem="It would not fit.") if is_within else done

    monkeypatch.setattr(crew, "run_fold", failing)
    study = house.submit(**PLAN)
    house.run(study)
    done = found(house, study)
    assert done.nested_value is None
    assert {one.problem for one in done.nested} == {"It would not fit."}


def test_too_many_outer_folds_are_refused_in_words(house: TuningHouse):
    with pytest.raises(InvalidStudy, match="2 to 20 outer folds, not 1"):
        house.submit(**{**PLAN, "outer": 1})
