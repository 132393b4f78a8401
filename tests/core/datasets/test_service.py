"""Dataset versions: added once, numbered without gaps, read back as they came."""

# ruff: noqa: DTZ001 (the moments of a table have no zone)
import hashlib
import io
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pytest

from core.data_errors import UploadNotFound
from core.datasets import storing, text_table, writing
from core.datasets.exporting import ExportForm
from core.datasets.service import DatasetService
from core.errors import (
    Conflict,
    DatasetNotFound,
    Denied,
    InvalidInput,
    InvalidName,
    NotATable,
    ProjectNotFound,
)
from core.records.access import LOCAL, Actor, Role
from core.records.dataset import ColumnKind, DatasetRef, DatasetVersion, Profile
from core.records.profile import Finding, FindingKind, Severity
from core.records.reading import ColumnChoice, ReadingChoices
from storage.memory import MemoryBlobs, MemoryStore
from storage.memory.datasets import MemoryDatasets
from tests.builders import FakeClock, project

SCIENTIST = Actor(name="ann", role=Role.SCIENTIST)
TABLE = b"id,age,ok,when,note\n1,33,true,2026-03-01,x\n2,,false,,\n3,35,,2026-03-02 10:00,z\n"


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    with store.write() as work:
        work.projects.add(project())
        work.projects.add(project(name="bikes"))
        work.commit()
    return store


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


@pytest.fixture
def datasets(store: MemoryStore, blobs: MemoryBlobs) -> DatasetService:
    return DatasetService(store, blobs, FakeClock())


def add(datasets: DatasetService, content: bytes = TABLE, dataset: str = "customers") -> DatasetVersion:
    return datasets.add_version(SCIENTIST, "churn", dataset, io.BytesIO(content), "customers.csv").version


def trail(store: MemoryStore) -> list[tuple[str, str]]:
    with store.read() as work:
        return [(event.action, event.subject) for event in work.events.all()]


def test_a_version_says_what_it_holds_and_where_it_came_from(datasets: DatasetService, store: MemoryStore) -> None:
    added = datasets.add_version(
        SCIENTIST, "churn", "customers", io.BytesIO(TABLE), "C:\\data\\customers.csv", note="first", tags={"week": "9"}
    )
    version = added.version
    assert added.created
    assert (str(version.ref), version.rows, version.size) == ("customers@1", 3, len(TABLE))
    assert version.sha256 == hashlib.sha256(TABLE).hexdigest()
    assert [(column.name, column.kind.value, column.nullable) for column in version.columns] == [
        ("id", "integer", False),
        ("age", "integer", True),
        ("ok", "boolean", True),
        ("when", "datetime", True),
        ("note", "text", True),
    ]
    assert (version.source, version.note, version.tags, version.author) == (
        "customers.csv",
        "first",
        {"week": "9"},
        "ann",
    )
    assert version.profile.rows == 3
    assert datasets.get("churn", version.ref) == version
    assert trail(store) == [("dataset.add", "customers@1")]


def test_the_original_bytes_are_kept_as_they_came(datasets: DatasetService, blobs: MemoryBlobs) -> None:
    version = add(datasets)
    assert blobs.read(version.sha256) == TABLE
    assert blobs.read(version.parquet_sha256).startswith(b"PAR1")


def test_a_frame_has_the_promised_types_and_values(datasets: DatasetService) -> None:
    frame = datasets.frame(add(datasets))
    assert [str(dtype) for dtype in frame.dtypes] == ["int64", "float64", "object", "datetime64[us]", "object"]
    assert frame["id"].tolist() == [1, 2, 3]
    assert np.array_equal(frame["age"], [33.0, np.nan, 35.0], equal_nan=True)
    assert frame["ok"].tolist() == [True, False, None]
    assert frame["when"].tolist() == [datetime(2026, 3, 1), pd.NaT, datetime(2026, 3, 2, 10)]
    assert frame["note"].tolist() == ["x", None, "z"]


def test_some_columns_come_in_the_order_asked_for(datasets: DatasetService) -> None:
    version = add(datasets, b"a.b,a,c\n1,2,3\n")
    assert datasets.frame(version, ["c", "a"]).to_dict("list") == {"c": [3], "a": [2]}
    assert datasets.frame(version, []).shape == (1, 0)
    with pytest.raises(InvalidInput, match="customers@1 has no column 'd'"):
        datasets.frame(version, ["a", "d"])


def test_a_preview_has_the_first_rows_in_the_types_of_the_frame(datasets: DatasetService) -> None:
    version = add(datasets)
    preview = datasets.preview(version, rows=1)
    pd.testing.assert_frame_equal(preview, datasets.frame(version).head(1))
    assert len(datasets.preview(version)) == 3


def test_the_same_bytes_make_no_second_version_of_a_dataset(
    datasets: DatasetService, blobs: MemoryBlobs, store: MemoryStore
) -> None:
    first = add(datasets)
    kept = set(blobs.names())
    again = datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(TABLE), "copy.csv")
    assert (again.version, again.created) == (first, False)
    assert set(blobs.names()) == kept
    assert len(trail(store)) == 1


def test_the_same_bytes_read_another_way_make_a_version_that_says_so(datasets: DatasetService) -> None:
    first = add(datasets)
    choices = ReadingChoices(columns={"id": ColumnChoice(kind=ColumnKind.TEXT)})
    again = [
        datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(TABLE), "copy.csv", choices=choices)
        for _ in range(2)
    ]
    assert [(str(added.version.ref), added.created) for added in again] == [
        ("customers@2", True),
        ("customers@2", False),
    ]
    assert again[0].version.sha256 == first.sha256
    assert again[0].version.columns[0].kind is ColumnKind.TEXT
    assert again[0].version.reading["choices"] == {"columns": {"id": {"kind": "text"}}}


def test_a_file_of_this_machine_is_added_as_it_lies(
    datasets: DatasetService, blobs: MemoryBlobs, tmp_path: Path
) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(TABLE)
    added = datasets.add_file(SCIENTIST, "churn", "customers", path)
    assert (added.created, added.version.source, added.version.size) == (True, "customers.csv", len(TABLE))
    assert blobs.read(added.version.sha256) == TABLE
    assert datasets.add_file(SCIENTIST, "churn", "customers", path).created is False
    path.write_bytes(b"a,b\n1,2,3\n")
    kept = set(blobs.names())
    with pytest.raises(NotATable):
        datasets.add_file(SCIENTIST, "churn", "customers", path)
    assert set(blobs.names()) == kept


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    datasets: DatasetService, blobs: MemoryBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(TABLE)
    real = storing.convert

    def and_then_it_grows(*given: Any, **named: Any) -> Any:
        found = real(*given, **named)
        path.write_bytes(TABLE + b"4,36,true,,\n")
        return found

    monkeypatch.setattr(storing, "convert", and_then_it_grows)
    with pytest.raises(Conflict, match=r"customers\.csv changed while it was read"):
        datasets.add_file(SCIENTIST, "churn", "customers", path)
    assert (datasets.versions("churn"), list(blobs.names())) == ([], [])


def test_the_same_bytes_make_a_version_of_another_dataset_or_project(datasets: DatasetService) -> None:
    add(datasets)
    assert str(add(datasets, dataset="others").ref) == "others@1"
    elsewhere = datasets.add_version(SCIENTIST, "bikes", "customers", io.BytesIO(TABLE), "x.csv")
    assert elsewhere.created


def test_numbers_grow_within_a_dataset(datasets: DatasetService) -> None:
    refs = [str(add(datasets, b"a,b\n1,%d\n" % number).ref) for number in range(3)]
    assert refs == ["customers@1", "customers@2", "customers@3"]
    assert str(add(datasets, dataset="others").ref) == "others@1"


def test_a_number_another_writer_took_first_is_followed_by_the_next(
    datasets: DatasetService, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refusals = MemoryDatasets.add, iter([True, True, False])

    def contested(self: MemoryDatasets, version: DatasetVersion) -> None:
        if next(refusals):
            raise Conflict(problem="taken")
        real(self, version)

    monkeypatch.setattr(MemoryDatasets, "add", contested)
    assert str(add(datasets).ref) == "customers@1"


def test_a_number_that_is_never_free_is_given_up_with_a_reason(
    datasets: DatasetService, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(self: MemoryDatasets, version: DatasetVersion) -> None:
        raise Conflict(problem="taken")

    monkeypatch.setattr(MemoryDatasets, "add", taken)
    with pytest.raises(Conflict, match="too many at once"):
        add(datasets)
    assert trail(store) == []


def test_eight_writers_at_once_get_eight_numbers(datasets: DatasetService) -> None:
    writers = [threading.Thread(target=add, args=(datasets, b"a,b\n1,%d\n" % number)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(version.number for version in datasets.versions("churn")) == list(range(1, 9))


def test_eight_writers_of_the_same_bytes_make_one_version(datasets: DatasetService) -> None:
    writers = [threading.Thread(target=add, args=(datasets,)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [str(version.ref) for version in datasets.versions("churn")] == ["customers@1"]


@pytest.mark.parametrize("content", [b"", b"a,a\n1,2\n", b"<html></html>", b"a,b\n"])
def test_what_is_no_table_leaves_nothing_behind(
    datasets: DatasetService, blobs: MemoryBlobs, store: MemoryStore, content: bytes
) -> None:
    with pytest.raises(NotATable, match=r"customers\.csv cannot be read"):
        add(datasets, content)
    assert list(blobs.names()) == []
    assert datasets.versions("churn") == []
    assert trail(store) == []


def test_bytes_are_safe_before_the_row_exists(
    datasets: DatasetService, blobs: MemoryBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, puts = MemoryBlobs.put, []

    def failing(self: MemoryBlobs, source: BinaryIO) -> tuple[str, int]:
        puts.append(datasets.versions("churn"))
        if len(puts) == 2:
            raise OSError("disk full")
        return real(self, source)

    monkeypatch.setattr(MemoryBlobs, "put", failing)
    with pytest.raises(OSError, match="disk full"):
        add(datasets)
    assert puts == [[], []]
    assert datasets.versions("churn") == []
    monkeypatch.undo()
    assert datasets.frame(add(datasets)).shape == (3, 5)


def test_a_staged_file_becomes_a_version_once_however_often_the_job_runs_even_once_the_file_is_gone(
    datasets: DatasetService, tmp_path: Path
) -> None:
    path, sha256 = tmp_path / "staged", hashlib.sha256(TABLE).hexdigest()
    path.write_bytes(TABLE)
    address = (SCIENTIST, "churn", "customers", path, sha256, "customers.csv")
    first = datasets.add_staged(*address, note="n", tags={"k": "v"})
    path.unlink()
    again = datasets.add_staged(*address)
    assert (first.created, again.created, again.version) == (True, False, first.version)
    assert (first.version.sha256, first.version.note, first.version.tags) == (sha256, "n", {"k": "v"})


def test_a_staged_file_that_is_gone_and_was_never_kept_is_reported_as_missing(
    datasets: DatasetService, tmp_path: Path
) -> None:
    with pytest.raises(UploadNotFound):
        datasets.add_staged(SCIENTIST, "churn", "customers", tmp_path / "gone", "0" * 64, "customers.csv")


def test_a_reference_is_resolved_by_number_by_name_or_as_the_newest(datasets: DatasetService) -> None:
    first, second = add(datasets), add(datasets, b"a,b\n1,2\n")
    other = add(datasets, b"a,b\n1,3\n", dataset="others")
    assert datasets.resolve("churn", "customers@1") == first
    assert datasets.resolve("churn", "customers") == second
    assert datasets.resolve("churn", None) == other
    assert datasets.versions("churn") == [other, second, first]


@pytest.mark.parametrize("text", ["customers@3", "others", "others@1", "../customers", None])
def test_a_reference_to_nothing_names_what_there_is(datasets: DatasetService, text: str | None) -> None:
    with pytest.raises(DatasetNotFound) as empty:
        datasets.resolve("bikes", text)
    assert "It has: none" in empty.value.message
    add(datasets)
    if text is not None:
        with pytest.raises(DatasetNotFound, match="It has: customers@1"):
            datasets.resolve("churn", text)


def test_a_reference_of_another_shape_and_a_project_of_another_name_are_refused(datasets: DatasetService) -> None:
    with pytest.raises(InvalidInput, match="name@number"):
        datasets.resolve("churn", "customers@0")
    with pytest.raises(DatasetNotFound):
        datasets.get("churn", DatasetRef(name="customers", number=1))
    for deed in (datasets.versions, lambda name: datasets.resolve(name, None)):
        with pytest.raises(ProjectNotFound):
            deed("nothing")
    with pytest.raises(ProjectNotFound):
        datasets.add_version(SCIENTIST, "nothing", "customers", io.BytesIO(TABLE), "x.csv")


@pytest.mark.parametrize("name", ["", "../x", "/etc/passwd", "A", "a b", "x" * 64, "a@1", "a\n", "."])
def test_a_dataset_name_of_another_shape_is_refused(datasets: DatasetService, name: str) -> None:
    with pytest.raises(InvalidName):
        add(datasets, dataset=name)


@pytest.mark.parametrize(
    ("filename", "label", "name"),
    [
        ("Kunden 2024.csv", "Kunden 2024.csv", "kunden-2024"),
        ("../../etc/passwd", "passwd", "passwd"),
        ("C:\\data\\Übung.tar.gz", "Übung.tar.gz", "ubung"),
        ("/abs/CON", "CON", "con"),
        ("two\nlines\x00.csv", "two lines .csv", "two-lines"),
        ("\udc80.csv", ".csv", "data"),
        ("x" * 300 + ".csv", "x" * 254 + "…", "x" * 63),
        ("日本.csv", "日本.csv", "data"),
        ("..", "..", "data"),
        ("", "upload", "data"),
        ("--a__.csv", "--a__.csv", "a"),
    ],
)
def test_a_file_name_is_only_a_label(
    datasets: DatasetService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filename: str, label: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert datasets.default_name(filename) == name
    added = datasets.add_version(SCIENTIST, "churn", name, io.BytesIO(TABLE), filename)
    assert added.version.source == label
    assert list(tmp_path.iterdir()) == []


def test_notes_and_tags_are_cleaned_and_bounded(datasets: DatasetService) -> None:
    added = datasets.add_version(
        SCIENTIST, "churn", "customers", io.BytesIO(TABLE), "x.csv", note="a\x00b\n" * 2_000, tags={"k\n": "v\x00"}
    )
    assert added.version.note.startswith("a b a b")
    assert len(added.version.note) == 2_000
    assert added.version.tags == {"k": "v"}
    for tags in ({" ": "v"}, {str(place): "v" for place in range(51)}):
        with pytest.raises(InvalidInput):
            datasets.add_version(SCIENTIST, "churn", "others", io.BytesIO(TABLE), "x.csv", tags=tags)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER, Role.OPERATOR, Role.AUDITOR])
def test_only_those_who_may_add_data_do(datasets: DatasetService, blobs: MemoryBlobs, role: Role) -> None:
    actor = Actor(name="vic", role=role)
    with pytest.raises(Denied):
        datasets.add_version(actor, "churn", "customers", io.BytesIO(TABLE), "x.csv")
    with pytest.raises(Denied):
        datasets.add_staged(actor, "churn", "customers", Path("x"), "0" * 64, "x.csv")
    assert list(blobs.names()) == []


def test_any_page_has_its_rows_whatever_row_groups_they_lie_in(
    datasets: DatasetService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "GROUP_ROWS", 1)
    monkeypatch.setattr(text_table, "_BLOCK", 40)
    version = add(datasets, b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(50)))
    for first, rows in ((0, 50), (7, 20), (45, 20), (60, 5)):
        found = datasets.preview(version, rows, first)
        assert found["a"].tolist() == list(range(50))[first : first + rows]


def test_an_export_is_harmless_in_a_spreadsheet_and_leaves_numbers_and_gaps_alone(
    datasets: DatasetService, tmp_path: Path
) -> None:
    content = (
        b'a,=b,ok,when\n-1,=1+1,true,2026-03-01 00:00\n2.5,,false,2026-03-01 09:30\n,"x,""y""",,\n3,\'  @z,true,\n'
    )
    version = add(datasets, content.replace(b"'  @z", b"  @z"))
    datasets.export(version, ExportForm.CSV, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == (
        '"a","\'=b","ok","when"\n-1,"\'=1+1",true,"2026-03-01"\n2.5,,false,"2026-03-01 09:30:00"\n'
        ',"x,""y""",,\n3,"\'  @z",true,\n'
    )


def test_a_table_and_the_original_bytes_are_exported_as_they_are_stored(
    datasets: DatasetService, blobs: MemoryBlobs, tmp_path: Path
) -> None:
    version = add(datasets)
    for form, wanted in ((ExportForm.ORIGINAL, TABLE), (ExportForm.PARQUET, blobs.read(version.parquet_sha256))):
        datasets.export(version, form, tmp_path / form)
        assert (tmp_path / form).read_bytes() == wanted
    assert sorted(path.name for path in tmp_path.iterdir()) == ["original", "parquet"]


def test_a_version_follows_the_newest_one_of_its_dataset(datasets: DatasetService) -> None:
    versions = [add(datasets, TABLE + b"%d,1,true,,\n" % number) for number in range(3)]
    other = add(datasets, dataset="orders")
    assert [version.parent for version in (*versions, other)] == [None, 1, 2, None]


def test_a_version_may_follow_an_older_one_but_none_that_is_not_there(datasets: DatasetService) -> None:
    for number in range(2):
        add(datasets, TABLE + b"%d,1,true,,\n" % number)
    source = io.BytesIO(TABLE)
    branched = datasets.add_version(SCIENTIST, "churn", "customers", source, "c.csv", parent=1).version
    assert (branched.number, branched.parent) == (3, 1)
    with pytest.raises(DatasetNotFound, match="customers@9"):
        datasets.add_version(SCIENTIST, "churn", "customers", io.BytesIO(b"a\n1\n"), "c.csv", parent=9)


def test_note_and_tags_can_be_changed_and_who_did_is_kept(datasets: DatasetService, store: MemoryStore) -> None:
    version = add(datasets)
    labelled = datasets.label(SCIENTIST, "churn", version.ref, note=" two\nlines ", tags={"team": "crm"})
    assert (labelled.note, labelled.tags) == ("two lines", {"team": "crm"})
    assert datasets.get("churn", version.ref) == labelled
    assert datasets.label(SCIENTIST, "churn", version.ref, note="two lines", tags={"team": "crm"}) == labelled
    with store.read() as work:
        events = [event for event in work.events.find("churn") if event.action == "dataset.label"]
    assert [event.details["was"] for event in events] == [{"note": "", "tags": {}}]
    with pytest.raises(InvalidInput, match="needs a name"):
        datasets.label(SCIENTIST, "churn", version.ref, note="", tags={"": "x"})
    with pytest.raises(Denied):
        datasets.label(Actor(name="eve", role=Role.VIEWER), "churn", version.ref, note="x", tags={})


def test_an_old_profile_is_made_anew_and_keeps_what_the_reader_said(
    datasets: DatasetService, store: MemoryStore
) -> None:
    version = add(datasets)
    assert datasets.is_profiled(version)
    doubt = Finding(kind=FindingKind.DOUBT, severity=Severity.SERIOUS, text="A doubt.")
    old = Profile(rows=3, duplicates=9, columns=version.profile.columns[:1], findings=(doubt,))
    with store.write() as work:
        work.datasets.describe(version.model_copy(update={"profile": old}))
        work.commit()
    assert not datasets.is_profiled(datasets.get("churn", version.ref))
    fresh = datasets.reprofile(SCIENTIST, "churn", version.ref)
    assert datasets.get("churn", version.ref) == fresh
    assert fresh.profile.columns == version.profile.columns
    assert [found.text for found in fresh.profile.findings] == ["A doubt.", *version.profile.warnings]


def test_a_look_into_a_file_stores_nothing_and_offers_other_readings(
    datasets: DatasetService, blobs: MemoryBlobs, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_bytes(
        b"day;odd;both;ok;price;n\n31/12/2017;01/02/2018;2018/01/02;Yes;1,5;1\n"
        b"01/01/2018;03/04/2018;31.12.2018;no;2,25;2\n"
    )
    found = datasets.look_into(SCIENTIST, path, "x.csv")
    offers = {column.name: column.proposal for column in found.columns}
    assert offers == {
        "day": ColumnChoice(kind=ColumnKind.DATETIME, date_format="%d/%m/%Y"),
        "odd": ColumnChoice(kind=ColumnKind.DATETIME, date_format="%d/%m/%Y"),
        "both": None,
        "ok": ColumnChoice(kind=ColumnKind.BOOLEAN),
        "price": None,
        "n": None,
    }
    notes = {column.name: column.note for column in found.columns}
    assert notes["odd"] == "looks like dates, but whether day or month comes first cannot be told"
    assert notes["both"] == "holds dates in two forms, %Y/%m/%d and %d.%m.%Y: write them in one"
    assert found.rows[0] == ("31/12/2017", "01/02/2018", "2018/01/02", "Yes", "1.5", "1")
    assert (found.reading["decimal"], found.whole, list(blobs.names())) == (",", True, [])
    with pytest.raises(Denied):
        datasets.look_into(Actor(name="eve", role=Role.VIEWER), path, "x.csv")
