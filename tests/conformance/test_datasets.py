import math

import pytest

from core.errors import Conflict, DatasetNotFound, InvalidInput, ProjectNotFound
from core.maintenance_errors import DatasetDeleted
from core.ports.unit_of_work import Store
from core.records.dataset import ColumnKind, DatasetRef, Profile
from core.records.profile import Finding, FindingKind, Severity
from core.records.removal import DeletedVersion
from tests.builders import START, column_profile, dataset_version


def test_a_version_comes_back_as_it_was_stored(store: Store) -> None:
    profile = Profile(
        rows=3,
        duplicates=1,
        columns=(
            column_profile(
                nulls=0, distinct=3, minimum=-1.5, maximum=2e300, mean=0.1, quantiles=(0.1, 0.2), counts=(1, 2)
            ),
            column_profile("churn", ColumnKind.TEXT, nulls=1, minimum="a", maximum="ü", top=(("Yes", 2), ("No", 1))),
        ),
        findings=(
            Finding(kind=FindingKind.DUPLICATES, severity=Severity.WARNING, text="two rows", columns=("churn",)),
        ),
    )
    given = dataset_version(
        profile=profile, reading={"delimiter": ";"}, tags={"team": "crm"}, size=5_000_000_000, parent=7
    )
    with store.write() as work:
        work.datasets.add(given)
        work.commit()
    with store.read() as work:
        assert work.datasets.get("churn", DatasetRef(name="customers", number=1)) == given
        assert work.datasets.find_content("churn", "customers", "a" * 64) == [given]
        assert work.datasets.latest("churn", "customers") == given


def test_the_latest_version_is_the_one_with_the_highest_number(store: Store) -> None:
    with store.write() as work:
        for number in (1, 10, 2):
            work.datasets.add(dataset_version(number=number))
        work.datasets.add(dataset_version(dataset="orders", number=11))
        latest = work.datasets.latest("churn", "customers")
        assert latest is not None
        assert latest.number == 10
        assert work.datasets.latest("bikes", "customers") is None


def test_versions_are_listed_newest_first_within_their_project(store: Store) -> None:
    with store.write() as work:
        work.datasets.add(dataset_version(number=1))
        work.datasets.add(dataset_version(dataset="orders", number=1))
        work.datasets.add(dataset_version(number=2))
        work.datasets.add(dataset_version(project="bikes", number=7))
        assert [str(item.ref) for item in work.datasets.find("churn")] == ["customers@2", "orders@1", "customers@1"]


def test_equal_bytes_are_found_in_the_newest_version_that_has_them(store: Store) -> None:
    with store.write() as work:
        for number, sha256 in ((1, "a" * 64), (2, "c" * 64), (3, "a" * 64)):
            work.datasets.add(dataset_version(number=number, sha256=sha256))
        found = work.datasets.find_content("churn", "customers", "a" * 64)
        assert [version.number for version in found] == [3, 1]
        assert work.datasets.find_content("churn", "orders", "a" * 64) == []


def test_a_taken_number_is_a_conflict_and_nothing_is_overwritten(store: Store) -> None:
    with store.write() as work:
        work.datasets.add(dataset_version())
        with pytest.raises(Conflict, match="customers@1 exists already"):
            work.datasets.add(dataset_version(rows=99))
        assert work.datasets.get("churn", DatasetRef(name="customers", number=1)).rows == 3


def test_an_unknown_version_names_the_ones_there_are(store: Store) -> None:
    with store.write() as work:
        with pytest.raises(DatasetNotFound, match="It has: none"):
            work.datasets.get("churn", DatasetRef(name="customers", number=1))
        work.datasets.add(dataset_version(number=1))
        work.datasets.add(dataset_version(number=2))
        with pytest.raises(DatasetNotFound, match="It has: customers@2, customers@1"):
            work.datasets.get("churn", DatasetRef(name="customers", number=3))


def test_a_version_of_an_unknown_project_is_refused(store: Store) -> None:
    with store.write() as work, pytest.raises(ProjectNotFound):
        work.datasets.add(dataset_version(project="nope"))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_json_cannot_say_is_refused(store: Store, value: float) -> None:
    version = dataset_version(profile=Profile(rows=3, duplicates=0, columns=(column_profile(mean=value),)))
    with store.write() as work, pytest.raises(InvalidInput, match="finite"):
        work.datasets.add(version)


def left(number: int = 2) -> DeletedVersion:
    return DeletedVersion(
        project="churn",
        dataset="customers",
        number=number,
        sha256="a" * 64,
        rows=3,
        source="c.csv",
        deleted_at=START,
        deleted_by="ann",
        reason="asked for by the customer",
    )


def test_the_number_of_a_deleted_version_is_never_given_again(store: Store) -> None:
    with store.write() as work:
        for number in (1, 2):
            work.datasets.add(dataset_version(number=number))
        assert work.datasets.next_number("churn", "customers") == 3
        work.datasets.remove(left())
        assert work.datasets.next_number("churn", "customers") == 3
        assert work.datasets.next_number("churn", "others") == 1
        work.commit()
    with store.read() as work:
        assert [version.number for version in work.datasets.find("churn")] == [1]
        assert work.datasets.deleted("churn") == [left()]
        assert work.datasets.deleted("bikes") == []
        with pytest.raises(DatasetDeleted, match=r"by ann on 2026-03-02 \(asked for by the customer\)"):
            work.datasets.get("churn", DatasetRef(name="customers", number=2))


def test_what_is_not_there_cannot_be_removed(store: Store) -> None:
    with store.write() as work:
        with pytest.raises(DatasetNotFound):
            work.datasets.remove(left())
        assert work.datasets.deleted("churn") == []


def test_note_tags_and_profile_are_replaced_and_nothing_else(store: Store) -> None:
    with store.write() as work:
        work.datasets.add(dataset_version())
        work.datasets.add(dataset_version(number=2))
        profile = Profile(rows=3, duplicates=2, columns=(), method=1)
        changed = dataset_version(note="new", tags={"a": "b"}, profile=profile, rows=99, author="eve")
        work.datasets.describe(changed)
        found = work.datasets.get("churn", DatasetRef(name="customers", number=1))
        assert found == dataset_version(note="new", tags={"a": "b"}, profile=profile)
        assert work.datasets.get("churn", DatasetRef(name="customers", number=2)) == dataset_version(number=2)
        with pytest.raises(DatasetNotFound, match="customers@7"):
            work.datasets.describe(dataset_version(number=7))
