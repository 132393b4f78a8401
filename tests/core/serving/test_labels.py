from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.errors import Denied, InvalidRequest, ProjectNotFound
from core.records.access import LOCAL, Actor, Role
from core.records.label import LabelReceipt
from core.records.prediction import LoggedPrediction
from core.serving.labels import LabelService
from core.settings import load
from storage.memory import MemoryBlobs, MemoryPredictionLog, MemoryStore
from tests.builders import START, FakeClock, project
from tests.bundles import stored
from tests.core.serving.served import Client, House, house

LABELS = "/projects/churn/labels"


class Truth:
    """A label service over stores in memory, with a champion and logged answers a, b, c."""

    def __init__(self, **changes: Any) -> None:
        self.store, self.blobs, self.log = MemoryStore(), MemoryBlobs(), MemoryPredictionLog()
        self.clock = FakeClock()
        self.service = LabelService(self.store, self.blobs, self.log, self.clock)
        with self.store.write() as work:
            work.projects.add(project(**changes))
            work.commit()
        for hours, given in enumerate("abc"):
            answer = {"prediction_id": given, "at": START + timedelta(hours=hours), "version": 1, "features": {}}
            more = {"prediction": "Yes", "score": 0.5, "latency_ms": 1.0}
            self.log.append("churn", [LoggedPrediction.model_validate({**answer, **more})])

    def add(self, *rows: Any) -> LabelReceipt:
        return self.service.add(LOCAL, "churn", rows)

    def faults(self, *rows: Any) -> dict[str, str]:
        with pytest.raises(InvalidRequest) as caught:
            self.add(*rows)
        return dict(caught.value.details)


@pytest.fixture
def truth() -> Truth:
    made = Truth()
    house(load(), made.store, made.blobs, made.log, made.clock).promote(1, stored(made.blobs).sha256)
    return made


def test_labels_are_kept_by_prediction_id_with_when_and_by_whom(truth: Truth) -> None:
    receipt = truth.add({"prediction_id": "a", "label": "Yes", "observed_at": "2026-02-01T10:00:00+02:00"})
    assert receipt == LabelReceipt(added=1, corrected=0, repeated=0, unknown=())
    [kept] = truth.service.history("churn", "a")
    assert (kept.label, kept.received_at, kept.received_by) == ("Yes", START, LOCAL.name)
    assert kept.observed_at == datetime(2026, 2, 1, 8, tzinfo=UTC)
    with truth.store.read() as work:
        assert work.events.find("churn")[0].action == "labels.add"


def test_a_correction_counts_from_then_on_and_the_first_word_stays_in_the_history(truth: Truth) -> None:
    truth.add({"prediction_id": "a", "label": "Yes"})
    truth.clock.advance(60)
    assert truth.add({"prediction_id": "a", "label": "No"}).corrected == 1
    assert [one.label for one in truth.service.history("churn", "a")] == ["Yes", "No"]
    assert [one.label.label for one in truth.service.joined("churn") if one.label] == ["No"]


def test_a_label_that_is_known_is_not_stored_again(truth: Truth) -> None:
    truth.add({"prediction_id": "a", "label": "Yes"})
    assert truth.add({"prediction_id": "a", "label": "Yes"}).repeated == 1
    assert len(truth.service.history("churn", "a")) == 1


def test_two_labels_for_one_id_in_one_call_are_both_kept_and_the_last_counts(truth: Truth) -> None:
    receipt = truth.add(*({"prediction_id": "a", "label": label} for label in ("Yes", "No", "No")))
    assert (receipt.added, receipt.corrected, receipt.repeated) == (1, 1, 1)
    assert [one.label for one in truth.service.history("churn", "a")] == ["Yes", "No"]


def test_ids_that_were_never_answered_are_told_and_not_stored(truth: Truth) -> None:
    receipt = truth.add(*({"prediction_id": given, "label": "No"} for given in ("x", "a", "y", "x")))
    assert receipt == LabelReceipt(added=1, corrected=0, repeated=0, unknown=("x", "y"))
    assert truth.service.history("churn", "x") == []


def test_coverage_and_the_join_look_at_a_window_of_answers(truth: Truth) -> None:
    truth.add({"prediction_id": "b", "label": "No"})
    assert truth.service.coverage("churn").model_dump() == {"predictions": 3, "labelled": 1}
    since = START + timedelta(hours=1)
    assert truth.service.coverage("churn", since=since).share == 0.5
    assert truth.service.coverage("churn", until=START).share is None
    joined = truth.service.joined("churn", since=since)
    assert [(one.prediction.prediction_id, one.label and one.label.label) for one in joined] == [
        ("b", "No"),
        ("c", None),
    ]


def test_every_fault_is_named_and_nothing_is_stored(truth: Truth) -> None:
    later = (START + timedelta(days=1)).isoformat()
    faults = truth.faults(
        {"prediction_id": "a", "label": "Yes"},
        {"prediction_id": "a", "label": "Maybe"},
        {"prediction_id": 7, "label": "Yes"},
        {"prediction_id": "a"},
        {"prediction_id": "a", "label": "Yes", "observed_at": "yesterday"},
        {"prediction_id": "a", "label": "Yes", "observed_at": later},
        {"prediction_id": "a", "label": "Yes", "colour": 1},
        "text",
    )
    assert faults == {
        "labels[1].label": "must be one of No, Yes",
        "labels[2].prediction_id": "must be text of 1 to 200 printable characters",
        "labels[3].label": "is missing",
        "labels[4].observed_at": "must be a date and time in ISO 8601, such as 2026-03-02T09:00:00Z",
        "labels[5].observed_at": "is in the future",
        "labels[6].colour": "is not known here; only prediction_id, label and observed_at are",
        "labels[7]": "must be a JSON object with prediction_id, label and, if known, observed_at",
    }
    assert truth.service.history("churn", "a") == []


def test_a_label_of_a_regression_is_a_finite_number_also_as_text() -> None:
    truth = Truth(task="regression", target="value", positive=None, metric="rmse")
    truth.add({"prediction_id": "a", "label": 3}, {"prediction_id": "b", "label": "2.5"})
    assert [one.label.label for one in truth.service.joined("churn") if one.label] == [3.0, 2.5]
    for bad in (float("nan"), "text", True, 10**400):
        assert truth.faults({"prediction_id": "a", "label": bad}) == {"labels[0].label": "must be a finite number"}


def test_only_who_may_adds_labels_and_only_to_a_project_that_is_there(truth: Truth) -> None:
    with pytest.raises(Denied):
        truth.service.add(Actor(name="eve", role=Role.VIEWER), "churn", [])
    with pytest.raises(ProjectNotFound):
        truth.service.add(LOCAL, "nope", [])


def test_labels_come_in_through_the_api(client: Client, served: House) -> None:
    record = {"tenure": 3, "monthly charges": 70.5, "plan": "basic", "prediction_id": "labelled"}
    assert client.post("/projects/churn/predict", record).status == 200
    rows = [{"prediction_id": "labelled", "label": "No"}, {"prediction_id": "never", "label": "No"}]
    reply = client.post(LABELS, {"labels": rows})
    assert reply.document == {"added": 1, "corrected": 0, "repeated": 0, "unknown": ["never"]}
    assert served.labels.history("churn", "labelled")[0].received_by == "local"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 422),
        (b"[]", 422),
        (b'{"labels": {}}', 422),
        (b'{"labels": [], "more": 1}', 422),
        (b'{"labels": [[]]}', 422),
        (b'{"labels": [{"prediction_id": "a", "label": NaN}]}', 422),
        (b'{"labels": [{"prediction_id": "a", "label": [1]}]}', 422),
        (b'{"labels": []}', 200),
    ],
)
def test_a_body_that_holds_no_labels_is_refused(client: Client, body: bytes, status: int) -> None:
    assert client.raw(LABELS, body).status == status


def test_labels_for_an_unknown_project_are_refused(client: Client) -> None:
    reply = client.post("/projects/nope/labels", {"labels": []})
    assert (reply.status, reply.error["code"]) == (404, "project_not_found")
