"""Formats beside CSV and Parquet, and what a person can overrule."""

# ruff: noqa: DTZ001 (the moments of a table have no zone)

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from core.datasets.limits import Limits
from core.datasets.reading import ReadTable, read
from core.errors import NotATable
from core.records.dataset import ColumnKind
from core.records.reading import ColumnChoice, ReadingChoices

Reader = Callable[..., ReadTable]


@pytest.fixture
def reading(tmp_path: Path) -> Reader:
    def understand(content: bytes | str, limits: Limits | None = None, **choices: Any) -> ReadTable:
        path = tmp_path / "upload"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path, "table", limits or Limits(), ReadingChoices(**choices))

    return understand


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"default_date_format": "yyyy-mm-dd hh:mm"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    book.close()
    return sink.getvalue()


def archive(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return sink.getvalue()


def test_json_lines_keep_the_types_they_state(reading: Reader) -> None:
    rows = [
        {"id": 1, "zip": "00501", "x": 1, "ok": True, "when": "2026-03-01", "who": {"name": "ann", "tags": ["a"]}},
        {"id": 2, "zip": "10115", "x": 2.5, "ok": None, "when": "2026-03-02T10:00", "late": "z"},
    ]
    found = reading("\n".join(map(json.dumps, rows)) + "\n\n")
    assert found.table.to_pydict() == {
        "id": [1, 2],
        "zip": ["00501", "10115"],
        "x": [1.0, 2.5],
        "ok": [True, None],
        "when": [datetime(2026, 3, 1), datetime(2026, 3, 2, 10)],
        "who.name": ["ann", None],
        "who.tags": ['["a"]', None],
        "late": [None, "z"],
    }
    assert found.reading == {"format": "json lines", "encoding": "utf-8", "encoding_guessed": False}


def test_json_values_of_several_types_stay_text(reading: Reader) -> None:
    found = reading('{"a": 1, "b": 9007199254740993}\n{"a": "x", "b": null}\n{"a": true, "b": 1}\n')
    assert found.table.to_pydict() == {"a": ["1", "x", "true"], "b": ["9007199254740993", None, "1"]}
    assert found.notes == ("'b': kept as text: as numbers its long integers would lose digits.",)


def test_a_sheet_is_read_with_its_types_and_other_sheets_are_named(reading: Reader) -> None:
    content = workbook(
        {
            "Kunden": [["id", "code", "since", "rate"], [1, "007", datetime(2026, 3, 1, 10), 1.5], [2, "x", "", ""]],
            "Empty": [],
            "More": [["a", "b"], [True, 2.0]],
        }
    )
    found = reading(content)
    assert found.table.to_pydict() == {
        "id": [1, 2],
        "code": ["007", "x"],
        "since": [datetime(2026, 3, 1, 10), None],
        "rate": [1.5, None],
    }
    assert found.reading == {"format": "workbook", "sheet": "Kunden"}
    assert found.notes == ("Sheet 'Kunden' was read; the workbook has others: 'Empty', 'More'.",)
    assert reading(content, sheet="More").table.to_pydict() == {"a": [True], "b": [2]}
    with pytest.raises(NotATable, match=r"it has no sheet 'Nope'\. It has: 'Kunden', 'Empty', 'More'"):
        reading(content, sheet="Nope")


def test_a_header_further_down_a_sheet_can_be_chosen(reading: Reader) -> None:
    content = workbook({"S": [["Report of March", ""], ["a", "b"], [1, 2]]})
    assert reading(content, header_row=2).table.to_pydict() == {"a": [1], "b": [2]}


@pytest.mark.parametrize(
    ("sheets", "reason"),
    [
        ({"S": []}, "none of its sheets holds a cell"),
        ({"S": [["a", "b"]]}, "a header but no rows"),
        ({"S": [["a", ""], [1, 2]]}, "column 2 has no name"),
        ({"S": [["a", "b"], *([[1, 2]] * 99)]}, "at most 100 cells of a workbook are read"),
    ],
)
def test_a_sheet_that_is_no_table_is_refused(reading: Reader, sheets: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotATable, match=reason):
        reading(workbook(sheets), Limits(sheet_cells=100))


def test_a_damaged_workbook_is_refused(reading: Reader) -> None:
    with pytest.raises(NotATable, match="the workbook is damaged"):
        reading(archive(**{"xl/workbook.xml": b"<workbook", "b": b""}))


def test_packed_tables_are_unpacked_and_the_way_is_told(reading: Reader) -> None:
    plain = b"a,b\n1,2\n"
    found = reading(gzip.compress(plain))
    assert (found.table.to_pydict(), found.reading["compression"]) == ({"a": [1], "b": [2]}, "gzip")
    found = reading(archive(**{"dir/t.csv": plain, "__MACOSX/t.csv": b"", "dir/.hidden": b""}))
    assert (found.reading["compression"], found.reading["member"]) == ("zip", "dir/t.csv")
    two = archive(one=plain, two=b"c,d\n3,4\n")
    assert reading(two, member="two").table.to_pydict() == {"c": [3], "d": [4]}
    with pytest.raises(NotATable, match="the archive holds no file 'three'; choose one of: 'one', 'two'"):
        reading(two, member="three")


def test_bombs_are_stopped_by_what_they_unpack_to(reading: Reader) -> None:
    bomb = gzip.compress(b"a,b\n" + b"1,2\n" * 17_000_000)
    assert len(bomb) < 500_000
    with pytest.raises(NotATable, match="more than 200 times its size"):
        reading(bomb)
    with pytest.raises(NotATable, match=r"unpacked it takes more than 0\.001 GB"):
        reading(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000), Limits(decoded=1_000_000))
    with pytest.raises(NotATable, match="more than 200 times its size"):
        reading(archive(t=b"0" * 70_000_000))
    with pytest.raises(NotATable, match=r"unpacked the workbook takes 0\.1 GB"):
        reading(archive(**{"xl/workbook.xml": b" " * 100_000_000}))


def test_a_name_that_climbs_out_of_the_archive_goes_nowhere(reading: Reader, tmp_path: Path) -> None:
    found = reading(archive(**{"../../evil.csv": b"a,b\n1,2\n"}))
    assert found.reading["member"] == "../../evil.csv"
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]


def test_a_decimal_comma_is_believed_where_commas_do_not_separate(reading: Reader) -> None:
    found = reading("a;b;c\n1,5;1.234,50;x\n-2;7,25;y\n")
    assert found.table.to_pydict() == {"a": [1.5, -2.0], "b": [1234.5, 7.25], "c": ["x", "y"]}
    assert (found.reading["decimal"], found.reading["thousands"]) == (",", ".")
    assert found.notes == ("Numbers are written with a decimal comma, and were read so.",)


def test_a_decimal_comma_is_not_believed_beside_decimal_points(reading: Reader) -> None:
    assert reading("a;b\n1,5;2.75\n2,5;3.5\n").table.to_pydict() == {"a": ["1,5", "2,5"], "b": [2.75, 3.5]}


@pytest.mark.parametrize(
    ("choices", "cells", "values"),
    [
        ({"thousands": ","}, ["1,234,567", "12"], [1234567, 12]),
        ({"thousands": ","}, ["1,234.5", "0.5"], [1234.5, 0.5]),
        ({"thousands": ","}, ["12,34", "1"], ["12,34", "1"]),
        ({"thousands": " "}, ["1 234", "5"], [1234, 5]),
        ({"decimal": ","}, ["1,5", "2"], [1.5, 2.0]),
        ({"decimal": ","}, ["1.5", "2,5"], ["1.5", "2,5"]),
        ({"missing": ("-9", "unknown")}, ["-9", "5"], [None, 5]),
        ({"missing": ()}, ["NA", ""], ["NA", None]),
        ({"columns": {"x": ColumnChoice(kind=ColumnKind.TEXT)}}, ["1", "02"], ["1", "02"]),
        ({"columns": {"x": ColumnChoice(kind=ColumnKind.NUMBER)}}, ["007", "?"], [7.0, None]),
        ({"columns": {"x": ColumnChoice(kind=ColumnKind.BOOLEAN)}}, ["Yes", "no", ""], [True, False, None]),
        (
            {"columns": {"x": ColumnChoice(kind=ColumnKind.DATETIME, date_format="%d/%m/%Y")}},
            ["31/12/2017", "01/02/2018"],
            [datetime(2017, 12, 31), datetime(2018, 2, 1)],
        ),
    ],
)
def test_each_guess_can_be_overruled(
    reading: Reader, choices: dict[str, Any], cells: list[str], values: list[Any]
) -> None:
    found = reading("row,x\n" + "".join(f'{place},"{cell}"\n' for place, cell in enumerate(cells)), **choices)
    assert found.table["x"].to_pylist() == values
    assert found.reading["choices"] == ReadingChoices(**choices).document()


def test_encoding_delimiter_and_header_can_be_overruled(reading: Reader) -> None:
    found = reading(
        "\u0438\u043c\u044f~\u0433\u043e\u0440\u043e\u0434\nИлья~Уфа\n".encode("cp866"), encoding="cp866", delimiter="~"
    )
    assert found.table.to_pylist() == [{"\u0438\u043c\u044f": "Илья", "\u0433\u043e\u0440\u043e\u0434": "Уфа"}]
    assert (found.reading["encoding_guessed"], found.doubts) == (False, ())
    assert reading("5.1,3.5\n4.9,3.0\n", header_row=0).table.to_pydict() == {
        "column_1": [5.1, 4.9],
        "column_2": [3.5, 3.0],
    }
    assert reading("made by me\n\na,b\n1,2\n", header_row=3).table.to_pydict() == {"a": [1], "b": [2]}


@pytest.mark.parametrize(
    ("choices", "content", "reason"),
    [
        ({"encoding": "klingon"}, b"a,b\n1,2\n", "there is no text encoding 'klingon'"),
        ({"encoding": "hex"}, b"a,b\n1,2\n", "there is no text encoding 'hex'"),
        ({"encoding": "utf-8"}, b"a,b\n1,\xe9\n", "bytes that do not fit utf-8"),
        ({"encoding": "ascii"}, b"a,b\n1,\xe9\n", "bytes that do not fit"),
        (
            {"columns": {"b": ColumnChoice(kind=ColumnKind.DATETIME, date_format="%d.%m.%Y")}},
            b"a,b\n1,31.12.2017\n2,12/31/2017\n",
            r"column 'b' was to be read as datetime written %d.%m.%Y, but has '12/31/2017'",
        ),
        (
            {"columns": {"b": ColumnChoice(kind=ColumnKind.BOOLEAN)}},
            b"a,b\n1,yes\n2,perhaps\n",
            "column 'b' was to be read as boolean, but has 'perhaps'",
        ),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_with_what_does_not(
    reading: Reader, choices: dict[str, Any], content: bytes, reason: str
) -> None:
    with pytest.raises(NotATable, match=reason):
        reading(content, **choices)
