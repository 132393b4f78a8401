"""Own recipes from the file to the champion, on real stores."""

import io
import sys
from pathlib import Path

import pytest

from core.errors import Denied, InvalidName, InvalidParameter, UnknownEstimator
from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.job import Job, JobState
from core.records.project import Task
from core.records.reproduction import ReproductionOutcome
from core.records.study import StudySpec, TrialState
from core.training import estimators
from core.training.execution import RECIPE
from core.training.own_recipes import code, shelf
from core.training_errors import InvalidRecipe, RecipeFailed, RecipeNotFound
from tests.core.training.test_service import csv

SHY_FOREST = '''"""A forest that looks at few columns."""
from typing import Annotated
from pydantic import BaseModel, Field
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

TITLE = "Shy forest"
TASKS = ("binary", "multiclass")

class Params(BaseModel):
    trees: Annotated[int, Field(ge=1, le=500, description="How many trees.")] = 5

def fit(X, y, params, seed):
    return RandomForestClassifier(params.trees, max_features=1, random_state=seed).fit(X, y)
'''

FOREIGN = """from sklearn.base import ClassifierMixin, BaseEstimator
    class Mine(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = sorted(set(y))
            return self
        def predict(self, X):
            return [self.classes_[0]] * len(X)
        def predict_proba(self, X):
            import numpy
            return numpy.full((len(X), 2), 0.5)
    return Mine().fit(X, y)"""


@pytest.fixture
def churn(platform: Platform):
    platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    platform.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(csv()), "customers.csv")
    yield platform
    shelf.replace([])
    code._loaded.clear()


def written(platform: Platform, text: str = SHY_FOREST, name: str = "shy_forest") -> Path:
    platform.recipes.folder.mkdir(exist_ok=True)
    file = platform.recipes.folder / f"{name}.py"
    file.write_text(text)
    return file


def trained(platform: Platform, estimator: str = "recipe:shy_forest", **params: object) -> Job:
    spec = platform.training.spec(platform.projects.get("churn"), dataset=None, estimator=estimator, params=params)
    return run_here(platform, platform.training.submit(LOCAL, spec).id)


def test_an_added_recipe_is_on_offer_with_its_parameters_and_no_code_was_run_here(churn: Platform):
    recipe = churn.recipes.add(LOCAL, written(churn))
    assert (recipe.key, recipe.number, recipe.title, recipe.author) == ("recipe:shy_forest", 1, "Shy forest", "local")
    assert recipe.summary == "A forest that looks at few columns."
    card = next(card for card in churn.training.estimators(Task.BINARY) if card.key == recipe.key)
    assert [(p.name, p.kind, p.default, p.low, p.high) for p in card.parameters] == [("trees", "int", 5, 1, 500)]
    assert all(card.key != recipe.key for card in churn.training.estimators(Task.REGRESSION))
    assert "pilothouse_recipe_shy_forest" not in sys.modules
    assert churn.recipes.source("shy_forest") == SHY_FOREST
    events = [event for event in churn.audit.events(LOCAL) if event.action == "recipe.add"]
    assert events[0].details == {"number": 1, "sha256": recipe.sha256}


def test_a_recipe_is_trained_tracked_registered_promoted_and_reproduced_like_the_rest(churn: Platform):
    recipe = churn.recipes.add(LOCAL, written(churn))
    job = trained(churn, trees=7)
    assert job.state is JobState.SUCCEEDED, job.error
    run = churn.training.run("churn", job.result["run_id"])
    assert (run.estimator, run.version) == ("recipe:shy_forest", 1)
    assert run.spec.recipe_sha256 == run.tags["pilothouse.recipe_sha256"] == recipe.sha256
    assert churn.tracking.document(run.run_id, RECIPE) == {"sha256": recipe.sha256, "source": SHY_FOREST}
    assert churn.models.promote(LOCAL, "churn", 1, "ours", override=True).version == 1
    assert churn.cards.card("churn", 1).subtitle == "recipe:shy forest on customers@1"
    run_here(churn, churn.training.reproduce(LOCAL, "churn", run.run_id).id)
    (answer,) = churn.training.reproductions("churn", run.run_id)
    assert answer.outcome is ReproductionOutcome.IDENTICAL, answer.summary


def test_a_changed_recipe_is_a_new_state_and_old_runs_keep_theirs(churn: Platform):
    first = churn.recipes.add(LOCAL, written(churn))
    run_id = trained(churn).result["run_id"]
    assert churn.recipes.waiting() == []
    file = written(churn, SHY_FOREST.replace("max_features=1", "max_features=2"))
    assert churn.recipes.waiting() == [file]
    second = churn.recipes.add(LOCAL, file)
    assert churn.recipes.add(LOCAL, file) == second
    assert (second.number, second.sha256 == first.sha256) == (2, False)
    assert [one.number for one in churn.recipes.offered()] == [2]
    run_here(churn, churn.training.reproduce(LOCAL, "churn", run_id).id)
    assert churn.training.reproductions("churn")[0].outcome is ReproductionOutcome.IDENTICAL
    assert churn.training.clone_spec("churn", run_id).recipe_sha256 == second.sha256


def test_only_administrators_add_and_remove(churn: Platform):
    ann = Actor(name="ann", role=Role.SCIENTIST)
    with pytest.raises(Denied):
        churn.recipes.add(ann, written(churn))
    churn.recipes.add(LOCAL, written(churn))
    with pytest.raises(Denied):
        churn.recipes.remove(ann, "shy_forest")


def test_a_removed_recipe_trains_no_more_but_its_runs_can_be_proved(churn: Platform):
    churn.recipes.add(LOCAL, written(churn))
    run_id = trained(churn).result["run_id"]
    churn.recipes.remove(LOCAL, "shy_forest")
    assert churn.recipes.offered() == []
    with pytest.raises(UnknownEstimator):
        trained(churn)
    with pytest.raises(RecipeNotFound):
        churn.recipes.remove(LOCAL, "shy_forest")
    run_here(churn, churn.training.reproduce(LOCAL, "churn", run_id).id)
    assert churn.training.reproductions("churn")[0].outcome is ReproductionOutcome.IDENTICAL
    assert churn.recipes.add(LOCAL, written(churn)).number == 2


def test_parameters_out_of_range_are_refused_before_anything_is_queued(churn: Platform):
    churn.recipes.add(LOCAL, written(churn))
    with pytest.raises(InvalidParameter, match="at most 500"):
        trained(churn, trees=501)


def test_altered_source_is_refused(churn: Platform):
    recipe = churn.recipes.add(LOCAL, written(churn))
    stored = next(churn.settings.home.glob(f"blobs/**/*{recipe.sha256[4:]}*"))
    stored.chmod(0o600)
    stored.write_text(SHY_FOREST.replace("max_features=1", "max_features=9"))
    job = trained(churn)
    assert (job.state, job.error_code) == (JobState.FAILED, "blob_corrupt")


@pytest.mark.parametrize(
    ("body", "code_", "said"),
    [
        ("raise TypeError('bad luck')", "recipe_failed", "TypeError: bad luck"),
        ("return 7", "recipe_failed", "fit returned int, which is no estimator"),
        ("from sklearn.svm import LinearSVC; return LinearSVC().fit(X, y)", "recipe_failed", "no class probabilities"),
        (FOREIGN, "unsafe_model", "types that are not trusted"),
    ],
)
def test_a_recipe_that_fails_or_returns_what_cannot_serve_is_told_in_a_sentence(churn: Platform, body, code_, said):
    text = SHY_FOREST[: SHY_FOREST.index("    return Random")] + f"    {body}\n"
    churn.recipes.add(LOCAL, written(churn, text))
    job = trained(churn)
    assert (job.state, job.error_code) == (JobState.FAILED, code_), job.error
    assert said in job.error
    assert churn.models.versions("churn") == []


def test_bad_names_and_files_are_refused(churn: Platform, tmp_path: Path):
    with pytest.raises(InvalidName):
        churn.recipes.add(LOCAL, written(churn, name="Not-Good!"))
    with pytest.raises(InvalidRecipe, match="cannot be read"):
        churn.recipes.add(LOCAL, tmp_path / "nowhere.py")
    big = tmp_path / "big.py"
    big.write_bytes(b"#" * (2 << 20))
    with pytest.raises(InvalidRecipe, match="larger than 1 MB"):
        churn.recipes.add(LOCAL, big)


def test_code_is_not_run_outside_a_training(churn: Platform):
    churn.recipes.add(LOCAL, written(churn))
    churn.training.estimators(Task.BINARY)
    with pytest.raises(RecipeFailed, match="runs only in the process of a training"):
        estimators.build("recipe:shy_forest", Task.BINARY, {}, 0)


@pytest.mark.parametrize("parallel", [1, 2])
def test_a_recipe_is_tuned_in_the_process_of_the_study_and_in_those_beside_it(churn: Platform, parallel: int):
    churn.recipes.add(LOCAL, written(churn))
    base = churn.training.spec(churn.projects.get("churn"), dataset=None, estimator="recipe:shy_forest")
    space = churn.tuning.parse_space(Task.BINARY, "recipe:shy_forest", {"trees": "1:4"})
    spec = StudySpec(base=base, space=space, trials=2, folds=2, parallel=parallel)
    study = churn.tuning.submit(LOCAL, spec)
    job = run_here(churn, study.job_id)
    assert job.state is JobState.SUCCEEDED, job.error
    states = {trial.state for trial in churn.tuning.trials(study.id)}
    assert states <= {TrialState.FINISHED, TrialState.PRUNED}
    assert churn.tuning.study(study.id).best is not None
