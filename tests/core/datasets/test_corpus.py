"""The nasty corpus, as it comes through a browser: each file is shown for what it is, then kept or refused in words."""

import gzip
import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from core.datasets.service import DatasetService
from core.datasets.uploads import UploadService
from core.errors import NotATable
from core.records.access import Actor, Role
from storage.memory import MemoryBlobs, MemoryStore
from tests.builders import FakeClock, project

ANN = Actor(name="ann", role=Role.SCIENTIST)


class House:
    def __init__(self, folder: Path) -> None:
        store, clock = MemoryStore(), FakeClock()
        with store.write() as work:
            work.projects.add(project())
            work.commit()
        self.datasets = DatasetService(store, MemoryBlobs(), clock)
        self.uploads = UploadService(store, clock, folder / "uploads", 200_000_000)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), sink)
    return sink.getvalue()


def workbook() -> bytes:
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink)
    sheet = book.add_worksheet("S")
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_row(1, 0, [1, "x"])
    book.close()
    return sink.getvalue()


def wide(columns: int) -> bytes:
    names = ",".join(f"c{number}" for number in range(columns))
    row = ",".join(["1"] * columns)
    return f"{names}\n{row}\n{row}\n".encode()


@dataclass(frozen=True)
class Kept:
    """What a file becomes: rows, the kinds of its columns in order, and a word of a note or doubt."""

    rows: int
    kinds: str
    said: str = ""
    asked: str = ""
    names: tuple[str, ...] = field(default=())


KEPT: dict[str, tuple[str, Callable[[], bytes], Kept]] = {
    "mixed line ends": ("t.csv", lambda: b"a,b\r\n1,x\n2,y\r3,z", Kept(3, "integer text")),
    "thousands in quotes": ("t.csv", lambda: b'a,b\n"1,234",x\n"25,000",y\n', Kept(2, "text text", "separators")),
    "points and commas": ("t.csv", lambda: b"a;b\n1.234,50;x\n-7,5;y\n", Kept(2, "number text", "decimal comma")),
    "two forms of dates": (
        "t.csv",
        lambda: b"d,n\n31/12/2025,1\n2026.01.31,2\n",
        Kept(2, "text integer", "dates in two forms"),
    ),
    "booleans in five spellings": ("t.csv", lambda: b"b,n\nyes,1\nTRUE,2\nf,3\nOn,4\n0,5\n", Kept(5, "text integer")),
    "many columns": ("t.csv", lambda: wide(200), Kept(2, " ".join(["integer"] * 200))),
    "integers beyond 2^53": (
        "t.csv",
        lambda: b"id,n\n9007199254740993,1\n9007199254740995,2\n",
        Kept(2, "integer integer"),
    ),
    "such integers with a gap": (
        "t.csv",
        lambda: b"id,n\n9007199254740993,1\n,2\n",
        Kept(2, "text integer", "lose digits"),
    ),
    "emoji and right-to-left names": (
        "\u202eevil.csv",
        lambda: "📈,שם,__proto__\n1,א,x\n".encode(),
        Kept(1, "integer text text", names=("📈", "שם", "__proto__")),
    ),
    "a mark before UTF-8": (
        "t.csv",
        lambda: "\ufeffä,b\n1,2\n".encode(),
        Kept(1, "integer integer", names=("ä", "b")),
    ),
    "UTF-16": ("t.csv", lambda: "ä,b\n1,ü\n".encode("utf-16"), Kept(1, "integer text", names=("ä", "b"))),
    "UTF-16 without a mark": (
        "t.csv",
        lambda: "name,b\nKöln,1\nRom,2\n".encode("utf-16-le"),
        Kept(2, "text integer", asked="utf-16-le"),
    ),
    "Western text": (
        "t.csv",
        lambda: "Ort,b\nKöln,1\nMünchen,2\n".encode("latin-1"),
        Kept(2, "text integer", asked="cp1252"),
    ),
    "a workbook called CSV": ("t.csv", workbook, Kept(1, "integer text")),
    "Parquet called CSV": ("t.csv", parquet, Kept(2, "integer text")),
    "gzip called CSV": ("t.csv", lambda: gzip.compress(b"a,b\n1,x\n"), Kept(1, "integer text")),
    "one row, all missing": ("t.csv", lambda: b"a,b\n,\n", Kept(1, "text text")),
    "infinities": ("t.csv", lambda: b"a,b\n1.5,x\ninf,y\n", Kept(2, "number text")),
}

REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "ragged rows": ("t.csv", lambda: b"a,b\n1,2\n3,4,5\n", "line 3 has 3 cells where the header has 2"),
    "a quote never closed": ("t.csv", lambda: b'a,b\n1,"x\n2,y\n', "has a quote out of place"),
    "a line of 50 MB": ("t.csv", lambda: b"a,b\n1," + b"x" * 50_000_000 + b"\n", "line 2 is longer than 16 MB"),
    "a header alone": ("t.csv", lambda: b"a,b\n", "a header but no rows"),
    "nothing": ("t.csv", lambda: b"", "the file is empty"),
    "the same name twice": ("t.csv", lambda: b"a,a\n1,2\n", "names 'a' more than once"),
    "a name missing": ("t.csv", lambda: b"a,\n1,2\n", "column 2 has no name"),
    "a name of 10 kB": ("t.csv", lambda: b"a," + b"x" * 10_000 + b"\n1,2\n", "more than 200 characters"),
    "a zero byte": ("t.csv", lambda: b"a,b\n1,\x00\n", "zero"),
    "a pickle called Parquet": ("t.parquet", lambda: pickle.dumps([1]), "a Python pickle, which is never opened"),
    "a web page called CSV": ("t.csv", lambda: b"<!DOCTYPE html><table></table>", "a web page"),
    "a program called CSV": ("t.csv", lambda: b"\x7fELF" + b"\x00" * 99, "a program"),
    "a bomb": ("t.csv.gz", lambda: gzip.compress(b"a,b\n" + b"1,2\n" * 17_000_000, 9), "as a bomb does"),
    "a torn archive": ("t.csv.gz", lambda: gzip.compress(b"a,b\n1,2\n" * 99)[:-9], "cannot be unpacked"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_can_be_read_is_shown_as_it_is_then_kept(house: House, name: str) -> None:
    filename, content, kept = KEPT[name]
    upload = house.uploads.put(ANN, "churn", filename, io.BytesIO(content()))
    preview = house.uploads.examine(upload).preview
    assert preview is not None
    assert [column.kind.value for column in preview.columns] == kept.kinds.split()
    assert [sample.encoding for sample in preview.encodings][:1] == ([kept.asked] if kept.asked else [])
    told = [*preview.doubts, *preview.notes, *(column.note for column in preview.columns)]
    assert kept.said in " ".join(told)
    assert upload.sha256 is not None
    path = house.uploads.path(upload.id)
    version = house.datasets.add_staged(ANN, "churn", "data", path, upload.sha256, filename).version
    assert (version.rows, [column.kind.value for column in version.columns]) == (kept.rows, kept.kinds.split())
    if kept.names:
        assert tuple(column.name for column in version.columns) == kept.names


@pytest.mark.torture
def test_five_thousand_columns_are_kept(house: House) -> None:
    upload = house.uploads.put(ANN, "churn", "wide.csv", io.BytesIO(wide(5_000)))
    preview = house.uploads.examine(upload).preview
    assert preview is not None
    assert len(preview.columns) == 5_000
    path = house.uploads.path(upload.id)
    version = house.datasets.add_staged(ANN, "churn", "data", path, str(upload.sha256), "wide.csv").version
    assert (version.rows, len(version.columns)) == (2, 5_000)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_words_and_leaves_nothing(house: House, name: str) -> None:
    filename, content, reason = REFUSED[name]
    upload = house.uploads.put(ANN, "churn", filename, io.BytesIO(content()))
    assert upload.sha256 is not None
    path = house.uploads.path(upload.id)
    with pytest.raises(NotATable) as refused:
        house.datasets.add_staged(ANN, "churn", "data", path, upload.sha256, filename)
    assert reason in refused.value.message
    assert house.datasets.versions("churn") == []
    found = house.uploads.examine(upload)
    assert found.preview is not None or reason in found.problem
