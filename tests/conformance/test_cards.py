import pytest

from core.errors import ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.card import CardText
from core.training_errors import CardChanged
from tests.builders import START


def text(**changes: object) -> CardText:
    fields = {
        "project": "churn",
        "version": 1,
        "number": 1,
        "fields": {"intended_use": "*Retention* calls."},
        "author": "ann",
        "created_at": START,
    }
    return CardText.model_validate({**fields, **changes})


def test_every_state_of_a_card_is_kept_newest_first(store: Store) -> None:
    with store.write() as work:
        for number in (1, 2):
            work.cards.add(text(number=number))
        work.cards.add(text(version=2))
        work.cards.add(text(project="bikes"))
        work.commit()
    with store.read() as work:
        assert work.cards.find("churn", 1) == [text(number=2), text(number=1)]
        assert work.cards.find("churn", 3) == []


def test_a_state_that_is_there_is_not_overwritten(store: Store) -> None:
    with store.write() as work:
        work.cards.add(text())
        with pytest.raises(CardChanged):
            work.cards.add(text(author="bob"))
        assert work.cards.find("churn", 1) == [text()]


def test_texts_go_with_their_project(store: Store) -> None:
    with store.write() as work:
        work.cards.add(text())
        work.projects.delete("churn")
        assert work.cards.find("churn", 1) == []
        with pytest.raises(ProjectNotFound):
            work.cards.add(text())
