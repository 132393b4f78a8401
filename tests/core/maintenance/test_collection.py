from datetime import timedelta

import pytest

from core.errors import Conflict, Denied, InvalidInput
from core.records.access import LOCAL, Actor, Role
from core.records.integrity import GcReport
from tests.core.maintenance.house import House

DAY = 86_400.0


@pytest.fixture
def house() -> House:
    return House()


def brief(report: GcReport) -> tuple[int, int, int, int]:
    return (report.unused, report.marked, report.waiting, report.removed)


def test_unused_bytes_go_once_they_were_unused_for_the_grace_time(house: House) -> None:
    house.add()
    house.register()
    before = set(house.blobs.names())
    name = house.blobs.put_bytes(b"left behind")
    assert brief(house.collection.collect(LOCAL)) == (1, 1, 1, 0)
    house.clock.advance(DAY - 1)
    assert brief(house.collection.collect(LOCAL)) == (1, 0, 1, 0)
    house.clock.advance(2)
    report = house.collection.collect(LOCAL)
    assert (brief(report), report.freed) == ((1, 0, 0, 1), len(b"left behind"))
    assert not house.blobs.exists(name)
    assert set(house.blobs.names()) == before
    assert house.actions()[-1] == "stores.tidy"


def test_a_dry_run_says_what_would_go_and_changes_nothing(house: House) -> None:
    name = house.blobs.put_bytes(b"left behind")
    house.collection.collect(LOCAL)
    house.clock.advance(2 * DAY)
    trail = house.actions()
    assert brief(house.collection.collect(LOCAL, dry_run=True)) == (1, 0, 0, 1)
    assert house.actions() == trail
    assert name in house.blobs.names()
    assert house.collection.collect(LOCAL).removed == 1


@pytest.mark.parametrize("touch", ["put", "exists"])
def test_whoever_wants_the_bytes_meanwhile_keeps_them(house: House, touch: str) -> None:
    name = house.blobs.put_bytes(b"wanted again")
    house.collection.collect(LOCAL)
    house.clock.advance(2 * DAY)
    if touch == "put":
        house.blobs.put_bytes(b"wanted again")
    else:
        assert house.blobs.exists(name)
    assert brief(house.collection.collect(LOCAL)) == (1, 1, 1, 0)
    house.clock.advance(2 * DAY)
    assert house.collection.collect(LOCAL).removed == 1


def test_bytes_that_are_referred_to_again_lose_their_mark(house: House) -> None:
    version = house.add()
    with house.store.write() as work:
        work.blobs.mark({version.sha256}, house.clock.now())
        work.commit()
    house.clock.advance(2 * DAY)
    assert brief(house.collection.collect(LOCAL)) == (0, 0, 0, 0)
    with house.store.read() as work:
        assert work.blobs.marks() == {}


def test_bytes_that_a_queued_job_names_are_needed(house: House) -> None:
    from core.records.job import JobKind
    from tests.builders import job_request

    name = house.blobs.put_bytes(b"a,b\n1,2\n")
    with house.store.write() as work:
        work.jobs.add(job_request(kind=JobKind.INGEST, payload={"sha256": name}), "local", house.clock.now())
        work.commit()
    assert house.collection.collect(LOCAL).unused == 0


def test_every_part_of_a_registered_model_is_needed(house: House) -> None:
    house.register()
    assert house.collection.collect(LOCAL).unused == 0
    house.tracking.delete_project("churn")
    with house.store.write() as work:
        work.projects.delete("churn")
        work.commit()
    assert house.collection.collect(LOCAL).unused == len(list(house.blobs.names()))


def test_nothing_goes_while_a_manifest_cannot_be_read(house: House) -> None:
    version = house.register()
    house.damage(version.bundle_sha256)
    with pytest.raises(Conflict, match="Nothing was removed"):
        house.collection.collect(LOCAL)


def test_a_grace_time_shorter_than_a_job_and_strangers_are_refused(house: House) -> None:
    with pytest.raises(InvalidInput, match="PILOTHOUSE_JOB_TIMEOUT"):
        house.collection.collect(LOCAL, grace=timedelta(minutes=59))
    with pytest.raises(Denied):
        house.collection.collect(Actor(name="ann", role=Role.SCIENTIST))
