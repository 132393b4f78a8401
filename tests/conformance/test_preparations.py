from typing import Any

import pytest

from core.errors import Conflict, PreparationNotFound, ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.preparation import PreparationVersion
from tests.builders import START
from tests.core.training.steps.recipes import STEPS


def preparation(**changes: Any) -> PreparationVersion:
    fields: dict[str, Any] = {"project": "churn", "number": 1, "steps": STEPS, "author": "ann", "created_at": START}
    return PreparationVersion(**{**fields, **changes})


def test_a_recipe_comes_back_with_every_kind_of_step_as_it_was_stored(store: Store) -> None:
    given = preparation(note="first, with \N{SNOWMAN}")
    with store.write() as work:
        work.preparations.add(given)
        work.commit()
    with store.read() as work:
        assert work.preparations.get("churn", 1) == given
        assert work.preparations.latest("churn") == given


def test_recipes_are_listed_newest_first_within_their_project(store: Store) -> None:
    with store.write() as work:
        for number in (1, 10, 2):
            work.preparations.add(preparation(number=number, steps=()))
        work.preparations.add(preparation(project="bikes", number=7))
        assert [version.number for version in work.preparations.find("churn")] == [10, 2, 1]
        latest = work.preparations.latest("churn")
        assert latest is not None
        assert latest.number == 10
        assert work.preparations.find("nope") == []


def test_a_taken_number_is_a_conflict_and_nothing_is_overwritten(store: Store) -> None:
    with store.write() as work:
        work.preparations.add(preparation())
        with pytest.raises(Conflict, match="Preparation 1 exists already"):
            work.preparations.add(preparation(note="another"))
        assert work.preparations.get("churn", 1).note == ""


def test_an_unknown_recipe_names_the_ones_there_are(store: Store) -> None:
    with store.write() as work:
        with pytest.raises(PreparationNotFound, match="It has: none"):
            work.preparations.get("churn", 1)
        work.preparations.add(preparation(number=1))
        work.preparations.add(preparation(number=2))
        with pytest.raises(PreparationNotFound, match=r"no preparation 3\. It has: 2, 1"):
            work.preparations.get("churn", 3)


def test_a_recipe_of_an_unknown_project_is_refused(store: Store) -> None:
    with store.write() as work, pytest.raises(ProjectNotFound):
        work.preparations.add(preparation(project="nope"))
