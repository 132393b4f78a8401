"""Types are decided on all rows, whatever the first ones look like, and nothing is held whole."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.datasets import text_table
from core.datasets.reading import Converted, convert, read
from core.errors import NotATable
from core.records.dataset import ColumnKind
from core.records.reading import ColumnChoice, ReadingChoices

# ruff: noqa: DTZ001 (the moments of a table have no zone)
Conversion = Callable[..., tuple[Converted, pa.Table]]


@pytest.fixture
def converting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Conversion:
    """Convert content in parts of a few hundred bytes."""
    monkeypatch.setattr(text_table, "_BLOCK", 400)
    monkeypatch.setattr(text_table, "_SAMPLE", 400)

    def run(content: str, **choices: Any) -> tuple[Converted, pa.Table]:
        path, target = tmp_path / "upload", tmp_path / "table.parquet"
        path.write_bytes(content.encode())
        found = convert(path, "table.csv", target, choices=ReadingChoices(**choices))
        return found, pq.read_table(target)

    return run


MANY = 120


@pytest.mark.parametrize(
    ("first", "last", "kind", "ends"),
    [
        ("1", "2", "integer", [1, 2]),
        ("1", "2.5", "number", [1.0, 2.5]),
        ("1.5", "2", "number", [1.5, 2.0]),
        ("1", "red", "text", ["1", "red"]),
        ("1", "007", "text", ["1", "007"]),
        ("1.5", "007", "text", ["1.5", "007"]),
        ("1.5", "-0.5", "number", [1.5, -0.5]),
        ("1", "+4917012345", "text", ["1", "+4917012345"]),
        ("1", "9007199254740993", "integer", [1, 9007199254740993]),
        ("1.5", "9007199254740993", "text", ["1.5", "9007199254740993"]),
        ("1", "9223372036854775808", "text", ["1", "9223372036854775808"]),
        ("1", "?", "integer", [1, None]),
        ("1", "inf", "integer", [1, None]),
        ("1.5", "nan", "number", [1.5, None]),
        ("1.5", "1e999", "number", [1.5, None]),
        ("1.5", " 7 ", "number", [1.5, 7.0]),
        ("1", "0x10", "text", ["1", "0x10"]),
        ("", "2", "integer", [None, 2]),
        ("NA", "true", "boolean", [None, True]),
        ("true", "maybe", "text", ["true", "maybe"]),
        ("2026-03-01", "2026-03-02", "datetime", [datetime(2026, 3, 1), datetime(2026, 3, 2)]),
        ("2026-03-01", "2026-03-02 10", "text", ["2026-03-01", "2026-03-02 10"]),
        ("2026-03-01", "2026-02-30", "text", ["2026-03-01", "2026-02-30"]),
        ("2026-03-01 10:00", "2026-03-01 10:00Z", "text", ["2026-03-01 10:00", "2026-03-01 10:00Z"]),
        ("2026-03-01 10:00Z", "2026-03-01 12:00+02:00", "datetime", [datetime(2026, 3, 1, 10)] * 2),
        ("red", "NA", "text", ["red", None]),
        ("a long word", "  ", "text", ["a long word", None]),
        ("a long word", " NULL", "text", ["a long word", None]),
    ],
)
@pytest.mark.parametrize("varied", [False, True], ids=["the same cell again and again", "many different rows"])
def test_the_last_row_counts_as_much_as_the_first(
    converting: Conversion, first: str, last: str, kind: str, ends: list[Any], varied: bool
) -> None:
    rows = [f"{place if varied else 0},{first}" for place in range(MANY)]
    found, table = converting("\n".join(["row,x", *rows, f"0,{last}", ""]))
    assert found.rows == MANY + 1
    assert {column.name: column.kind.value for column in found.columns}["x"] == kind
    assert [table["x"][0].as_py(), table["x"][-1].as_py()] == ends
    assert table["row"].to_pylist() == [*(range(MANY) if varied else [0] * MANY), 0]


def test_a_long_integer_in_one_part_and_a_gap_in_another_make_text(converting: Conversion) -> None:
    rows = ["9007199254740993"] + ["5"] * MANY
    found, table = converting("\n".join(["x,y", *(f"{cell},1" for cell in rows), ",1", ""]))
    assert found.columns[0].kind is ColumnKind.TEXT
    assert table["x"].to_pylist() == [*rows, None]
    assert found.notes == ("'x': kept as text: as numbers its long integers would lose digits.",)


def test_what_is_written_is_what_is_read_at_once(tmp_path: Path) -> None:
    path = Path(__file__).parents[3] / "core" / "pipelines" / "demo_data" / "telco_wa_churn.csv.gz"
    at_once = read(path, "telco")
    found = convert(path, "telco", tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet").equals(at_once.table)
    assert (found.reading, found.notes) == (at_once.reading, at_once.notes)
    assert found.reading["compression"] == "gzip"


def test_a_broken_row_far_down_leaves_no_file(converting: Conversion, tmp_path: Path) -> None:
    with pytest.raises(NotATable, match="line 122 has 3 cells where the header has 2"):
        converting("a,b\n" + "1,2\n" * MANY + "1,2,3\n")
    assert not (tmp_path / "table.parquet").exists()


def test_a_chosen_kind_holds_for_all_rows_or_the_misfits_are_named(converting: Conversion) -> None:
    rows = "\n".join(["x,y", *(f"0{place},1" for place in range(MANY))])
    found, table = converting(rows, columns={"x": ColumnChoice(kind=ColumnKind.INTEGER)})
    assert table["x"].to_pylist() == list(range(MANY))
    assert found.reading["choices"] == {"columns": {"x": {"kind": "integer"}}}
    with pytest.raises(NotATable, match="column 'x' was to be read as integer, but has 'late'"):
        converting(rows + "\nlate,1\n", columns={"x": ColumnChoice(kind=ColumnKind.INTEGER)})


# The peak of this memory alone: ru_maxrss would begin with what the process that started this one had used.
PEAK = """
import re, sys
from pathlib import Path
from core.datasets.reading import convert
convert(Path(sys.argv[1]), "big", Path(sys.argv[2]))
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    line = b"%d,2026-03-01 10:00:00,some text of a customer %d,%d.25\n"
    peaks = []
    for rows in (300_000, 1_800_000):
        path = tmp_path / "big.csv"
        with path.open("wb") as file:
            file.write(b"id,when,note,amount\n")
            for start in range(0, rows, 50_000):
                file.write(b"".join(line % (row, row, row) for row in range(start, start + 50_000)))
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(path), str(tmp_path / "t.parquet")],
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout))
    assert peaks[1] < 600
    assert peaks[1] - peaks[0] < 200
