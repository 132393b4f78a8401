import pytest

from core.errors import DatasetNotFound, Denied, RunNotFound
from core.maintenance_errors import DatasetDeleted, StillNeeded
from core.records.access import LOCAL, Actor, Role
from core.records.dataset import DatasetRef
from core.records.difference import DifferenceRequest
from core.records.job import JobKind
from core.records.traffic import TrafficMode
from core.serving.traffic import TrafficService
from tests.builders import job_request
from tests.core.maintenance.house import CSV, House

ONE, TWO = (DatasetRef(name="customers", number=number) for number in (1, 2))
DAY = 86_400.0


@pytest.fixture
def house() -> House:
    return House()


def test_deleting_a_version_frees_what_only_it_needs_and_never_gives_its_number_again(house: House) -> None:
    house.add()
    second = house.add("tenure,churn\n1,Yes\n")
    house.differences.compute(LOCAL, "churn", DifferenceRequest(before=ONE, after=TWO, key=("tenure",)))
    impact = house.removal.preview_data("churn", "customers", 2)
    rows = next(item.rows_sha256 for item in house.store.read().__enter__().differences.find("churn"))
    sizes = sum(house.blobs.size(name) for name in (second.sha256, second.parquet_sha256, rows))
    assert (impact.refused, impact.differences, impact.freed) == ((), 1, sizes)
    house.removal.delete_data(LOCAL, "churn", "customers", 2, reason="a mistake")
    assert [version.number for version in house.datasets.versions("churn")] == [1]
    with pytest.raises(DatasetDeleted, match=r"customers@2 of project 'churn' was deleted by local .* \(a mistake\)"):
        house.datasets.get("churn", TWO)
    assert house.add("tenure,churn\n1,Yes\n").number == 3
    assert house.actions()[-2:] == ["dataset.delete", "dataset.add"]
    assert [(left.number, left.reason) for left in house.removal.deleted("churn")] == [(2, "a mistake")]


def test_the_disk_comes_back_with_the_next_tidying_but_not_what_others_share(house: House) -> None:
    first = house.add()
    shared = house.add(dataset="copies")
    assert shared.parquet_sha256 == first.parquet_sha256
    assert house.removal.delete_data(LOCAL, "churn", "customers", 1).freed == 0
    house.clock.advance(2 * DAY)
    assert house.collection.collect(LOCAL).removed == 0
    freed = house.removal.delete_data(LOCAL, "churn", "copies", 1).freed
    assert freed == sum(house.blobs.size(name) for name in house.blobs.names())
    house.clock.advance(2 * DAY)
    assert house.collection.collect(LOCAL).freed == freed
    assert list(house.blobs.names()) == []


def test_what_a_serving_version_was_trained_on_stays_and_for_some_time_after(house: House) -> None:
    house.add()
    first, second = house.register(), house.register(flipped=True)
    house.models.promote(LOCAL, "churn", first.version, "first", override=True)
    with pytest.raises(StillNeeded, match="version 1 was trained on it and is serving now"):
        house.removal.delete_data(LOCAL, "churn", "customers", 1)
    with pytest.raises(StillNeeded, match="is serving now: promote another version first"):
        house.removal.delete_run(LOCAL, "churn", first.run_id)
    house.clock.advance(60)
    house.models.promote(LOCAL, "churn", second.version, "better", override=True)
    with pytest.raises(StillNeeded, match="kept for 10 days"):
        house.removal.delete_run(LOCAL, "churn", first.run_id)
    house.clock.advance(11 * DAY)
    assert house.removal.delete_run(LOCAL, "churn", first.run_id).model_versions == (1,)
    assert [version.version for version in house.models.versions("churn")] == [2]


def test_what_takes_part_in_the_traffic_stays_until_that_ends(house: House) -> None:
    house.add()
    first, second = house.register(), house.register(flipped=True)
    house.models.promote(LOCAL, "churn", first.version, "first", override=True)
    traffic = TrafficService(house.store, house.blobs, house.tracking, house.clock)
    traffic.start(LOCAL, "churn", TrafficMode.CANARY, reason="a few first", version=second.version, share=0.1)
    with pytest.raises(StillNeeded, match=r"takes part in the traffic \(canary\): end that first"):
        house.removal.delete_run(LOCAL, "churn", second.run_id)
    traffic.stop(LOCAL, "churn", reason="seen enough")
    assert house.removal.delete_run(LOCAL, "churn", second.run_id).model_versions == (2,)


def test_the_preview_names_what_points_here(house: House) -> None:
    house.add()
    version = house.register()
    impact = house.removal.preview_data("churn", "customers", 1)
    assert (impact.runs, impact.model_versions) == ((version.run_id,), (1,))
    assert impact.leaves == ("1 run trained on it, which cannot be computed again then", "model version 1")
    assert house.removal.preview_data("churn", "customers").versions == ("customers@1",)


def test_data_that_a_job_works_with_stays(house: House) -> None:
    house.add()
    payload = {"dataset": {"name": "customers", "number": 1}}
    with house.store.write() as work:
        job = work.jobs.add(job_request(kind=JobKind.TRAIN, payload=payload), "local", house.clock.now())
        work.commit()
    with pytest.raises(StillNeeded, match=job.id):
        house.removal.delete_data(LOCAL, "churn", "customers")
    assert house.datasets.get("churn", ONE).rows == 3


def test_a_deleted_run_takes_its_version_and_challenger_with_it(house: House) -> None:
    house.add()
    version = house.register()
    impact = house.removal.delete_run(LOCAL, "churn", version.run_id, reason="no use")
    assert (impact.subject, impact.model_versions, impact.freed > 0) == (f"run {version.run_id[:8]}", (1,), True)
    with pytest.raises(RunNotFound):
        house.removal.preview_run("churn", version.run_id)
    assert house.models.versions("churn") == []
    assert house.actions()[-1] == "run.delete"
    assert house.register().version == 2


def test_a_project_says_all_that_goes_with_it(house: House) -> None:
    house.add()
    house.register()
    impact = house.removal.preview_project("churn")
    assert impact.takes == ("1 dataset version", "1 run", "1 model version")
    assert (impact.refused, impact.freed) == ((), len(CSV) + house.blobs.size(house.add().parquet_sha256))


def test_strangers_and_unknown_names_are_refused(house: House) -> None:
    house.add()
    with pytest.raises(Denied):
        house.removal.delete_data(Actor(name="vic", role=Role.VIEWER), "churn", "customers", 1)
    with pytest.raises(DatasetNotFound):
        house.removal.delete_data(LOCAL, "churn", "customers", 9)
    with pytest.raises(DatasetNotFound):
        house.removal.preview_data("churn", "nothing")
