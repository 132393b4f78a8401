import pytest

from core.ports.unit_of_work import Store
from core.records.project import Task
from core.records.recipe import Recipe
from core.records.training import Parameter
from core.training_errors import RecipeExists, RecipeNotFound
from tests.builders import START


def recipe(**changes: object) -> Recipe:
    fields = {
        "name": "forest",
        "number": 1,
        "title": "Forest",
        "summary": "",
        "tasks": (Task.BINARY,),
        "scaled": True,
        "parameters": (Parameter(name="trees", kind="int", default=5, low=1),),
        "sha256": "a" * 64,
        "author": "ann",
        "created_at": START,
    }
    return Recipe.model_validate({**fields, **changes})


def test_the_newest_state_of_each_name_is_on_offer(store: Store) -> None:
    with store.write() as work:
        for one in (recipe(), recipe(number=2, sha256="b" * 64, package="shy==1"), recipe(name="ant", sha256="c" * 64)):
            work.recipes.add(one)
        work.commit()
    with store.read() as work:
        assert [(one.name, one.number) for one in work.recipes.offered()] == [("ant", 1), ("forest", 2)]
        assert [one.number for one in work.recipes.history("forest")] == [2, 1]
        assert work.recipes.pinned("forest", "a" * 64) == recipe()
        assert work.recipes.pinned("forest", "z" * 64) is None


def test_a_state_that_is_there_is_not_overwritten(store: Store) -> None:
    with store.write() as work:
        work.recipes.add(recipe())
        with pytest.raises(RecipeExists):
            work.recipes.add(recipe(title="Another"))


def test_a_removed_name_is_off_offer_and_stays_pinned(store: Store) -> None:
    with store.write() as work:
        work.recipes.add(recipe())
        work.recipes.remove("forest", START)
        assert work.recipes.offered() == []
        assert work.recipes.pinned("forest", "a" * 64) == recipe(removed_at=START)
        with pytest.raises(RecipeNotFound):
            work.recipes.remove("forest", START)
        work.recipes.add(recipe(number=2))
        assert work.recipes.offered() == [recipe(number=2)]
