from datetime import timedelta
from typing import Any

import pytest

from core.errors import ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.label import Label
from tests.builders import START


def label(given: str = "p1", value: Any = "Yes", **changes: Any) -> Label:
    fields = {
        "project": "churn",
        "prediction_id": given,
        "label": value,
        "observed_at": START - timedelta(days=3),
        "received_at": START,
        "received_by": "ann",
    }
    return Label.model_validate({**fields, **changes})


def add(store: Store, *labels: Label, project: str = "churn") -> None:
    with store.write() as work:
        work.labels.add(project, labels)
        work.commit()


@pytest.mark.parametrize("value", ["Yes", 7, 2.5, True, ""])
def test_a_label_comes_back_as_it_was_given(store: Store, value: object) -> None:
    add(store, label(value=value))
    with store.read() as work:
        found = work.labels.latest("churn")
    assert found == {"p1": label(value=value)}
    assert type(found["p1"].label) is type(value)


def test_the_label_stored_last_counts_and_all_are_kept(store: Store) -> None:
    late = label(value="No", received_at=START - timedelta(days=1), observed_at=START - timedelta(days=9))
    add(store, label(), label("p2"))
    add(store, late)
    with store.read() as work:
        assert work.labels.latest("churn") == {"p1": late, "p2": label("p2")}
        assert work.labels.latest("churn", {"p1", "nobody"}) == {"p1": late}
        assert work.labels.history("churn", "p1") == [label(), late]
        assert work.labels.history("churn", "nobody") == []
        assert work.labels.count("churn") == 2


def test_more_labels_than_one_statement_takes_are_stored_and_found(store: Store) -> None:
    many = [label(f"p{number}") for number in range(1201)]
    add(store, *many)
    with store.read() as work:
        assert work.labels.count("churn") == 1201
        assert set(work.labels.latest("churn", [one.prediction_id for one in many])) == {
            one.prediction_id for one in many
        }
        assert work.labels.latest("churn", []) == {}


def test_projects_do_not_see_each_others_labels(store: Store) -> None:
    add(store, label())
    add(store, label(value="No", project="bikes"), project="bikes")
    with store.read() as work:
        assert work.labels.latest("churn")["p1"].label == "Yes"
        assert work.labels.latest("bikes")["p1"].label == "No"


def test_a_project_that_is_not_there_gets_no_labels(store: Store) -> None:
    with store.write() as work, pytest.raises(ProjectNotFound):
        work.labels.add("nope", [label(project="nope")])


def test_labels_are_counted_from_when_they_were_received(store: Store) -> None:
    add(store, label("p1"), label("p2", received_at=START + timedelta(hours=1)))
    with store.read() as work:
        assert [work.labels.count("churn", since) for since in (None, START, START + timedelta(minutes=1))] == [2, 2, 1]
