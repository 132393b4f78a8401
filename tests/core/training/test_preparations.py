"""Recipes of a project through the service, on a real dataset version."""

import io

import pytest

from core.datasets.service import DatasetService
from core.errors import Denied, InvalidInput, InvalidPreparation, PreparationNotFound, ProjectNotFound
from core.records.access import LOCAL, Actor, Role
from core.records.dataset import ColumnKind
from core.records.preparation import Bins, Dates, Derive, Drop, Encode, Encoding
from core.records.training import Preprocessing
from core.training.preparations import PreparationService
from storage.memory import MemoryBlobs, MemoryStore
from tests.builders import START, FakeClock, project
from tests.core.training.steps.recipes import STEPS, shop

VIEWER = Actor(name="vera", role=Role.VIEWER)
HALF = (Derive(name="half", expression="tenure / 2"),)
PROJECT = project(target="left", time_column="since")


class House:
    def __init__(self) -> None:
        self.store = MemoryStore()
        with self.store.write() as work:
            work.projects.add(PROJECT)
            work.commit()
        self.datasets = DatasetService(self.store, MemoryBlobs(), FakeClock())
        self.service = PreparationService(self.store, self.datasets, FakeClock())
        content = io.BytesIO(shop().drop(columns="spend").to_csv(index=False).encode())
        self.version = self.datasets.add_version(LOCAL, "churn", "shop", content, "shop.csv").version


@pytest.fixture(scope="module")
def house():
    return House()


@pytest.fixture
def service(house):
    return PreparationService(House().store, house.datasets, FakeClock())


def test_versions_are_numbered_audited_and_never_changed(service):
    first = service.save(LOCAL, "churn", HALF, "  halves ").version
    assert (first.number, first.note, first.author, first.created_at) == (1, "halves", "local", START)
    second = service.save(LOCAL, "churn", STEPS).version
    assert [version.number for version in service.versions("churn")] == [2, 1]
    assert service.get("churn", 1) == first
    assert service.get("churn", 2) == second
    with service._store.read() as work:
        event = work.events.find("churn", 1)[0]
    assert (event.action, event.subject) == ("preparation.save", "preparation 2")
    assert event.details["steps"][:2] == ["rename", "type"]


def test_saving_the_newest_recipe_again_makes_no_second_version(service):
    assert service.save(LOCAL, "churn", HALF).created
    again = service.save(LOCAL, "churn", HALF, "another note")
    assert (again.created, again.version.number, again.version.note) == (False, 1, "")


def test_who_may_not_train_may_not_save_and_nothing_is_no_recipe(service):
    with pytest.raises(Denied):
        service.save(VIEWER, "churn", HALF)
    with pytest.raises(InvalidInput, match="at least one step"):
        service.save(LOCAL, "churn", ())
    with pytest.raises(ProjectNotFound):
        service.save(LOCAL, "nope", HALF)
    assert service.versions("churn") == []


def test_a_training_takes_a_version_by_its_number_or_none(service):
    service.save(LOCAL, "churn", HALF)
    assert service.preprocessing("churn", "1") == Preprocessing(steps=HALF, preparation=1)
    assert service.preprocessing("churn", None) == service.preprocessing("churn", "none") == Preprocessing()
    with pytest.raises(PreparationNotFound, match=r"no preparation 2\. It has: 1"):
        service.preprocessing("churn", "2")
    with pytest.raises(InvalidInput, match="no preparation: give its number"):
        service.preprocessing("churn", "newest")


def test_the_raw_columns_are_those_worth_learning_from_and_those_steps_read(house):
    names = [column.name for column in house.service.columns(PROJECT, house.version, ())]
    assert "since" not in names
    assert "left" not in names
    names = [column.name for column in house.service.columns(PROJECT, house.version, (Dates(columns=("since",)),))]
    assert "since" in names


def test_the_outline_tells_kinds_and_faults(house):
    found = house.service.outline(PROJECT, house.version, (*HALF, Derive(name="x", expression="left = 'Yes'")))
    assert [(fault.number, fault.position) for fault in found.faults] == [(2, 1)]
    assert "half" in [column.name for column in found.columns]


def test_a_preview_shows_rows_before_and_after_and_how_a_column_is_distributed(house):
    steps = (
        Derive(name="per_month", expression="`total charges` / tenure"),
        Derive(name="dear", expression="per_month > 20"),
        Dates(columns=("since",), parts=("month",)),
        Bins(columns=("tenure",), count=2, labels=True),
        Encode(columns=("city",), method=Encoding.TARGET),
        Drop(columns=("size",)),
    )
    found = house.service.preview(PROJECT, house.version, steps)
    assert found.rows == 400
    row = found.before["tenure"].gt(0) & found.before["total charges"].notna()
    ratio = found.before["total charges"] / found.before["tenure"]
    assert (found.after["per_month"][row] == ratio[row]).all()
    assert "since" not in found.after
    assert found.after["city"].between(0, 1).all()
    months = found.profile("since_month")
    assert (months.kind, months.minimum, months.maximum) == (ColumnKind.NUMBER, 1.0, 12.0)
    assert {value for value, _ in found.profile("tenure").top} == {"below 34", "34 and above"}
    assert found.profile("dear").kind is ColumnKind.BOOLEAN


def test_a_preview_of_a_faulty_recipe_says_what_is_wrong(house):
    with pytest.raises(InvalidPreparation, match="there is no column 'nothing'"):
        house.service.preview(PROJECT, house.version, (Derive(name="x", expression="nothing"),))
