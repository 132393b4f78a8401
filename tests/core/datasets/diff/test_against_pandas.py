"""On random tables the difference is exactly the one pandas finds."""

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.core.datasets.diff.house import House

CELLS = {
    "n": some.one_of(some.none(), some.integers(-3, 3)),
    "x": some.one_of(some.none(), some.sampled_from([0.0, 0.1, 0.1 + 2**-55, -1.5, 1e300])),
    "t": some.one_of(some.none(), some.sampled_from(["", "a", "A", "ä", "a'b"])),
    "b": some.one_of(some.none(), some.booleans()),
}
ROW = some.fixed_dictionaries(CELLS)
TABLE = some.dictionaries(some.integers(0, 12), ROW, min_size=1, max_size=9)


def frame(rows):
    kinds = {"n": "Int64", "x": "Float64", "t": "string", "b": "boolean"}
    made = pd.DataFrame([{"id": key, **row} for key, row in rows.items()]).astype({"id": "int64", **kinds})
    return made.reset_index(drop=True)


def by_pandas(old, new):
    both = old.merge(new, on="id", how="outer", suffixes=("_b", "_a"), indicator=True)
    common = both[both["_merge"] == "both"]
    cells = {}
    for name in CELLS:
        b, a = common[f"{name}_b"], common[f"{name}_a"]
        same = (b == a).fillna(value=False) | (b.isna() & a.isna())
        cells[name] = ~same.astype(bool)
    changed = pd.DataFrame(cells).any(axis=1) if len(common) else pd.Series(dtype=bool)
    return (
        set(both.loc[both["_merge"] == "right_only", "id"]),
        set(both.loc[both["_merge"] == "left_only", "id"]),
        set(common.loc[changed, "id"]) if len(common) else set(),
        {name: int(flags.sum()) for name, flags in cells.items()},
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TABLE, TABLE)
def test_it_finds_the_rows_and_cells_that_a_pandas_merge_finds(before, after):
    house = House()
    old, new = frame(before), frame(after)
    found = house.diff(old, new, key=("id",))
    rows = house.rows(found)
    ids = {word: {(row[4] or row[3])[0] for row in rows if row[0] == word} for word in ("added", "removed", "changed")}
    cells = {column.name: column.changed for column in found.columns if column.name != "id"}
    assert (ids["added"], ids["removed"], ids["changed"], cells) == by_pandas(old, new)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.lists(ROW, min_size=1, max_size=12), some.lists(ROW, min_size=1, max_size=12))
def test_without_a_key_it_finds_the_multiset_difference(before, after):
    house = House()
    old, new = (frame(dict(enumerate(rows))).drop(columns="id") for rows in (before, after))
    found = house.diff(old, new, key=())
    counted = [side.fillna({"t": "<missing>"}).astype(str).value_counts() for side in (old, new)]
    apart = counted[1].sub(counted[0], fill_value=0)
    assert found.added == apart[apart > 0].sum()
    assert found.removed == -apart[apart < 0].sum()
