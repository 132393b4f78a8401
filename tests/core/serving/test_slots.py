import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.errors import NoChampion, ProjectNotFound, StoreUnavailable
from core.models import promotion
from core.models.promotion import Candidate
from core.records.model import Alias
from core.serving import slots as module
from core.serving.slots import RETRY_AFTER, Slots
from core.serving_errors import ModelNotLoaded
from storage.memory import MemoryBlobs, MemoryStore
from tests.builders import FakeClock, project
from tests.bundles import RECORD, stored


class House:
    """A store with a project, blobs and the slots that follow them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore()
        self.blobs = MemoryBlobs()
        self.slots = Slots(self.store, self.blobs, self.clock)
        self.add("churn")

    def add(self, name: str) -> None:
        with self.store.write() as work:
            work.projects.add(project(name=name))
            work.commit()

    def promote(self, version: int, sha256: str, name: str = "churn") -> None:
        candidate = Candidate(
            project=name, version=version, run_id=f"run{version}", bundle_sha256=sha256, action="x.y", reason="r"
        )
        with self.store.write() as work:
            seen = promotion.number(work.deployments.current(name, Alias.CHAMPION))
            promotion.switch(work, self.clock.now(), "ann", candidate, seen)
            work.commit()

    def challenge(self, version: int, sha256: str) -> None:
        with self.store.write() as work:
            work.deployments.open(
                "churn", Alias.CHALLENGER, version, f"run{version}", sha256, "ann", "registered", self.clock.now()
            )
            work.commit()


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.slots.stop()


def test_a_new_champion_replaces_the_old_one(house: House) -> None:
    house.promote(1, stored(house.blobs).sha256)
    house.slots.refresh()
    first = house.slots.need("churn")
    house.promote(2, stored(house.blobs, flipped=True).sha256)
    house.slots.refresh()
    second = house.slots.need("churn")
    assert (first.deployment.version, second.deployment.version) == (1, 2)
    assert first.predictor.answer([RECORD])[0].prediction == "Yes"
    assert second.predictor.answer([RECORD])[0].prediction == "No"


def test_nothing_is_loaded_again_while_nothing_changed(house: House) -> None:
    house.promote(1, stored(house.blobs).sha256)
    house.slots.refresh()
    first = house.slots.need("churn")
    house.slots.refresh()
    assert house.slots.need("churn") is first


def test_a_champion_that_fails_its_check_leaves_the_old_one_serving_and_is_told(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.promote(1, stored(house.blobs).sha256)
    house.slots.refresh()
    broken = stored(house.blobs, flipped=True)
    house.blobs.overwrite(broken.manifest.compiled.sha256, b"broken")
    house.promote(2, broken.sha256)
    house.slots.refresh()
    assert house.slots.need("churn").deployment.version == 1
    failure = house.slots.failures()["churn"]
    assert failure.deployment.version == 2
    assert "do not match their hash" in failure.problem
    assert "version 2 of churn cannot be loaded" in caplog.text


def test_a_failed_champion_is_tried_again_after_a_while(house: House) -> None:
    packed = stored(house.blobs)
    compiled = packed.manifest.compiled.sha256
    whole = house.blobs.read(compiled)
    house.blobs.overwrite(compiled, b"broken")
    house.promote(1, packed.sha256)
    house.slots.refresh()
    house.blobs.overwrite(compiled, whole)
    house.slots.refresh()
    assert "churn" in house.slots.failures()
    house.clock.advance(RETRY_AFTER / timedelta(seconds=1))
    house.slots.refresh()
    assert house.slots.failures() == {}
    assert house.slots.need("churn").deployment.version == 1


def test_the_next_promotion_is_loaded_without_waiting_for_the_failed_one(house: House) -> None:
    house.promote(1, house.blobs.put_bytes(b"no manifest"))
    house.slots.refresh()
    assert house.slots.failures()["churn"].problem == "unexpected ValidationError; the log has it"
    house.promote(2, stored(house.blobs).sha256)
    house.slots.refresh()
    assert house.slots.failures() == {}
    assert house.slots.all()["churn"].deployment.version == 2


def test_a_deleted_project_is_dropped(house: House) -> None:
    house.promote(1, stored(house.blobs).sha256)
    house.slots.refresh()
    with house.store.write() as work:
        work.projects.delete("churn")
        work.commit()
    house.slots.refresh()
    assert house.slots.all() == {}
    with pytest.raises(ProjectNotFound):
        house.slots.need("churn")


def test_one_broken_project_does_not_keep_another_from_serving(house: House) -> None:
    house.add("bikes")
    house.promote(1, house.blobs.put_bytes(b"{}"), "bikes")
    house.promote(1, stored(house.blobs).sha256)
    house.slots.refresh()
    assert set(house.slots.all()) == {"churn"}
    assert set(house.slots.failures()) == {"bikes"}


def test_a_request_that_comes_before_the_first_look_loads_the_champion_itself(house: House) -> None:
    house.promote(1, stored(house.blobs).sha256)
    assert house.slots.need("churn").deployment.version == 1


@pytest.mark.parametrize("name", ["nope", "", "a/b", "\x00", "x" * 5000])
def test_an_unknown_project_is_told_so(house: House, name: str) -> None:
    with pytest.raises(ProjectNotFound):
        house.slots.need(name)


def test_a_project_without_a_champion_is_told_so(house: House) -> None:
    with pytest.raises(NoChampion):
        house.slots.need("churn")


def test_a_champion_that_cannot_be_loaded_is_told_with_the_reason(house: House) -> None:
    house.promote(3, "f" * 64)
    with pytest.raises(ModelNotLoaded, match=r"Version 3 of project 'churn' .* are missing"):
        house.slots.need("churn")


def test_a_store_that_fails_leaves_what_is_loaded_and_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house.promote(1, stored(house.blobs).sha256)
    house.slots.refresh()
    assert house.slots.trouble() is None

    def gone() -> None:
        raise StoreUnavailable(problem="disk gone")

    with monkeypatch.context() as patch:
        patch.setattr(house.store, "read", gone)
        house.slots.refresh()
        house.slots.refresh()
        assert house.slots.trouble() == "The metadata store cannot be used: disk gone"
        assert house.slots.all()["churn"].deployment.version == 1
    house.slots.refresh()
    assert house.slots.trouble() is None
    assert caplog.text.count("the store cannot be followed") == 1


def test_the_background_thread_follows_the_store(house: House) -> None:
    house.slots.start()
    house.promote(1, stored(house.blobs).sha256)
    while "churn" not in house.slots.all():
        time.sleep(0.01)
    house.slots.stop()
    assert house.slots.all()["churn"].deployment.version == 1


def test_a_challenger_is_ready_before_it_is_promoted(house: House) -> None:
    house.promote(1, stored(house.blobs).sha256)
    challenger = stored(house.blobs, flipped=True)
    house.challenge(2, challenger.sha256)
    house.slots.refresh()
    assert house.slots.need("churn").deployment.version == 1
    house.blobs.delete(challenger.manifest.compiled.sha256)
    house.promote(2, challenger.sha256)
    house.slots.refresh()
    assert house.slots.need("churn").deployment.version == 2
    with house.store.read() as work:
        assert work.deployments.current("churn", Alias.CHALLENGER) is None


def test_the_champion_before_is_kept_ready_for_a_rollback(house: House) -> None:
    first = stored(house.blobs)
    house.promote(1, first.sha256)
    house.slots.refresh()
    house.promote(2, stored(house.blobs, flipped=True).sha256)
    house.slots.refresh()
    house.blobs.delete(first.manifest.compiled.sha256)
    house.promote(1, first.sha256)
    house.slots.refresh()
    slot = house.slots.need("churn")
    assert (slot.deployment.version, slot.predictor.version) == (1, 1)


def test_a_challenger_that_cannot_be_loaded_is_tried_once_and_troubles_nobody(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.promote(1, stored(house.blobs).sha256)
    house.challenge(2, "0" * 64)
    house.slots.refresh()
    house.slots.refresh()
    assert house.slots.need("churn").deployment.version == 1
    assert house.slots.failures() == {}
    assert sum("cannot be made ready" in record.message for record in caplog.records) == 1


def test_what_ends_the_following_is_told_by_readyz(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ModuleNotFoundError("No module named 'numpy'", name="numpy")

    monkeypatch.setattr(module, "_import_libraries", broken)
    house.slots.start()
    for _ in range(100):
        if "restart" in (house.slots.trouble() or ""):
            break
        time.sleep(0.02)
    assert house.slots.trouble() == (
        "what follows the store ended (the library numpy cannot be loaded; install the requirements again): "
        "restart the scoring API"
    )
    house.slots.stop()


def test_a_store_that_did_not_change_is_left_alone_for_a_while(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.promote(1, stored(house.blobs).sha256)
    house.slots.refresh()
    looks = []
    monkeypatch.setattr(house.slots, "_drop", lambda live: looks.append(set(live)))
    house.slots._look(anew=False)
    assert looks == []
    house.add("other")
    house.slots._look(anew=False)
    assert looks == [{"churn"}]
    monkeypatch.setattr(house.slots, "_anew_at", 0.0)
    house.slots._look(anew=False)
    assert len(looks) == 2
