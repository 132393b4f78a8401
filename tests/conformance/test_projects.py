import pytest

from core.errors import ProjectExists, ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.project import CostMatrix
from tests.builders import START, project


def test_a_project_comes_back_as_it_was_stored(empty_store: Store) -> None:
    given = project(
        id_column="customer",
        time_column="day",
        cost_matrix=CostMatrix(true_positive=12.5, false_positive=-3.25),
        description="ünïcode and 'quotes'",
    )
    with empty_store.write() as work:
        work.projects.add(given)
        work.commit()
    with empty_store.read() as work:
        assert work.projects.get("churn") == given


def test_projects_are_listed_oldest_first_even_at_the_same_moment(empty_store: Store) -> None:
    with empty_store.write() as work:
        for name in ("zebra", "ant", "monkey"):
            work.projects.add(project(name=name))
        work.commit()
    with empty_store.read() as work:
        assert [item.name for item in work.projects.all()] == ["zebra", "ant", "monkey"]


def test_a_taken_name_is_refused_and_the_transaction_goes_on(store: Store) -> None:
    with store.write() as work:
        with pytest.raises(ProjectExists, match="A project named 'churn' exists already"):
            work.projects.add(project(target="other"))
        work.projects.add(project(name="later"))
        work.commit()
    with store.read() as work:
        assert [item.name for item in work.projects.all()] == ["churn", "bikes", "later"]
        assert work.projects.get("churn").target == "churn"


def test_an_unknown_project_is_not_found(store: Store) -> None:
    with store.write() as work:
        with pytest.raises(ProjectNotFound, match="no project named 'nope'"):
            work.projects.get("nope")
        with pytest.raises(ProjectNotFound):
            work.projects.delete("nope")
        with pytest.raises(ProjectNotFound):
            work.projects.replace(project(name="nope"))


def test_a_deleted_name_is_free_again(store: Store) -> None:
    with store.write() as work:
        work.projects.delete("churn")
        work.projects.add(project(created_at=START, created_by="bob"))
        work.commit()
    with store.read() as work:
        assert work.projects.get("churn").created_by == "bob"


def test_a_project_is_replaced_in_its_place(store: Store) -> None:
    changed = project(target="left", positive=None, cost_matrix=CostMatrix(true_positive=1.5), description="other")
    with store.write() as work:
        work.projects.replace(changed)
        work.commit()
    with store.read() as work:
        assert work.projects.get("churn") == changed
        assert [item.name for item in work.projects.all()] == ["churn", "bikes"]
