"""Rows a model is asked with, and what of the file is kept beside its answers."""

import pytest

from core.datasets.rows import EVERY, read_rows
from core.errors import InvalidInput
from core.records.dataset import Column, ColumnKind

WANTED = [Column(name="age", kind=ColumnKind.INTEGER, nullable=False)]


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "new.csv"
    file.write_text("id,age,plan\na1,30,basic\na2,40,plus\n")
    return file


@pytest.mark.parametrize(
    ("keep", "offered", "kept", "first"),
    [
        ([], [], (), ()),
        ([], ["id", "absent"], ("id",), ("a1",)),
        (["plan"], ["id"], ("id", "plan"), ("a1", "basic")),
        ([EVERY], ["id"], ("id", "age", "plan"), ("a1", 30, "basic")),
    ],
)
def test_columns_are_kept_beside_what_is_asked(path, keep, offered, kept, first):
    rows = read_rows(path, WANTED, keep, offered)
    assert rows.asked == [{"age": 30}, {"age": 40}]
    assert (rows.kept, rows.beside[0]) == (kept, first)
    assert len(rows.beside) == 2


def test_a_column_that_is_not_there_cannot_be_kept(path):
    with pytest.raises(InvalidInput, match=r"new.csv lacks the columns to keep: colour"):
        read_rows(path, WANTED, ["colour"])
