"""Quality and concept in the drift screen: run, looked at window by window, opened as reports."""

import pytest

from core.records.access import LOCAL
from core.records.job import JobKind
from core.records.monitor import ReportKind
from tests.pages.acting import screen, sound, texts, work_off


@pytest.fixture
def checked(grown):
    kinds = ("quality", "concept")
    grown.monitoring.submit(LOCAL, "phones", current="customers@2", every="80rows", min_rows=20, kinds=kinds)
    work_off(grown)
    return grown


def test_all_three_checks_are_asked_unless_one_is_left_out(grown):
    at = screen("drift")
    sound(at.button(key="drift.new").click().run())
    at.segmented_control(key="drift.kinds").unselect("concept")
    at.selectbox(key="drift.current").set_value("customers@2")
    sound(at.button(key="drift.run").click().run())
    (job,) = grown.queue.find(kinds=(JobKind.MONITOR,), limit=1)
    assert job.payload["kinds"] == ["drift", "quality"]


def test_the_quality_of_windows_is_shown_and_walked(checked):
    at = screen("drift", tab="quality")
    assert "minutes" in texts(at), "shifted by sixty, minutes leave their range"
    windows = checked.monitoring.outlines("phones", ReportKind.QUALITY)
    sound(at.select_slider(key="quality.window").set_value(windows[-1].id).run())
    assert at.query_params["window"] == windows[-1].id
    sound(at.toggle(key="quality.all").set_value(True).run())


def test_the_error_of_windows_is_shown_and_a_report_of_it_opens(checked):
    at = screen("drift", tab="concept")
    assert "At training" in texts(at)
    assert "The share of wrong answers" in texts(at)
    newest = checked.monitoring.outlines("phones", ReportKind.CONCEPT)[0]
    opened = screen("drift", report=newest.id)
    assert "What features tell of the target" in texts(opened)


def test_two_reports_are_set_beside_each_other(checked):
    first, second = (one.id for one in checked.monitoring.outlines("phones", ReportKind.QUALITY)[:2])
    at = screen("drift", report=first)
    sound(at.selectbox(key="drift.beside").set_value(second).run())
    assert at.query_params["compare"] == second
    assert "verdicts of" in texts(at) or "verdict of" in texts(at)


def test_before_a_check_the_tabs_say_what_to_do(grown):
    assert "run one with Concept chosen" in texts(screen("drift", tab="concept"))
    assert "run one with Quality chosen" in texts(screen("drift", tab="quality"))
