"""`tune` and `study`: what they answer, and with which code."""

import io
import json

import pytest
from click.testing import CliRunner, Result

from core.cli.main import main
from core.platform import Platform
from core.records.access import LOCAL
from core.records.project import Task
from tests.core.training.test_service import csv


@pytest.fixture
def churn(platform: Platform) -> Platform:
    platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    platform.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(csv()), "customers.csv")
    return platform


def ask(platform: Platform, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--home", str(platform.settings.home)])


def tune(platform: Platform, *words: str) -> Result:
    return ask(platform, "tune", "churn", "--estimator", "decision_tree", *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no budget"),
        (("--trials", "0"), "0 trials tries nothing"),
        (("--trials", "-3"), "-3 trials tries nothing"),
        (("--trials", "10001"), "10,001 trials are more than the 10,000"),
        (("--timeout", "0"), "0 seconds tries nothing"),
        (("--trials", "3", "--space", "max_depth=0:5"), "at least 1"),
        (("--trials", "3", "--space", "max_depth=9:3"), "goes from 9 to 3"),
        (("--trials", "3", "--space", "max_depth=deep"), "a whole number"),
        (("--trials", "3", "--space", "depth=1:3"), "no such parameter"),
        (("--trials", "3", "--space", "max_depth"), "is not KEY=VALUE"),
        (("--trials", "3", "--space", "max_depth=4"), "search space is empty"),
        (("--trials", "3", "--param", "max_depth=0"), "at least 1"),
        (("--trials", "3", "--sampler", "magic"), "'magic' is not one of"),
        (("--trials", "3", "--pruning", "magic"), "'magic' is not one of"),
        (("--trials", "3", "--folds", "1"), "2 to 20 folds"),
        (("--trials", "3", "--parallel", "0"), "may run at once"),
        (("--trials", "3", "--split", "time"), "no time column"),
        (("--trials", "3", "--split", "group", "--group", "nowhere"), "no group column"),
        (("--trials", "3", "--data", "customers@9"), "customers@9"),
        (("--trials", "9", "--sampler", "grid", "--space", "max_depth=1:500", "--space", "min_samples_leaf=1:50:1"),
         "25,000 combinations"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_ends_with_2_and_a_sentence_and_queues_nothing(churn, words, said):
    answer = tune(churn, *words)
    assert (answer.exit_code, said in answer.stderr) == (2, True), answer.stderr
    assert churn.tuning.studies() == []


def test_a_combination_that_can_never_be_trained_is_refused(churn):
    words = ("tune", "churn", "--estimator", "logistic_regression", "--trials", "3", "--space", "l1_ratio=0.2:0.8")
    answer = ask(churn, *words)
    assert (answer.exit_code, "the solver must be saga" in answer.stderr) == (2, True)


def test_a_study_is_run_listed_shown_exported_and_its_best_made_a_version(churn, tmp_path):
    answer = tune(churn, "--trials", "3", "--folds", "2", "--register-best", "--wait", "--json")
    assert answer.exit_code == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert (found["state"], found["done"], found["version"], len(found["trials"])) == ("finished", 3, 1, 3)
    assert found["id"] in ask(churn, "study", "list", "churn").stdout
    assert "Best: trial" in ask(churn, "study", "show", found["id"]).stdout
    file = tmp_path / "trials.csv"
    assert ask(churn, "study", "export", found["id"], "-o", str(file)).exit_code == 0
    assert len(file.read_text().splitlines()) == 4
    again = ask(churn, "study", "refit", found["id"], "--trial", "77")
    assert (again.exit_code, "it has no trial 77" in again.stderr) == (2, True)
    for verb in ("pause", "stop", "resume"):
        refused = ask(churn, "study", verb, found["id"])
        assert (refused.exit_code, "is finished" in refused.stderr) == (2, True)


def test_a_queued_study_can_be_paused_and_resumed_and_an_unknown_one_is_said_to_be(churn):
    assert tune(churn, "--trials", "2").exit_code == 0
    (study,) = churn.tuning.studies()
    assert "asked to pause" in ask(churn, "study", "pause", study.id).stdout
    assert ask(churn, "study", "resume", study.id).exit_code == 0
    for verb in ("show", "pause", "stop", "resume", "refit", "export"):
        words = ("-o", "x.csv") if verb == "export" else ()
        unknown = ask(churn, "study", verb, "nope", *words)
        assert (unknown.exit_code, "nope" in unknown.stderr) == (2, True)
