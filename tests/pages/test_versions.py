"""The sides of a dataset version that look at others: profile findings, differences, versions and files."""

import io

import pytest

from core.records.access import LOCAL
from core.records.dataset import DatasetRef, Profile
from core.records.difference import DifferenceRequest
from core.records.job import JobKind, JobState
from pages.shared.words import plain
from tests.pages.acting import pick_row, screen, sound, table, texts, work_off
from tests.pages.test_app import Browser

REF = DatasetRef(name="customers", number=2)


@pytest.fixture
def changed(grown):
    """A third version of the customers: of the first one's rows, some changed, one is gone and one came."""
    lines = table().decode().split("\n")
    for place in range(1, 6):
        minutes, rest = lines[place].split(",", 1)
        lines[place] = f"{float(minutes) + 500},{rest}"
    lines[-1] = "1.0,plus,3,No"
    keyed = [f"{'id' if place == 0 else place},{line}" for place, line in enumerate(lines)]
    first = [f"{'id' if place == 0 else place},{line}" for place, line in enumerate(table().decode().split("\n"))]
    for content in (first, keyed):
        source = io.BytesIO("\n".join(content).encode())
        grown.datasets.add_version(LOCAL, "phones", "keyed", source, "keyed.csv", note="k")
    return grown


def test_the_difference_to_the_version_before_is_found_at_once(changed):
    at = screen("datasets", dataset="keyed@2", tab="differences")
    assert at.selectbox(key="differences.other").value == "keyed@1"
    assert {tile.label: tile.value for tile in at.metric} == {
        "Rows added": "0",
        "Rows removed": "0",
        "Rows changed": "6",
        "Rows unchanged": "234",
    }
    assert "Rows are recognised by id (proposed)" in texts(at)
    assert "No run was trained on keyed@1" in texts(at)


def test_rows_that_differ_are_filtered_and_their_cells_marked(changed):
    at = screen("datasets", dataset="keyed@2", tab="differences")
    at.selectbox(key="differences.rows.column").set_value("calls").run()
    assert "of 6" not in texts(sound(at))
    at.selectbox(key="differences.rows.column").set_value("minutes").run()
    assert "Rows 1 to 6 of 6" in texts(sound(at))


def test_another_version_without_a_common_key_is_compared_by_whole_rows_with_its_reach(changed):
    at = screen("datasets", dataset="customers@2", tab="differences")
    assert at.selectbox(key="differences.other").value == "customers@1"
    assert "a row that changed is one removed, one added" in texts(at)
    assert any("serves now" in warning.value for warning in at.warning)
    at.selectbox(key="differences.other").set_value("keyed@1").run()
    assert at.query_params["with"] == ["keyed@1"] or at.query_params["with"] == "keyed@1"
    assert "id" in texts(sound(at))


def test_a_key_that_repeats_is_refused_in_words(changed):
    at = screen("datasets", dataset="keyed@2", tab="differences")
    at.multiselect(key="differences.key").set_value(["plan"]).run()
    assert "several rows of keyed" in at.error[0].value.replace("\\", "")


def test_a_large_difference_is_a_job(changed, monkeypatch):
    monkeypatch.setattr("core.datasets.diff.service.SMALL_CELLS", 10)
    at = screen("datasets", dataset="keyed@2", tab="differences")
    sound(at.button(key="differences.compare").click().run())
    (job,) = work_off(changed)
    assert (job.kind, job.state) == (JobKind.DIFF, JobState.SUCCEEDED)
    sound(at.run())
    assert {tile.label: tile.value for tile in at.metric}["Rows changed"] == "6"


def test_an_old_profile_is_made_anew_by_a_job(grown):
    version = grown.datasets.get("phones", REF)
    old = Profile(rows=version.rows, duplicates=0, columns=version.profile.columns)
    with grown.store.write() as work:
        work.datasets.describe(version.model_copy(update={"profile": old}))
        work.commit()
    at = screen("datasets", dataset="customers@2", tab="profile")
    sound(at.button(key="datasets.reprofile").click().run())
    (job,) = work_off(grown)
    assert (job.kind, job.state) == (JobKind.PROFILE, JobState.SUCCEEDED)
    assert grown.datasets.get("phones", REF).profile == version.profile
    assert not [button for button in sound(at.run()).button if button.key == "datasets.reprofile"]


def test_note_and_tags_are_changed_in_a_dialog(grown):
    at = screen("datasets", dataset="customers@2", tab="versions")
    at.button(key="versions.edit").click().run()
    at.text_area(key="versions.note").set_value("checked")
    at.text_area(key="versions.tags.text").set_value("team=crm\nstage = gold")
    sound(at.button(key="versions.save").click().run())
    version = grown.datasets.get("phones", REF)
    assert (version.note, version.tags) == ("checked", {"team": "crm", "stage": "gold"})


def test_a_click_on_another_version_opens_it(grown):
    at = pick_row(screen("datasets", dataset="customers@2", tab="versions"), "versions.table", 1, "version")
    assert at.query_params["dataset"] in ("customers@1", ["customers@1"])
    assert "customers@1" in plain(at.title[0].value).replace("\\", "")


def test_versions_and_differences_are_streamed_as_files(grown):
    request = DifferenceRequest(before=DatasetRef(name="customers", number=1), after=REF)
    found = grown.differences.compute(LOCAL, "phones", request)
    client = Browser()
    csv = client.get("/export/phones/customers@2/csv")
    assert csv.text.splitlines()[0] == '"minutes","plan","calls","left"'
    assert 'filename="customers-2.csv"' in csv.headers["content-disposition"]
    assert client.get("/export/phones/customers@2/original").content == table(shift=60, seed=2)
    assert client.get("/export/phones/customers@2/parquet").content.startswith(b"PAR1")
    assert client.get("/export/phones/customers@9/csv").status_code == 404
    assert client.get("/export/phones/customers@2/xml").status_code == 404
    rows = client.get(f"/export-difference/phones/{found.id}/csv?change=added")
    assert len(rows.text.splitlines()) == found.added + 1
    assert client.get(f"/export-difference/other/{found.id}/csv").status_code == 422
