import pytest

from core.errors import Denied, InvalidRequest, NoChampion, ParityFailed, ProjectNotFound, VersionNotFound
from core.records.access import LOCAL, Actor, Role
from core.serving.privacy import Privacy
from core.serving.service import ServingService
from storage.memory import MemoryBlobs, MemoryPredictionLog, MemoryStore
from storage.memory.tracking import MemoryTracking
from tests.builders import START, FakeClock, project
from tests.bundles import RECORD, REGRESSION, registered, stored
from tests.core.serving.served import House, house


class Serving:
    """A serving service over stores in memory."""

    def __init__(self) -> None:
        self.store, self.blobs, self.log = MemoryStore(), MemoryBlobs(), MemoryPredictionLog()
        self.tracking, self.clock = MemoryTracking(), FakeClock()
        self.service = ServingService(
            self.store, self.blobs, self.log, self.clock, self.tracking, MemoryPredictionLog()
        )
        with self.store.write() as work:
            work.projects.add(project())
            work.commit()

    def promote(self, version: int, bundle_sha256: str) -> None:
        self.house().promote(version, bundle_sha256)

    def house(self) -> House:
        from core.settings import load

        return house(load(), self.store, self.blobs, self.log, self.clock)


@pytest.fixture
def serving() -> Serving:
    return Serving()


def test_the_champion_answers_and_every_answer_is_logged(serving: Serving) -> None:
    serving.promote(1, stored(serving.blobs).sha256)
    answers = serving.service.predict(LOCAL, "churn", [RECORD, {**RECORD, "tenure": 50.0}], prediction_ids=["a", None])
    assert [answer.prediction for answer in answers] == ["Yes", "No"]
    logged = serving.service.predictions("churn")
    assert [one.prediction_id for one in logged] == [answer.prediction_id for answer in answers]
    assert [(one.version, one.at, one.prediction) for one in logged] == [(1, START, "Yes"), (1, START, "No")]
    assert logged[1].features == {"tenure": 50, "monthly charges": 70.5, "plan": "basic"}
    assert [one.score for one in logged] == [answer.probabilities["Yes"] for answer in answers]


def test_a_new_champion_answers_the_next_request(serving: Serving) -> None:
    serving.promote(1, stored(serving.blobs).sha256)
    assert serving.service.predict(LOCAL, "churn", [RECORD])[0].model_version == 1
    serving.promote(2, stored(serving.blobs, flipped=True).sha256)
    assert serving.service.predict(LOCAL, "churn", [RECORD])[0].model_version == 2


def test_a_version_by_number_answers_without_being_logged(serving: Serving) -> None:
    registered(serving.store, serving.blobs, serving.tracking, serving.clock)
    registered(serving.store, serving.blobs, serving.tracking, serving.clock, flipped=True)
    [answer] = serving.service.predict(LOCAL, "churn", [RECORD], version=2)
    assert (answer.prediction, answer.model_version) == ("No", 2)
    assert serving.service.predictions("churn") == []
    with pytest.raises(VersionNotFound, match="It has: 2, 1"):
        serving.service.predict(LOCAL, "churn", [RECORD], version=3)


def test_the_newest_logged_answers_are_returned_oldest_first(serving: Serving) -> None:
    serving.promote(1, stored(serving.blobs).sha256)
    for number in range(4):
        serving.service.predict(LOCAL, "churn", [RECORD], prediction_ids=[f"p{number}"])
        serving.clock.advance(1)
    assert [one.prediction_id for one in serving.service.predictions("churn", 2)] == ["p2", "p3"]


def test_a_number_is_logged_without_a_score(serving: Serving) -> None:
    serving.promote(1, stored(serving.blobs, **REGRESSION).sha256)
    serving.service.predict(LOCAL, "churn", [RECORD])
    assert serving.service.predictions("churn")[0].score is None


def test_a_refused_record_leaves_nothing_of_its_batch_in_the_log(serving: Serving) -> None:
    serving.promote(1, stored(serving.blobs).sha256)
    with pytest.raises(InvalidRequest) as caught:
        serving.service.predict(LOCAL, "churn", [RECORD, {**RECORD, "tenure": None}])
    assert [field for field, _ in caught.value.details] == ["records[1].tenure"]
    assert serving.service.predictions("churn") == []


def test_an_empty_batch_is_neither_answered_nor_logged(serving: Serving) -> None:
    serving.promote(1, stored(serving.blobs).sha256)
    assert serving.service.predict(LOCAL, "churn", []) == []
    assert serving.log.count("churn") == 0


def test_unknown_projects_and_projects_without_a_champion_are_told_apart(serving: Serving) -> None:
    with pytest.raises(ProjectNotFound):
        serving.service.predict(LOCAL, "nope", [RECORD])
    with pytest.raises(ProjectNotFound):
        serving.service.predict(LOCAL, "nope", [RECORD], version=1)
    with pytest.raises(NoChampion):
        serving.service.predict(LOCAL, "churn", [RECORD])


def test_who_may_not_ask_gets_no_answer(serving: Serving) -> None:
    serving.promote(1, stored(serving.blobs).sha256)
    with pytest.raises(Denied):
        serving.service.predict(Actor(name="eve", role=Role.AUDITOR), "churn", [RECORD])


def test_a_model_that_fails_its_probe_answers_nothing(serving: Serving) -> None:
    manifest = stored(serving.blobs).manifest
    other = stored(serving.blobs, flipped=True).manifest.compiled
    swapped = manifest.model_copy(update={"compiled": other})
    serving.promote(1, serving.blobs.put_bytes(swapped.model_dump_json().encode()))
    with pytest.raises(ParityFailed):
        serving.service.predict(LOCAL, "churn", [RECORD])


def test_the_log_says_who_asked_and_what_was_unlike_training_but_not_what_is_private(serving: Serving) -> None:
    serving.service = ServingService(
        serving.store,
        serving.blobs,
        serving.log,
        serving.clock,
        serving.tracking,
        MemoryPredictionLog(),
        Privacy("tenure", "churn.plan"),
    )
    serving.promote(1, stored(serving.blobs).sha256)
    serving.service.predict(LOCAL, "churn", [RECORD, {"tenure": 90, "monthly charges": None, "plan": "silver"}])
    usual, odd = serving.service.predictions("churn")
    assert (usual.client, usual.cohort, usual.features) == (
        "local",
        "champion",
        {"monthly charges": 70.5, "plan": "(masked)"},
    )
    assert usual.warnings == ("monthly charges is not between 20 and 26",)
    assert odd.warnings == ("tenure is not between 1 and 59", "plan has a value never seen in training")


def test_days_that_are_over_are_archived_and_old_ones_removed(serving: Serving) -> None:
    serving.promote(1, stored(serving.blobs).sha256)
    for _ in range(3):
        serving.service.predict(LOCAL, "churn", [RECORD])
        serving.clock.advance(24 * 3600)
    assert serving.service.tidy_log(0) == []
    assert serving.service.tidy_log(2) == ["The log of churn: 0 answers archived, 1 days removed."]
    assert len(serving.service.predictions("churn")) == 2
