"""An upload from its arrival to a version: shown as it would be kept, read otherwise when told so, kept once."""

import io
import json
import sqlite3
import zipfile

import pytest

from core.records.access import LOCAL
from core.records.dataset import ColumnKind
from core.records.job import JobKind, JobState
from core.records.reading import ColumnChoice, ReadingChoices
from core.records.schedule import ScheduleAction, ScheduleDraft, Trigger, TriggerKind
from tests.pages.acting import screen, sound, table, texts, work_off

WESTERN = "Ort;Preis\nKöln;1,5\nMünchen;2,25\n".encode("cp1252")


def staged(platform, content, name="march.csv"):
    return platform.uploads.put(LOCAL, "phones", name, io.BytesIO(content))


def shown(upload):
    return screen("datasets", project="phones", upload=upload.id)


def choices(platform, upload):
    return platform.uploads.get(LOCAL, "phones", upload.id).choices


def said(at):
    return texts(at).replace("\\", "")


def edit(at, row, **cells):
    """Change cells of the table of columns, as the browser reports it."""
    table = next(node for node in at.dataframe if "reading.kinds" in node.proto.id)
    states = at._tree.get_widget_states()
    state = states.widgets.add()
    state.id = table.proto.id
    state.string_value = json.dumps({"edited_rows": {str(row): cells}, "added_rows": [], "deleted_rows": []})
    return sound(at._run(states))


def test_the_button_leads_to_the_place_for_a_file_and_back(grown):
    at = screen("datasets", project="phones")
    sound(at.button(key="datasets.new").click().run())
    assert at.title[0].value == "Add data"
    sound(at.button(key="back.add").click().run())
    assert at.title[0].value == "Datasets"


def test_an_upload_is_shown_as_it_would_be_kept_and_becomes_a_version(grown):
    upload = staged(grown, table(30))
    at = shown(upload)
    assert at.title[0].value == "march\\.csv"
    assert "4 columns" in said(at)
    at.selectbox(key="datasets.name").set_value("customers")
    at.text_input(key="datasets.note").set_value("from March")
    at.multiselect(key="datasets.tags").set_value(["month=3"])
    sound(at.button(key="datasets.upload").click().run())
    assert "upload" not in at.query_params
    assert at.query_params["job"]
    (job,) = work_off(grown)
    assert job.state is JobState.SUCCEEDED, job.error
    version = grown.datasets.resolve("phones", "customers")
    assert (version.number, version.rows, version.note, version.tags) == (3, 30, "from March", {"month": "3"})
    assert "customers@3" in texts(sound(at.run()))
    assert not grown.uploads.path(upload.id).exists()


def test_saving_twice_makes_one_job(grown):
    upload = staged(grown, table(30))
    for at in (shown(upload), shown(upload)):
        sound(at.button(key="datasets.upload").click().run())
    assert len(grown.queue.find(kinds=(JobKind.INGEST,))) == 1


def test_what_is_there_already_is_told_with_the_way_to_it(grown):
    at = shown(staged(grown, table()))
    assert any("customers@1 holds exactly these bytes" in info.value.replace("\\", "") for info in at.info)


def test_every_guess_can_be_overruled_and_is_remembered(grown):
    upload = staged(grown, b"id price when\n1 1.234,5 31/12/2025\n2 7,25 01/01/2026\n")
    at = shown(upload)
    assert any("no comma, semicolon" in error.value.replace("\\", "") for error in at.error)
    assert at.button(key="datasets.upload").disabled
    sound(at.selectbox(key="reading.delimiter").set_value(" ").run())
    sound(at.selectbox(key="reading.decimal").set_value(",").run())
    sound(at.selectbox(key="reading.thousands").set_value(".").run())
    at = edit(at, 0, kind="text")
    at = edit(at, 2, kind="datetime", form="%d/%m/%Y")
    assert choices(grown, upload) == ReadingChoices(
        delimiter=" ",
        decimal=",",
        thousands=".",
        columns={
            "id": ColumnChoice(kind=ColumnKind.TEXT),
            "when": ColumnChoice(kind=ColumnKind.DATETIME, date_format="%d/%m/%Y"),
        },
    )
    at = shown(upload)
    assert at.selectbox(key="reading.delimiter").value == " "
    sound(at.button(key="datasets.upload").click().run())
    (job,) = work_off(grown)
    assert job.state is JobState.SUCCEEDED, job.error
    version = grown.datasets.resolve("phones", "march")
    assert [column.kind.value for column in version.columns] == ["text", "number", "datetime"]


def test_a_proposal_is_taken_with_one_click(grown):
    upload = staged(grown, b"n,ok\n1,Yes\n2,no\n")
    at = shown(upload)
    sound(at.button(key="reading.take.0").click().run())
    assert choices(grown, upload).columns == {"ok": ColumnChoice(kind=ColumnKind.BOOLEAN)}


def test_an_uncertain_encoding_is_asked_before_anything_is_kept(grown):
    upload = staged(grown, WESTERN)
    at = shown(upload)
    assert at.button(key="datasets.upload").disabled
    asked = at.radio(key="reading.asked")
    assert "Köln" in asked.options[0]
    sound(asked.set_value("cp1252").run())
    assert choices(grown, upload).encoding == "cp1252"
    assert not at.button(key="datasets.upload").disabled
    assert not at.radio


def test_a_file_of_an_archive_and_a_sheet_are_chosen(grown):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.csv", "x,y\n1,2\n")
        archive.writestr("b.csv", "p,q\n3,4\n5,6\n")
    upload = staged(grown, sink.getvalue(), "two.zip")
    at = shown(upload)
    assert "choose one of" in at.error[0].value
    sound(at.selectbox(key="reading.member").set_value("b.csv").run())
    assert not at.error
    assert "2 columns" in said(at)


@pytest.mark.parametrize("content", [b"", b"\x80\x04\x95", b"<html></html>"])
def test_what_is_no_table_says_why_and_cannot_be_saved(grown, content):
    at = shown(staged(grown, content))
    assert "cannot be read as a table" in at.error[0].value.replace("\\", "")
    assert at.button(key="datasets.upload").disabled
    sound(at.button(key="datasets.discard").click().run())
    assert at.title[0].value == "Datasets"


def test_an_address_of_an_upload_that_is_gone_says_so(grown):
    at = shown(upload := staged(grown, table(5)))
    sound(at.button(key="datasets.discard").click().run())
    assert not grown.uploads.path(upload.id).exists()
    at = shown(upload)
    assert "Upload the file again" in at.error[0].value


def test_a_label_that_cannot_be_is_refused_and_the_upload_stays(grown):
    upload = staged(grown, table(5))
    at = shown(upload)
    at.multiselect(key="datasets.tags").set_value(["=3"])
    at.button(key="datasets.upload").click().run()
    assert "A tag needs a name" in at.error[0].value
    assert at.query_params["upload"] == upload.id
    assert grown.queue.find(kinds=(JobKind.INGEST,)) == []


def test_data_is_fetched_looked_into_kept_and_refreshed_from_where_it_came(grown, tmp_path):
    file = tmp_path / "sold.csv"
    file.write_bytes(table(20))
    at = screen("datasets", project="phones", add="url")
    at.text_input(key="datasets.url").set_value("ftp//nowhere")
    at.button(key="datasets.fetch").click().run()
    assert "write an address like" in at.error[0].value
    at.text_input(key="datasets.url").set_value(f"file://{file}")
    sound(at.button(key="datasets.fetch").click().run())
    (job,) = work_off(grown)
    assert job.state is JobState.SUCCEEDED, job.error
    sound(at.run())
    assert at.title[0].value == "sold\\.csv"
    sound(at.button(key="datasets.upload").click().run())
    work_off(grown)
    at = screen("datasets", project="phones", dataset="sold@1", tab="source")
    for content, told in ((table(20), "so there is no new version"), (table(25), "it is sold@2")):
        file.write_bytes(content)
        sound(at.button(key="datasets.refresh").click().run())
        work_off(grown)
        assert told in said(sound(at.run()))
    assert [str(version.ref) for version in grown.datasets.versions("phones")][:2] == ["sold@2", "sold@1"]


def test_a_query_is_fetched_and_scheduled(grown, tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE t AS SELECT 1 AS n, 'x' AS s UNION ALL SELECT 2, 'y'")
    database.close()
    at = screen("datasets", project="phones", add="sql")
    at.text_input(key="datasets.url").set_value(f"sqlite:///{tmp_path}/shop.db")
    at.text_area(key="datasets.query").set_value("SELECT * FROM t ORDER BY n")
    sound(at.button(key="datasets.fetch").click().run())
    work_off(grown)
    sound(at.run())
    assert at.title[0].value == "shop\\-query\\.parquet"
    sound(at.button(key="datasets.upload").click().run())
    (job,) = work_off(grown)
    assert job.result["dataset"] == "shop-query"
    trigger = Trigger(kind=TriggerKind.EVERY, expression="6h", timezone="UTC")
    draft = ScheduleDraft(action=ScheduleAction.INGEST, trigger=trigger, payload={"dataset": "shop-query"})
    schedule = grown.retraining.add(LOCAL, "phones", draft)
    at = screen("retraining", project="phones", schedule=schedule.id)
    assert "Refresh data" in at.title[0].value
    at.button(key="schedule.edit").click().run()
    assert at.selectbox(key="schedule.fetched").value == "shop-query"
    at.text_input(key="schedule.name").set_value("Shop")
    sound(at.button(key="schedule.add").click().run())
    schedule = grown.retraining.schedule(schedule.id)
    assert (schedule.name, schedule.payload) == ("Shop", {"dataset": "shop-query"})
    grown.retraining.run_now(LOCAL, schedule.id)
    (job,) = work_off(grown)
    assert (job.state, job.result["created"]) == (JobState.SUCCEEDED, False)
