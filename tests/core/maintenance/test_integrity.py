import io

import pytest

from core.errors import BlobCorrupt, BlobNotFound, Denied
from core.records.access import LOCAL, Actor, Role
from core.records.dataset import DatasetRef
from core.records.difference import DifferenceRequest
from core.records.event import AuditEvent
from core.records.integrity import FsckReport
from core.records.model import Alias, ModelManifest
from storage.memory import MemoryBlobs
from tests.core.maintenance.house import CSV, House


@pytest.fixture
def house() -> House:
    return House()


def found(report: FsckReport) -> list[tuple[str, str, bool]]:
    return [(item.kind, item.subject, item.repaired) for item in report.findings]


def test_a_sound_installation_has_no_finding(house: House) -> None:
    version = house.add()
    house.register()
    report = house.integrity.check(LOCAL)
    assert report.findings == ()
    with house.store.read() as work:
        assert report.events == len(work.events.all())
    assert (report.blobs, report.tables, report.unused) == (len(list(house.blobs.names())), 1, 0)
    assert report.size == sum(house.blobs.size(name) for name in house.blobs.names())
    assert house.datasets.frame(version).shape == (3, 2)


def test_only_those_who_maintain_the_stores_check_them(house: House) -> None:
    with pytest.raises(Denied):
        house.integrity.check(Actor(name="ann", role=Role.SCIENTIST))


def test_a_reader_of_damaged_bytes_gets_an_error_and_an_alarm_is_raised_once(house: House) -> None:
    version = house.add()
    house.damage(version.parquet_sha256)
    for _ in range(2):
        with pytest.raises(BlobCorrupt, match="fsck --repair"):
            house.datasets.frame(version)
    alarms = [(fault.sha256, [use.what for use in uses]) for fault, uses in house.integrity.faults()]
    assert alarms == [(version.parquet_sha256, ["the typed table of customers@1"])]
    assert house.actions().count("blob.quarantine") == 1


def test_a_damaged_table_is_made_again_from_its_original(house: House) -> None:
    version = house.add()
    house.damage(version.parquet_sha256)
    assert found(house.integrity.check(LOCAL)) == [("table", "churn customers@1", False)]
    assert found(house.integrity.check(LOCAL, repair=True)) == [("table", "churn customers@1", True)]
    assert house.integrity.check(LOCAL).findings == ()
    assert list(house.datasets.frame(version)["tenure"]) == [1, 2, 3]
    assert house.integrity.faults() == []
    assert house.actions()[-2:] == ["blob.mend", "stores.repair"]


def test_a_missing_table_is_made_again_too(house: House) -> None:
    version = house.add()
    house.blobs.delete(version.parquet_sha256)
    assert found(house.integrity.check(LOCAL)) == [("table", "churn customers@1", False)]
    assert [fault.sha256 for fault, _ in house.integrity.faults()] == [version.parquet_sha256]
    assert house.integrity.check(LOCAL, repair=True).open == ()
    assert house.integrity.faults() == []
    assert house.actions()[-2:] == ["blob.mend", "stores.repair"]


def test_a_damaged_original_is_mended_by_adding_the_file_once_more(house: House) -> None:
    version = house.add()
    house.damage(version.sha256)
    report = house.integrity.check(LOCAL, repair=True)
    assert found(report) == [("original", "churn customers@1", False)]
    assert "Add the same file once more" in report.findings[0].advice
    added = house.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(CSV.encode()), "c.csv")
    assert (added.created, added.version.ref) == (False, version.ref)
    assert house.integrity.check(LOCAL).findings == ()
    assert house.integrity.faults() == []


def test_original_and_table_damaged_at_once_stay_open(house: House) -> None:
    version = house.add()
    house.damage(version.sha256)
    house.damage(version.parquet_sha256)
    report = house.integrity.check(LOCAL, repair=True)
    assert sorted(found(report)) == [("original", "churn customers@1", False), ("table", "churn customers@1", False)]


def test_a_model_file_comes_back_from_mlflow_and_a_manifest_does_not(house: House) -> None:
    version = house.register()
    manifest = ModelManifest.model_validate_json(house.blobs.read(version.bundle_sha256))
    house.damage(manifest.model_sha256)
    assert found(house.integrity.check(LOCAL, repair=True))[0] == ("model", "churn version 1", True)
    house.damage(version.bundle_sha256)
    report = house.integrity.check(LOCAL, repair=True)
    assert found(report) == [("bundle", "churn version 1", False)]


def test_damaged_rows_of_a_difference_are_forgotten_and_computed_again(house: House) -> None:
    house.add()
    house.add("tenure,churn\n1,Yes\n2,Yes\n")
    request = DifferenceRequest(
        before=DatasetRef(name="customers", number=1), after=DatasetRef(name="customers", number=2), key=("tenure",)
    )
    first = house.differences.compute(LOCAL, "churn", request)
    house.damage(first.rows_sha256)
    assert found(house.integrity.check(LOCAL, repair=True)) == [("difference", "churn customers@1 customers@2", True)]
    assert house.differences.find("churn", request) is None
    assert house.differences.compute(LOCAL, "churn", request).rows_sha256 == first.rows_sha256
    assert house.integrity.check(LOCAL).findings == ()


def test_damaged_bytes_that_nothing_needs_are_removed(house: House) -> None:
    name = house.blobs.put_bytes(b"left behind")
    assert house.integrity.check(LOCAL).unused == 1
    house.damage(name)
    assert found(house.integrity.check(LOCAL)) == [("unused", name[:12], False)]
    assert found(house.integrity.check(LOCAL, repair=True)) == [("unused", name[:12], True)]
    assert list(house.blobs.quarantined()) == []
    assert house.integrity.faults() == []


def test_bytes_that_are_no_parquet_of_the_version_are_a_finding(house: House) -> None:
    version = house.add()
    wrong = house.blobs.put_bytes(b"no table")
    with house.store.write() as work:
        work.datasets.add(version.model_copy(update={"number": 2, "parquet_sha256": wrong}))
        work.datasets.add(version.model_copy(update={"number": 3, "rows": 7}))
        work.commit()
    report = house.integrity.check(LOCAL)
    assert [(item.subject, item.kind) for item in report.findings] == [
        ("churn customers@3", "table"),
        ("churn customers@2", "table"),
    ]
    assert "it has 3 rows and 2 columns, not 7 and 2" in report.findings[0].problem
    assert "cannot be read as Parquet" in report.findings[1].problem


def test_an_altered_trail_is_a_finding(house: House) -> None:
    house.add()
    with house.store.read() as work:
        last: AuditEvent = work.events.all()[-1]
    with house.store.write() as work:
        work.events.append(last.model_copy(update={"number": last.number + 1, "previous": last.hash}))
        work.commit()
    report = house.integrity.check(LOCAL)
    assert [item.kind for item in report.findings] == ["trail"]
    assert f"event {last.number + 1} is the first" in report.findings[0].problem


def test_an_alias_that_points_elsewhere_is_set_again(house: House) -> None:
    version = house.register()
    house.models.promote(LOCAL, "churn", version.version, "first", override=True)
    assert house.integrity.check(LOCAL).findings == ()
    house.tracking.remove_alias("churn", Alias.CHAMPION)
    report = house.integrity.check(LOCAL)
    assert [item.problem for item in report.findings] == ["MLflow's champion is none, while version 1 serves"]
    assert house.integrity.check(LOCAL, repair=True).open == ()
    assert house.tracking.alias("churn", Alias.CHAMPION) == 1


def test_a_fault_that_the_watch_missed_is_noted_by_the_check(house: House) -> None:
    version = house.add()
    unwatched = MemoryBlobs()
    unwatched._contents = house.blobs._contents
    unwatched._aside = house.blobs._aside
    house.damage(version.sha256)
    with pytest.raises(BlobCorrupt):
        unwatched.read(version.sha256)
    assert house.integrity.faults() == []
    house.integrity.check(LOCAL)
    assert [fault.sha256 for fault, _ in house.integrity.faults()] == [version.sha256]


def test_a_missing_original_says_what_to_do(house: House) -> None:
    version = house.add()
    house.blobs.delete(version.sha256)
    with pytest.raises(BlobNotFound, match="are missing"):
        house.blobs.read(version.sha256)
