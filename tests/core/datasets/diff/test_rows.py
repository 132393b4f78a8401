"""Rows, cells and columns that differ, to the last one."""

import math

import pandas as pd
import pytest

from core.errors import InvalidInput, InvalidKey
from core.records.difference import RowSelection
from tests.core.datasets.diff.house import House

BEFORE = "id,age,plan,churn\n1,30,a,Yes\n2,,b,No\n3,40,c,No\n"
AFTER = "id,age,plan,churn,new\n1,31,a,Yes,1\n2,,b,No,2\n4,40,c,No,3\n"


@pytest.fixture
def house() -> House:
    return House()


def counts(found):
    return found.added, found.removed, found.changed, found.unchanged


def changed_cells(found):
    return {column.name: column.changed for column in found.columns if column.changed}


def test_rows_are_recognised_by_their_id_and_show_old_and_new_cells(house):
    found = house.diff(BEFORE, AFTER)
    assert (found.key, found.is_key_proposed, counts(found)) == (("id",), True, (1, 1, 1, 1))
    assert changed_cells(found) == {"age": 1}
    assert [(change.name, change.before, change.after) for change in found.schema_changes] == [("new", None, "integer")]
    no = (False,) * 5
    assert house.rows(found) == [
        ("changed", 0, 0, (1, 30, "a", "Yes", None), (1, 31, "a", "Yes", 1), (False, True, False, False, False)),
        ("removed", 2, None, (3, 40, "c", "No", None), None, no),
        ("added", None, 2, None, (4, 40, "c", "No", 3), no),
    ]


def test_a_version_does_not_differ_from_itself(house):
    ref = house.add(BEFORE).ref
    found = house.compare(ref, ref)
    assert (counts(found), found.is_same, house.rows(found)) == ((0, 0, 0, 3), True, [])


def test_without_a_key_whole_rows_are_counted_with_their_copies(house):
    found = house.diff("x,y\n1,a\n1,a\n1,a\n2,b\n5,\n", "x,y\n2,b\n1,a\n2,b\n3,\n5,\n", key=())
    assert (found.key, counts(found)) == ((), (2, 2, 0, 3))
    assert house.rows(found) == [
        ("removed", 1, None, (1, "a"), None, (False, False)),
        ("removed", 2, None, (1, "a"), None, (False, False)),
        ("added", None, 2, None, (2, "b"), (False, False)),
        ("added", None, 3, None, (3, None), (False, False)),
    ]


def test_missing_equals_missing_and_nothing_else(house):
    old = pd.DataFrame({"id": [1, 2, 3, 4], "v": [None, 1.5, None, 2.0], "t": [None, "x", "y", None]})
    new = pd.DataFrame({"id": [1, 2, 3, 4], "v": [math.nan, None, 0.0, 2.0], "t": [None, "x", None, ""]})
    found = house.diff(old, new)
    assert changed_cells(found)["v"] == 2
    assert [row[1] for row in house.rows(found, column="v")] == [1, 2]


def test_numbers_are_compared_to_the_last_digit_or_within_a_tolerance(house):
    old = pd.DataFrame({"id": [1, 2, 3], "big": [2**53, 2**62, 7], "x": [0.1 + 0.2, 1.0, -0.0]})
    new = pd.DataFrame({"id": [1, 2, 3], "big": [2**53 + 1, 2**62 + 1, 7], "x": [0.3, 1.0 + 2**-52, 0.0]})
    found = house.diff(old, new)
    assert changed_cells(found) == {"big": 2, "x": 2}
    near = house.compare(*(found_ref(house, n) for n in (1, 2)), tolerance=1e-9)
    assert changed_cells(near) == {"big": 2}
    wide = house.compare(*(found_ref(house, n) for n in (1, 2)), tolerance=1.0)
    assert (changed_cells(wide), wide.is_same) == ({}, True)


def found_ref(house, number):
    return next(v.ref for v in house.datasets.versions("churn") if v.number == number)


def test_a_column_of_another_kind_differs_only_where_its_values_do(house):
    old = "id,code,flag,amount\n1,10,true,5\n2,20,false,6\n3,30,true,7\n"
    new = "id,code,flag,amount\n1,10,1,5.0\n2,20,0,6.5\n3,x3,1,7.0\n"
    found = house.diff(old, new)
    assert {change.name for change in found.schema_changes} >= {"code", "amount"}
    assert changed_cells(found) == {"code": 1, "amount": 1}


def test_a_key_of_two_columns_is_found_when_no_single_one_tells_rows_apart(house):
    old = "day,hour,n\n2026-01-01,1,5\n2026-01-01,2,6\n2026-01-02,1,7\n2026-01-02,2,5\n"
    new = "day,hour,n\n2026-01-01,1,5\n2026-01-01,2,9\n2026-01-02,1,7\n2026-01-02,2,5\n"
    found = house.diff(old, new)
    assert (found.key, counts(found), changed_cells(found)) == (("day", "hour"), (0, 0, 1, 3), {"n": 1})


def test_the_projects_id_column_comes_first():
    house = House(id_column="card")
    found = house.diff("row_id,card,v\n1,9,a\n2,8,b\n", "row_id,card,v\n2,9,a\n1,8,b\n")
    assert (found.key, changed_cells(found)) == (("card",), {"row_id": 2})


def test_a_key_that_several_rows_share_is_refused_with_examples(house):
    with pytest.raises(InvalidKey, match=r"plan: several rows of t@1 share it: plan=a \(2 rows\)") as refused:
        house.diff("plan,x\na,1\na,2\nb,3\n", "plan,x\na,1\nb,3\n", key=("plan",))
    assert "without one" in refused.value.message
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("key", "reason"),
    [(("nope",), "t@1 has no column 'nope'"), (("id", "id"), "named twice"), (("new",), "t@1 has no column 'new'")],
)
def test_a_key_that_cannot_be_used_is_refused(house, key, reason):
    with pytest.raises(InvalidKey, match=reason):
        house.diff(BEFORE, AFTER, key=key)


def test_one_missing_key_is_a_key_like_any_other(house):
    found = house.diff("k,v\na,1\n,2\n", "k,v\na,1\n,3\n", key=("k",))
    assert (counts(found), house.rows(found)[0][3:5]) == ((0, 0, 1, 1), ((None, 2), (None, 3)))


def test_names_that_differ_in_case_or_look_like_sql_stay_apart(house):
    old = pd.DataFrame({"id": [1], "Age": [1], "age": [2], 'a"; DROP--': [3], "b_row": [4]})
    new = pd.DataFrame({"id": [1], "Age": [1], "age": [5], 'a"; DROP--': [6], "b_row": [4]})
    assert changed_cells(house.diff(old, new)) == {"age": 1, 'a"; DROP--': 1}


def test_rows_can_be_chosen_by_change_and_column_and_paged(house):
    old = "id,v,w\n" + "".join(f"{n},{n},0\n" for n in range(50))
    new = "id,v,w\n" + "".join(f"{n},{n + n % 2},{int(n == 3)}\n" for n in range(10, 60)) + "3,3,1\n"
    found = house.diff(old, new)
    assert counts(found) == (10, 9, 21, 20)
    pages = [house.differences.page(found, RowSelection(changes=("changed",)), at, 8) for at in (0, 8, 16)]
    assert [row.row_before for page in pages for row in page] == [3, *range(11, 50, 2)]
    assert house.differences.count(found, RowSelection(changes=("added", "removed"))) == 19
    assert [row[1] for row in house.rows(found, column="w")] == [3]
    with pytest.raises(InvalidInput, match="They share: id, v, w"):
        house.rows(found, column="x")


def test_all_differing_rows_can_be_taken_away(house, tmp_path):
    found = house.diff("id,note\n1,a\n2,b\n", "id,note,Note\n1,=cmd(),x\n3,c,y\n")
    house.differences.export(found, RowSelection(), tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text() == (
        "change,before.id,after.id,before.note,after.note,after.Note\n"
        "changed,1,1,a,'=cmd(),x\nremoved,2,,b,,\nadded,,3,,c,y\n"
    )
    house.differences.export(found, RowSelection(changes=("changed",)), tmp_path / "rows.parquet")
    assert pd.read_parquet(tmp_path / "rows.parquet").to_dict("list") == {
        "change": ["changed"], "before.id": [1], "after.id": [1],
        "before.note": ["a"], "after.note": ["=cmd()"], "after.Note": ["x"],
    }  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "rows.parquet"]


def test_a_difference_is_computed_once_and_again_when_its_rows_are_gone(house):
    found = house.diff(BEFORE, AFTER)
    with house.store.read() as work:
        trail = [(event.action, event.subject) for event in work.events.all()]
    assert trail[-1] == ("dataset.diff", "t@1 t@2")
    refs = [found_ref(house, number) for number in (1, 2)]
    revision = house.store.revision()
    assert house.compare(*refs) == found
    assert house.store.revision() == revision
    house.blobs.delete(found.rows_sha256)
    assert counts(house.compare(*refs)) == counts(found)
    assert house.store.revision() == revision + 1
