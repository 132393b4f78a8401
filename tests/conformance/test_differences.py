import pytest

from core.errors import ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.dataset import ColumnKind
from core.records.difference import ColumnDifference, Difference, Distribution, SchemaChange
from tests.builders import START


def difference(**changes: object) -> Difference:
    distribution = Distribution(
        labels=("below 3", "3 and above"), edges=(3.0,), before=(0.5, 0.5), after=(0.25, 0.75), psi=0.27, ks=0.25
    )
    fields = {
        "id": "d1",
        "project": "churn",
        "before": "customers@1",
        "after": "customers@2",
        "key": ("id",),
        "is_key_proposed": True,
        "tolerance": 0.0,
        "rows_before": 6_000_000_000,
        "rows_after": 4,
        "added": 1,
        "removed": 0,
        "changed": 2,
        "unchanged": 1,
        "schema_changes": (SchemaChange(name="plan", before=None, after=ColumnKind.TEXT),),
        "columns": (
            ColumnDifference(
                name="id", before=ColumnKind.INTEGER, after=ColumnKind.INTEGER, changed=2, distribution=distribution
            ),
        ),
        "rows_sha256": "c" * 64,
        "created_at": START,
    }
    return Difference.model_validate({**fields, **changes})


def test_a_difference_comes_back_as_it_was_kept(store: Store) -> None:
    with store.write() as work:
        work.differences.keep(difference())
        work.commit()
    with store.read() as work:
        assert work.differences.get("d1") == difference()
        assert work.differences.get("d2") is None


def test_one_computed_again_takes_the_place_of_the_former(store: Store) -> None:
    with store.write() as work:
        work.differences.keep(difference())
        work.differences.keep(difference(rows_sha256="d" * 64))
        assert work.differences.find("churn") == [difference(rows_sha256="d" * 64)]


def test_differences_are_found_newest_first_within_their_project(store: Store) -> None:
    with store.write() as work:
        for name in ("a", "b", "c"):
            work.differences.keep(difference(id=name))
        work.differences.keep(difference(id="d", project="bikes"))
        assert [item.id for item in work.differences.find("churn")] == ["c", "b", "a"]
        assert [item.id for item in work.differences.find("churn", limit=2)] == ["c", "b"]


def test_a_version_that_goes_takes_its_differences_with_it(store: Store) -> None:
    with store.write() as work:
        work.differences.keep(difference())
        work.differences.keep(difference(id="d2", before="customers@2", after="customers@3"))
        work.differences.keep(difference(id="d3", before="customers@3", after="customers@4"))
        work.differences.keep(difference(id="d4", project="bikes"))
        assert [item.id for item in work.differences.forget("churn", "customers@2")] == ["d2", "d1"]
        assert [item.id for item in work.differences.find("churn")] == ["d3"]
        assert [item.id for item in work.differences.find("bikes")] == ["d4"]
        assert work.differences.forget("churn", "customers@9") == []


def test_an_unknown_project_is_refused(store: Store) -> None:
    with store.write() as work, pytest.raises(ProjectNotFound):
        work.differences.keep(difference(project="nope"))
