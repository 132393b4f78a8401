"""Recipes of installed packages: found unrun, pinned by content, enabled by administrators, refused when changed."""

import shutil
import sys
from pathlib import Path

import pytest

from core.errors import Denied
from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.job import JobState
from core.records.reproduction import ReproductionOutcome
from core.training.own_recipes import packages
from core.training_errors import InvalidRecipe
from tests.core.training.own_recipes.test_service import SHY_FOREST, churn, trained, written

__all__ = ["churn"]

RAN = "pathlib.Path(__file__).with_name('ran').touch()"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, in this process and in those it starts, with one that declares a recipe."""
    folder = tmp_path / "site"
    install(folder)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    yield folder
    for name in [name for name in sys.modules if name.startswith("shyness")]:
        del sys.modules[name]


def install(folder: Path, version: str = "1.2", text: str = SHY_FOREST, *, editable: bool = False) -> None:
    """Put the distribution ``shyness`` there as an installer would."""
    package, facts = folder / "shyness", folder / f"shyness-{version}.dist-info"
    for old in folder.glob("shyness-*.dist-info"):
        shutil.rmtree(old)
    for place in (package, facts):
        place.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(f"import pathlib; {RAN}\n")
    (package / "forest.py").write_text(text)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: shyness\nVersion: {version}\n")
    (facts / "entry_points.txt").write_text("[pilothouse.recipes]\nshy_forest = shyness.forest\n")
    files = [] if editable else ["shyness/__init__.py", "shyness/forest.py"]
    (facts / "RECORD").write_text("".join(f"{name},,\n" for name in [*files, f"{facts.name}/METADATA"]))


def test_a_packages_recipe_is_found_unrun_enabled_trained_and_proved_again(churn: Platform, site: Path):
    (found,) = churn.recipes.packaged()
    assert (found.name, found.package, found.module) == ("shy_forest", "shyness==1.2", "shyness.forest")
    assert not (site / "shyness" / "ran").exists()
    with pytest.raises(Denied):
        churn.recipes.enable(Actor(name="ann", role=Role.SCIENTIST), "shy_forest")

    recipe = churn.recipes.enable(LOCAL, "shy_forest")
    assert (recipe.key, recipe.title, recipe.package) == ("recipe:shy_forest", "Shy forest", "shyness==1.2")
    assert "shyness" not in sys.modules
    assert churn.recipes.enable(LOCAL, "shy_forest") == recipe
    assert churn.recipes.packaged() == []
    pinned = packages.PackagePin.model_validate_json(churn.recipes.source("shy_forest"))
    assert set(pinned.files) == {"shyness/__init__.py", "shyness/forest.py"}
    event = next(event for event in churn.audit.events(LOCAL) if event.action == "recipe.add")
    assert event.details == {"number": 1, "sha256": recipe.sha256, "package": "shyness==1.2"}

    job = trained(churn, trees=3)
    assert job.state is JobState.SUCCEEDED, job.error
    assert churn.models.promote(LOCAL, "churn", job.result["version"], "shy", override=True).version == 1
    run_id = job.result["run_id"]
    run_here(churn, churn.training.reproduce(LOCAL, "churn", run_id).id)
    assert churn.training.reproductions("churn", run_id)[0].outcome is ReproductionOutcome.IDENTICAL

    (site / "shyness" / "forest.py").write_text(SHY_FOREST.replace("max_features=1", "max_features=2"))
    assert "shyness/forest.py of its package shyness 1.2 was changed" in trained(churn).error
    install(site, "1.3")
    assert "it was enabled from shyness 1.2, but 1.3 is installed now" in trained(churn).error
    (waits,) = churn.recipes.packaged()
    assert churn.recipes.enable(LOCAL, waits.name).number == 2
    run_here(churn, churn.training.reproduce(LOCAL, "churn", run_id).id)
    assert "1.3 is installed now" in churn.training.reproductions("churn", run_id)[0].summary


def test_what_cannot_be_pinned_or_told_apart_is_refused(churn: Platform, site: Path):
    install(site, editable=True)
    with pytest.raises(InvalidRecipe, match="not in editable form"):
        churn.recipes.enable(LOCAL, "shy_forest")
    with pytest.raises(InvalidRecipe, match="no installed package declares the recipe 'other'"):
        churn.recipes.enable(LOCAL, "other")
    install(site)
    churn.recipes.add(LOCAL, written(churn))
    with pytest.raises(InvalidRecipe, match="on offer from a file already"):
        churn.recipes.enable(LOCAL, "shy_forest")
    churn.recipes.remove(LOCAL, "shy_forest")
    install(site, text="raise SystemExit(3)")
    with pytest.raises(InvalidRecipe, match="SystemExit"):
        churn.recipes.enable(LOCAL, "shy_forest")
    assert churn.recipes.offered() == []
