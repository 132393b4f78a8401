"""From the rows that changed to the runs that learned from them."""

import io

import pytest

from core.datasets.diff.service import DifferenceService
from core.datasets.service import DatasetService
from core.models.reach import ReachService
from core.records.access import LOCAL
from core.records.dataset import DatasetRef
from core.records.difference import Difference, DifferenceRequest, Touched
from core.records.model import Alias
from core.records.training import RunStatus, Split, SplitKind
from storage.memory import MemoryBlobs, MemoryStore
from storage.memory.tracking import MemoryTracking
from tests.builders import FakeClock, project, training_spec

ROWS = 40


def table(changed: tuple[int, ...] = (), gone: tuple[int, ...] = ()) -> bytes:
    lines = ["id,day,tenure,churn"]
    for row in range(ROWS):
        if row in gone:
            continue
        answer = "" if row == 0 else ("Yes" if row % 2 else "No")
        lines.append(f"{row},2026-01-{1 + row // 2:02},{row + (100 if row in changed else 0)},{answer}")
    return "\n".join(lines).encode()


class House:
    def __init__(self) -> None:
        self.store, self.blobs, self.tracking, self.clock = MemoryStore(), MemoryBlobs(), MemoryTracking(), FakeClock()
        with self.store.write() as work:
            work.projects.add(project())
            work.commit()
        self.tracking.create_project("churn")
        self.datasets = DatasetService(self.store, self.blobs, self.clock)
        differences = DifferenceService(self.store, self.blobs, self.datasets, self.clock)
        self.differences = differences
        self.reach = ReachService(self.store, self.tracking, self.datasets, differences)

    def diff(self, after: bytes) -> Difference:
        for content in (table(), after):
            self.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(content), "t.csv")
        refs = [DatasetRef(name="customers", number=number) for number in (1, 2)]
        return self.differences.compute(LOCAL, "churn", DifferenceRequest(before=refs[0], after=refs[1]))

    def run(self, status: RunStatus = RunStatus.FINISHED, **changes: object) -> str:
        spec = training_spec(**changes)
        run_id = self.tracking.start_run(spec, "run", {"pilothouse.dataset": str(spec.dataset)})
        self.tracking.finish_run(run_id, status)
        return run_id


@pytest.fixture
def house() -> House:
    return House()


BY_TIME = Split(kind=SplitKind.TIME, test_size=0.25, time_column="day")


def test_rows_are_told_apart_by_the_part_of_the_run_they_were_in(house: House) -> None:
    """Row 0 has no answer, so 39 rows take part: by day, 1 to 29 are learned from and 30 to 39 tested on."""
    found = house.diff(table(changed=(0, 3, 4, 35), gone=(5, 38, 39)))
    assert (found.changed, found.removed) == (4, 3)
    run_id = house.run(split=BY_TIME)
    (reached,) = house.reach.of(found).runs
    assert (reached.run_id, reached.rows_train, reached.rows_test, reached.reason) == (run_id, 29, 10, "")
    assert reached.touched == Touched(changed_train=2, removed_train=1, changed_test=1, removed_test=2)


def test_a_random_split_is_computed_again_from_its_seed(house: House) -> None:
    found = house.diff(table(changed=tuple(range(1, ROWS))))
    house.run(seed=1)
    house.run(seed=2)
    for reached in house.reach.of(found).runs:
        assert (reached.rows_train, reached.rows_test) == (31, 8)
        assert reached.touched == Touched(changed_train=31, changed_test=8)


def test_a_split_by_groups_is_computed_again_and_folds_change_nothing(house: House) -> None:
    found = house.diff(table(changed=tuple(range(1, ROWS)), gone=()))
    house.run(split=Split(kind=SplitKind.GROUP, test_size=0.25, group_column="day", folds=3))
    house.run(split=Split(kind=SplitKind.CV, test_size=0.25, folds=3))
    for reached in house.reach.of(found).runs:
        assert (reached.reason, reached.rows_train is not None) == ("", True)
        assert reached.touched == Touched(changed_train=reached.rows_train, changed_test=reached.rows_test)
        assert (reached.rows_train or 0) + (reached.rows_test or 0) == ROWS - 1


def test_only_runs_on_the_older_version_are_reached_and_unfinished_ones_say_so(house: House) -> None:
    found = house.diff(table(changed=(1,)))
    house.run(dataset=DatasetRef(name="customers", number=2))
    failed = house.run(RunStatus.FAILED)
    alien = house.run(target="nope")
    reasons = {run.run_id: run.reason for run in house.reach.of(found).runs}
    assert set(reasons) == {failed, alien}
    assert reasons[failed] == "the run did not finish"
    assert "its rows cannot be parted again: customers@1 has no column 'nope'" in reasons[alien]


def test_a_version_that_serves_says_so(house: House) -> None:
    found = house.diff(table(changed=(1,)))
    run_id = house.run(split=BY_TIME)
    with house.store.write() as work:
        work.deployments.open("churn", Alias.CHAMPION, 1, run_id, "b" * 64, "ann", "first", house.clock.now())
        work.commit()
    (reached,) = house.reach.of(found).runs
    assert reached.is_serving
    with house.store.write() as work:
        work.deployments.close("churn", Alias.CHAMPION, house.clock.advance(60))
        work.commit()
    (reached,) = house.reach.of(found).runs
    assert (reached.is_serving, len(reached.served)) == (False, 1)
