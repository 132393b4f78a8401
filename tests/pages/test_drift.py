"""The review of drift: cells, windows, decisions and the rule, clicked through."""

import pytest

from core.records.access import LOCAL
from core.records.drift_rule import ReviewDecision
from core.records.job import JobKind, JobState
from tests.pages.acting import screen, sound, texts, work_off


@pytest.fixture
def windowed(grown):
    """The project of the loop with six windows of its second version."""
    grown.monitoring.submit(LOCAL, "phones", current="customers@2", every="40rows", min_rows=20)
    work_off(grown)
    return grown


def test_the_review_shows_windows_and_a_choice_stands_in_the_address(windowed):
    at = screen("drift")
    assert "6 windows" in at.selectbox(key="drift.track").options[0]
    last = windowed.monitoring.outlines("phones")[0]
    assert "The rule fired" in texts(at) or last.drifted
    names = at.select_slider(key="drift.window").options
    assert names[0] == "rows 1 to 40"
    sound(at.select_slider(key="drift.window").set_value(last.series + "-002").run())
    assert at.query_params["window"] == f"{last.series}-002"
    assert at.subheader[1].value.startswith("rows 41 to 80")


def test_only_windows_of_time_have_a_season_to_be_compared_with(grown):
    at = screen("drift")
    for every, versus, offered in (
        ("By month", "reference", ["the reference", "the window before", "the same season a year before"]),
        ("By number of rows", "last-year", ["the reference", "the window before"]),
    ):
        at.session_state["drift.every"], at.session_state["drift.versus"] = every, versus
        sound(at.button(key="drift.new").click().run())
        assert at.segmented_control(key="drift.versus").options == offered
    at.selectbox(key="drift.current").set_value("customers@2")
    sound(at.button(key="drift.run").click().run())
    (job,) = grown.queue.find("phones", kinds=(JobKind.MONITOR,), states=(JobState.QUEUED,))
    assert (job.payload["every"], job.payload["versus"]) == ("1000rows", "reference")


def test_a_column_of_the_address_is_the_one_in_detail(windowed):
    at = screen("drift", column="plan")
    assert any(heading.value.startswith("plan") for heading in at.subheader)


def test_evidently_s_page_is_drawn_when_asked_for_and_where_it_cannot_be_the_reason_is_told(windowed):
    windowed.monitoring.submit(LOCAL, "phones", current="customers@2", min_rows=20)
    work_off(windowed)
    whole, part, *_ = windowed.monitoring.outlines("phones")
    at = screen("drift", report=whole.id)
    assert not [one for one in at.get("download_button") if one.label.startswith("Save")]
    sound(at.button(key="drift.evidently").click().run())
    assert [one.label for one in at.get("download_button")] == ["HTML", "JSON", "Save Evidently's page"]
    at = screen("drift", report=part.id)
    at.button(key="drift.evidently").click().run()
    assert "has no time by which its rows could be found" in at.error[0].value
    assert [one.label for one in at.get("download_button")] == ["HTML", "JSON"]


def test_a_decision_needs_a_note_and_is_kept_with_it(windowed):
    at = screen("drift")
    sound(at.button(key="drift.review").click().run())
    assert "needs a note" in at.error[0].value
    at.text_input(key="drift.note").set_value("the new tariff")
    sound(at.button(key="drift.review").click().run())
    (said,) = windowed.drift_rules.reviews("phones")
    assert (said.decision, said.note, said.job_id) == (ReviewDecision.EXPECTED, "the new tariff", None)
    assert at.text_input(key="drift.note").value == ""


def test_retraining_on_the_window_is_queued_once_and_told(windowed):
    at = screen("drift", report=windowed.monitoring.reports("phones")[-1].id)
    at.segmented_control(key="drift.decision").set_value(ReviewDecision.RETRAIN)
    at.text_input(key="drift.note").set_value("prices moved")
    sound(at.button(key="drift.review").click().run())
    at.text_input(key="drift.note").set_value("once more")
    sound(at.button(key="drift.review").click().run())
    (job,) = windowed.queue.find(kinds=(JobKind.RETRAIN,))
    assert job.payload["report"] == windowed.monitoring.reports("phones")[-1].id
    assert [said.job_id for said in windowed.drift_rules.reviews("phones")] == [job.id, job.id]
    (done,) = work_off(windowed)
    assert done.result["dataset"] == "customers@2", "the window is the whole version"


def test_a_rule_is_tried_on_the_windows_and_saved(windowed):
    at = screen("drift", tab="rule")
    assert "This rule would have fired" in at.info[0].value
    at.number_input(key="rule.0.k").set_value(3)
    sound(at.run())
    assert "3 of 1 windows cannot be drifted" in texts(at)
    at.number_input(key="rule.0.n").set_value(4)
    at.number_input(key="rule.0.min_rows").set_value(20)
    sound(at.run())
    sound(at.button(key="rule.save").click().run())
    kept = windowed.drift_rules.newest("phones")
    assert (kept.number, kept.windows_drifted, kept.windows, kept.min_rows) == (1, 3, 4, 20)
    assert "Version 1 is in force" in texts(at)
