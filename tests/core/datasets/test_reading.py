"""Files of every sort: read as a data scientist would expect, or refused with the reason."""

# ruff: noqa: DTZ001 (the moments of a table have no zone)

import gzip
import io
import pickle
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.datasets.limits import Limits
from core.datasets.reading import ReadTable, read
from core.datasets.values import kind_of
from core.datasets.words import MISSING
from core.errors import NotATable

Reader = Callable[..., ReadTable]


@pytest.fixture
def reading(tmp_path: Path) -> Reader:
    def understand(content: bytes | str, limits: Limits | None = None) -> ReadTable:
        path = tmp_path / "upload"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path, "table.csv", limits) if limits else read(path, "table.csv")

    return understand


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def kinds(found: ReadTable) -> dict[str, str]:
    fields = zip(found.table.schema, found.table.columns, strict=True)
    return {field.name: kind_of(field.type).value + ("?" if cells.null_count else "") for field, cells in fields}


def test_a_plain_file_gives_typed_columns_and_says_how_it_was_read(reading: Reader) -> None:
    found = reading("id,size,price,color,sold\n1,2,3.5,red,2026-03-01\n2,3,4,blue,2026-03-02\n")
    assert kinds(found) == {"id": "integer", "size": "integer", "price": "number", "color": "text", "sold": "datetime"}
    assert found.table.to_pylist()[1] == {
        "id": 2,
        "size": 3,
        "price": 4.0,
        "color": "blue",
        "sold": datetime(2026, 3, 2),
    }
    assert found.reading == {"format": "csv", "encoding": "utf-8", "encoding_guessed": False, "delimiter": ","}
    assert (found.doubts, found.notes) == ((), ())


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_delimiter_is_found_even_when_others_are_in_the_cells(reading: Reader, delimiter: str) -> None:
    others = " ".join(other for other in ",;\t|" if other != delimiter)
    found = reading(f"name{delimiter}note\nann{delimiter}x {others} y\nbob{delimiter}z\n")
    assert found.reading["delimiter"] == delimiter
    assert found.table["note"].to_pylist() == [f"x {others} y", "z"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(reading: Reader, end: str) -> None:
    assert reading(end.join(["a,b", "1,x", "2,y", ""])).table.to_pydict() == {"a": [1, 2], "b": ["x", "y"]}


def test_mixed_line_ends_a_missing_last_one_and_empty_lines_are_read(reading: Reader) -> None:
    assert reading("a,b\r\n1,x\n\n2,y\r3,z").table.to_pydict() == {"a": [1, 2, 3], "b": ["x", "y", "z"]}


def test_cells_in_quotes_keep_delimiters_quotes_and_line_ends(reading: Reader) -> None:
    found = reading('a,b\n"x,1","say ""hi"""\n"two\nlines",plain\n')
    assert found.table.to_pydict() == {"a": ["x,1", "two\nlines"], "b": ['say "hi"', "plain"]}


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", ("utf-8", False)),
        ("utf-8-sig", ("utf-8-sig", False)),
        ("utf-16", ("utf-16", False)),
        ("utf-32", ("utf-32", False)),
        ("utf-16-le", ("utf-16-le", True)),
        ("utf-16-be", ("utf-16-be", True)),
        ("latin-1", ("cp1252", True)),
        ("cp1252", ("cp1252", True)),
    ],
)
def test_western_text_is_read_right_in_every_encoding_and_a_guess_is_told(
    reading: Reader, encoding: str, told: tuple[str, bool]
) -> None:
    text = "Stra\u00dfe,Temperatur(\u00b0C),Ort\r\nK\u00f6nigsallee,1.5,M\u00fcnchen\r\nAll\u00e9e,2.5,Orl\u00e9ans\r\n"
    found = reading(text.encode(encoding))
    assert found.table.to_pydict() == {
        "Stra\u00dfe": ["K\u00f6nigsallee", "All\u00e9e"],
        "Temperatur(\u00b0C)": [1.5, 2.5],
        "Ort": ["M\u00fcnchen", "Orl\u00e9ans"],
    }
    assert (found.reading["encoding"], found.reading["encoding_guessed"]) == told
    assert [doubt.startswith(f"The encoding {told[0]} is a guess") for doubt in found.doubts] == [True] * told[1]


@pytest.mark.parametrize(
    ("encoding", "header", "row"),
    [
        ("cp1251", "имя,город", "Ольга,Санкт-Петербург"),
        ("koi8_r", "имя,город", "Ольга Иванова,Санкт-Петербург"),
        ("cp1253", "όνομα,πόλη", "Γιώργος,Αθήνα"),
        ("cp932", "名前,都市", "田中,東京"),
        ("gb18030", "姓名,城市", "王伟,北京"),
        ("euc_kr", "이름,도시", "김철수,서울"),
        ("cp1250", "imię,miasto", "Łukasz Świętosławski,Łódź"),
    ],
)
def test_other_scripts_are_guessed_right_and_told_as_a_guess(
    reading: Reader, encoding: str, header: str, row: str
) -> None:
    found = reading(f"{header}\n{row}\n".encode(encoding))
    assert [",".join(found.table.column_names), ",".join(found.table.to_pylist()[0].values())] == [header, row]
    assert found.reading["encoding_guessed"]
    assert found.doubts


def test_one_odd_byte_far_down_is_seen(reading: Reader) -> None:
    found = reading(b"a,b\n" + b"1,plain\n" * 300_000 + b"2,caf\xe9\n")
    assert found.table["b"][-1].as_py() == "caf\u00e9"
    assert found.reading["encoding"] == "cp1252"


@pytest.mark.parametrize("name", ["__proto__", "\u202eslaer", "😀", "a b", "=cmd", "<script>", "constructor", "名"])
def test_column_names_are_labels_of_any_characters(reading: Reader, name: str) -> None:
    assert reading(f"{name}, second \n1,2\n").table.column_names == [name, "second"]


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "2"], "integer", [1, 2]),
        (["1", ""], "integer?", [1, None]),
        (["1.5", "2"], "number", [1.5, 2.0]),
        (["1e3", "-.5"], "number", [1000.0, -0.5]),
        ([" 29.85", " ", "1889.5"], "number?", [29.85, None, 1889.5]),
        (["+1.5", "-2"], "number", [1.5, -2.0]),
        (["3", "NA"], "integer?", [3, None]),
        (["3", "?", "4"], "integer?", [3, None, 4]),
        (["inf", "1.5", "-Infinity"], "number?", [None, 1.5, None]),
        (["1e999", "1.5"], "number?", [None, 1.5]),
        (["NA", "red"], "text?", [None, "red"]),
        (["None", "red"], "text", ["None", "red"]),
        (["  ", "red "], "text?", [None, "red "]),
        (["", "NaN"], "text?", [None, None]),
        (["9007199254740993", "1"], "integer", [9007199254740993, 1]),
        (["9007199254740993", ""], "text?", ["9007199254740993", None]),
        (["9007199254740993", "?"], "text", ["9007199254740993", "?"]),
        (["9007199254740993", "1.5"], "text", ["9007199254740993", "1.5"]),
        (["9223372036854775808", "1"], "text", ["9223372036854775808", "1"]),
        (["00501", "10001"], "text", ["00501", "10001"]),
        (["+4917012345", "+4930123456"], "text", ["+4917012345", "+4930123456"]),
        (["0x10", "12"], "text", ["0x10", "12"]),
        (["1_000", "2"], "text", ["1_000", "2"]),
        (["1,5", "2,5"], "text", ["1,5", "2,5"]),
        (["true", "FALSE"], "boolean", [True, False]),
        (["True", ""], "boolean?", [True, None]),
        (["yes", "no"], "text", ["yes", "no"]),
        (["0", "1"], "integer", [0, 1]),
        (["6am", "7am"], "text", ["6am", "7am"]),
        (["2026-03-01", "2026-03-02 04:05"], "datetime", [datetime(2026, 3, 1), datetime(2026, 3, 2, 4, 5)]),
        (["2026-03-01T00:00:00.123456789", ""], "datetime?", [datetime(2026, 3, 1, 0, 0, 0, 123456), None]),
        (["2026-03-01T02:00+02:00", "2026-03-01 00:00Z"], "datetime", [datetime(2026, 3, 1), datetime(2026, 3, 1)]),
        (["2026-03-01 00:00", "2026-03-01 00:00Z"], "text", ["2026-03-01 00:00", "2026-03-01 00:00Z"]),
        (["2026-02-30", "2026-03-01"], "text", ["2026-02-30", "2026-03-01"]),
        (["01/12/2017", "02/12/2017"], "text", ["01/12/2017", "02/12/2017"]),
        (["2026-03-01", "yesterday"], "text", ["2026-03-01", "yesterday"]),
    ],
)  # fmt: skip
def test_a_column_becomes_what_all_its_cells_are(
    reading: Reader, cells: list[str], kind: str, values: list[Any]
) -> None:
    found = reading("row,x\n" + "".join(f'{place},"{cell}"\n' for place, cell in enumerate(cells)))
    assert kinds(found)["x"] == kind
    assert found.table["x"].to_pylist() == values


def test_what_was_not_taken_at_its_word_is_noted(reading: Reader) -> None:
    found = reading("zip,age,id\n00501,?,9007199254740993\n10001,3,\n")
    assert found.notes == (
        "'zip': kept as text: some cells begin with 0 or are telephone numbers.",
        "'age': read as missing, because all other cells are numbers: '?'.",
        "'id': kept as text: as numbers its long integers would lose digits.",
    )


def test_a_header_that_looks_like_data_is_doubted(reading: Reader) -> None:
    assert reading("5.1,3.5,setosa\n4.9,3.0,setosa\n").doubts == (
        "The first line was read as the header, but it looks like data. Add a line with column names.",
    )


def zipped(*names: str, content: bytes = b"a,b\n1,2\n") -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return sink.getvalue()


REFUSED = {
    "empty": (b"", "the file is empty"),
    "only blanks": (b" \n\r\n\t", "the file is empty"),
    "only a mark": (b"\xef\xbb\xbf", "the file is empty"),
    "header only": (b"a,b\n", "a header but no rows"),
    "html": (b"<!DOCTYPE html><html><body>sign in</body></html>", "a web page or XML"),
    "html after a mark": (b"\xef\xbb\xbf\n<html>", "a web page or XML"),
    "json over lines": (b'{\n"a": 1,\n"b": 2}\n', "its content is JSON, but not one object a line"),
    "json list": (b'[{"a": 1}]', "its content is JSON, but not one object a line"),
    "json lines with a hole": (b'{"a": 1, "b": 2}\n{"a": 1\n', "line 2 is no JSON"),
    "json lines with a list": (b'{"a": 1, "b": 2}\n[1]\n', "line 2 is no JSON object"),
    "pickle": (pickle.dumps({"a": [1, 2]}), "a Python pickle"),
    "old pickle": (pickle.dumps({"a": 1}, protocol=0), "a Python pickle"),
    "zip of two": (zipped("a.csv", "b.csv"), "the archive holds 2 files; choose one of: 'a.csv', 'b.csv'"),
    "zip of none": (zipped(), "the archive holds 0 files"),
    "zip in a zip": (zipped("a.zip", content=zipped("a.csv")), "an archive inside an archive"),
    "half a gzip": (gzip.compress(b"a,b\n1,2\n" * 999)[:40], "the archive cannot be unpacked"),
    "pdf": (b"%PDF-1.7\n", "a PDF document"),
    "sqlite": (b"SQLite format 3\x00" + b"\x00" * 84, "an SQLite database"),
    "program": (b"\x7fELF" + bytes(range(256)), "a program"),
    "picture": (b"\x89PNG\r\n\x1a\n", "a picture"),
    "random bytes": (bytes(range(256)) * 8, "byte 1 is zero"),
    "zero byte": (b"a,b\n1,x\x00y\n", "byte 8 is zero"),
    "zero byte far down": (b"a,b\n" + b"1,x\n" * 100_000 + b"2,\x00\n", "line 100,002 holds a zero byte"),
    "prose": (b"Dear Sir or Madam\nI write to you\n", "no comma, semicolon, tab or |"),
    "one column": (b"a\n1\n2\n", "no comma, semicolon, tab or |"),
    "same names": (b"a,b,a\n1,2,3\n", "the header names 'a' more than once"),
    "same names but for blanks": (b"a, a\n1,2\n", "the header names 'a' more than once"),
    "no name": (b",a,b\n0,1,2\n", "column 1 has no name"),
    "blank names": (b"a, ,b,\n0,1,2,3\n", "column 2, 4 has no name"),
    "control in a name": (b"a\x07,b\n1,2\n", "control characters"),
    "line end in a name": (b'"a\nz",b\n1,2\n', "control characters"),
    "long name": (b"x" * 10_000 + b",b\n1,2\n", "more than 200 characters"),
    "short row": (b"a,b,c\n1,2,3\n1,2\n", "line 3 has 2 cells where the header has 3"),
    "long row": (b"a,b\n1,2\n\n3,4,5\n", "line 4 has 3 cells where the header has 2"),
    "long row after a cell of two lines": (b'a,b\n"x\ny",2\n3,4,5\n', "line 4 has 3 cells"),
    "quote never closed": (b'a,b\n1,"x\n2,y\n3,z\n', "the row that begins in line 2 has a quote out of place"),
    "two quotes never closed": (b'a,b\n1,"x\n2,y\n3,"z\n', "the row that begins in line 2 has a quote out of place"),
    "damaged parquet": (b"PAR1" + b"\x00" * 40 + b"PAR1", "begins like a Parquet file but is damaged"),
    "half a parquet": (parquet(pa.table({"a": [1], "b": [2]}))[:60], "begins like a Parquet file but is damaged"),
    "parquet without rows": (parquet(pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], "i8")})), "no rows"),
    "parquet of one column": (parquet(pa.table({"a": [1]})), "fewer than two columns"),
    "parquet of lists": (parquet(pa.table({"a": [[1]], "b": [2]})), "column 'a' holds list"),
    "parquet of bytes": (parquet(pa.table({"a": [b"x"], "b": [2]})), "column 'a' holds binary"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_by_name_and_reason(reading: Reader, case: str) -> None:
    content, reason = REFUSED[case]
    with pytest.raises(NotATable) as refused:
        reading(content)
    assert refused.value.message.startswith("table.csv cannot be read as a table: ")
    assert reason in refused.value.message


def test_five_thousand_columns_are_read(reading: Reader) -> None:
    header = ",".join(f"c{place}" for place in range(5_000))
    found = reading(header + "\n" + ",".join(["1"] * 5_000) + "\n")
    assert found.table.shape == (1, 5_000)


@pytest.mark.parametrize(
    ("content", "limits", "reason"),
    [
        ("a,b,c\n1,2,3\n", Limits(columns=2), "it has 3 columns; at most 2 are read"),
        ("a,b\n" + "1,2\n" * 9, Limits(cells=10), "at most 10 cells are read"),
        ("a,b\n1," + "x" * (2 << 20) + "\n", Limits(line=1 << 20), "line 2 is longer than 1 MB"),
        (parquet(pa.table({"a": [1] * 9, "b": [2] * 9})), Limits(cells=10), "it has 9 rows of 2 columns; at most 10"),
    ],
)
def test_a_table_beyond_the_limits_is_refused_with_the_limit(
    reading: Reader, content: bytes | str, limits: Limits, reason: str
) -> None:
    with pytest.raises(NotATable, match=reason):
        reading(content, limits)


def test_a_parquet_file_that_unpacks_to_a_thousand_times_its_size_is_stopped(reading: Reader) -> None:
    bomb = parquet(pa.table({"a": pa.array(["x" * 10_000] * 20_000).dictionary_encode(), "b": list(range(20_000))}))
    assert len(bomb) < 200_000
    with pytest.raises(NotATable, match=r"unpacked it takes more than 0\.05 GB"):
        reading(bomb, Limits(decoded=50_000_000))


def test_parquet_columns_become_the_five_kinds(reading: Reader) -> None:
    moment = datetime(2026, 3, 2, 9)
    table = pa.table(
        {
            "int": pa.array([1, 2], pa.int16()),
            "gaps": pa.array([1, None], pa.uint8()),
            "exact": pa.array([2**53 + 1, 0], pa.int64()),
            "long": pa.array([2**53 + 1, None], pa.int64()),
            "longer": pa.array([2**64 - 1, 0], pa.uint64()),
            "float": pa.array([1.5, float("nan")], pa.float32()),
            "endless": pa.array([float("inf"), 1.0]),
            "decimal": pa.array([1, 2]).cast(pa.decimal128(21, 2)),
            "flag": pa.array([True, None]),
            "text": pa.array(["NA", None]),
            "category": pa.array(["x", "y"]).dictionary_encode(),
            "day": pa.array([moment.date(), None]),
            "zoned": pa.array([moment, None], pa.timestamp("ns", "Europe/Berlin")),
            "nothing": pa.nulls(2),
            "__index_level_0__": pa.array([7, 8]),
        }
    )
    found = reading(parquet(table))
    assert found.reading == {"format": "parquet"}
    assert kinds(found) == {
        "int": "integer",
        "gaps": "integer?",
        "exact": "integer",
        "long": "text?",
        "longer": "text",
        "float": "number?",
        "endless": "number?",
        "decimal": "number",
        "flag": "boolean?",
        "text": "text?",
        "category": "text",
        "day": "datetime?",
        "zoned": "datetime?",
        "nothing": "text?",
    }
    assert found.table.to_pylist()[0] == {
        "int": 1,
        "gaps": 1,
        "exact": 2**53 + 1,
        "long": "9007199254740993",
        "longer": "18446744073709551615",
        "float": 1.5,
        "endless": None,
        "decimal": 1.0,
        "flag": True,
        "text": "NA",
        "category": "x",
        "day": datetime(2026, 3, 2),
        "zoned": moment,
        "nothing": None,
    }
    assert "'endless': 1 infinite values were read as missing." in found.notes


def test_what_the_file_is_called_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_text("a,b\n1,2\n")
    assert read(path, path.name).reading["format"] == "csv"
    path = tmp_path / "table.csv"
    path.write_bytes(parquet(pa.table({"a": [1], "b": [2]})))
    assert read(path, path.name).reading["format"] == "parquet"


CELLS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20))
def test_any_text_in_quotes_comes_back_as_it_was(reading: Reader, rows: list[tuple[str, str]]) -> None:
    quoted = ["\u00a7" + first.replace('"', '""') for first, _ in rows]
    lines = [f'"{one}","§{two.replace(chr(34), chr(34) * 2)}"' for one, (_, two) in zip(quoted, rows, strict=True)]
    found = reading("\n".join(["first,second", *lines, ""]))
    assert found.table["first"].to_pylist() == ["\u00a7" + first for first, _ in rows]
    assert found.table["second"].to_pylist() == ["\u00a7" + second for _, second in rows]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text("nNaA/#<>ul 01.-+eE?é", max_size=6), min_size=1, max_size=12))
def test_no_cell_is_ever_lost_in_a_column_that_stays_text(reading: Reader, cells: list[str]) -> None:
    found = reading("row,x\n0,red\n" + "".join(f'1,"{cell}"\n' for cell in cells))
    wanted = [None if cell.strip() in MISSING else cell for cell in cells]
    assert found.table["x"].to_pylist() == ["red", *wanted]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused_and_never_an_accident(reading: Reader, content: bytes) -> None:
    for head in (b"", b"a,b\n", b"PAR1"):
        with suppress(NotATable):
            assert reading(head + content).table.num_rows > 0
