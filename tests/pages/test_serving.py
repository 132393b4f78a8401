"""The screens of the Serve section: traffic, the log, what moved an answer."""

import pytest

from core.platform import Platform
from core.records.access import LOCAL
from core.records.traffic import LATENCY_S, ServingTally, TrafficEnd, TrafficMode
from tests.pages.acting import pick_row, screen, sound, texts

RECORD = {"minutes": 80.0, "plan": "basic", "calls": 3}


@pytest.fixture
def asked(grown: Platform) -> Platform:
    """The project `phones`, asked three times; one of the answers has a label."""
    grown.serving.predict(LOCAL, "phones", [RECORD], prediction_ids=["first"])
    grown.serving.predict(LOCAL, "phones", [{**RECORD, "minutes": 900.0}, RECORD], prediction_ids=["odd", "last"])
    grown.labels.add(LOCAL, "phones", [{"prediction_id": "odd", "label": "Yes"}])
    tally = ServingTally(
        project="phones",
        process="p1",
        minute=grown.clock.now().replace(second=0, microsecond=0),
        version=1,
        cohort="champion",
        requests=3,
        refused=1,
        failed=0,
        rows=2,
        buckets=(2, *(0,) * len(LATENCY_S)),
        seconds=0.001,
    )
    with grown.store.write() as work:
        work.tallies.put([tally])
        work.commit()
    return grown


def test_a_canary_is_started_and_stopped_on_the_screen(asked: Platform) -> None:
    at = screen("serving")
    assert "**Version 1** answers everything" in texts(at)
    sound(at.button(key="serving.change").click().run())
    at.selectbox(key="serving.version").set_value(2)
    at.number_input(key="serving.share").set_value(20.0)
    sound(at.button(key="serving.start").click().run())
    assert "A change of traffic needs a reason" in at.error[0].value
    assert asked.traffic.current("phones") is None
    sound(at.button(key="serving.change").click().run())
    at.selectbox(key="serving.version").set_value(2)
    at.number_input(key="serving.share").set_value(20.0)
    at.text_area(key="serving.reason").set_value("a few first")
    sound(at.button(key="serving.start").click().run())
    started = asked.traffic.current("phones")
    assert started is not None
    assert (started.version, started.share, started.guards.minimum) == (2, 0.2, 100)
    at = screen("serving")
    assert "**Version 2** answers 20.0%, by prediction id" in texts(at)
    assert "Rolled back by itself when this is shown" in texts(at)
    sound(at.button(key="serving.stop").click().run())
    at.text_area(key="serving.stop.reason").set_value("seen enough")
    sound(at.button(key="serving.stop.confirm").click().run())
    assert asked.traffic.history("phones")[0].end is TrafficEnd.STOPPED


def test_a_shadow_needs_no_guards_and_the_figures_are_those_of_the_tallies(asked: Platform) -> None:
    at = screen("serving")
    assert [one.value for one in at.metric][1:3] == ["2", "0.50 ms"]
    sound(at.button(key="serving.change").click().run())
    at.segmented_control(key="serving.mode").set_value("Shadow")
    at.number_input(key="serving.share").set_value(100.0)
    at.text_area(key="serving.reason").set_value("nobody sees it")
    sound(at.button(key="serving.start").click().run())
    started = asked.traffic.current("phones")
    assert started is not None
    assert (started.mode, started.share) == (TrafficMode.SHADOW, 1.0)
    assert started.guards.errors is None


def test_answers_are_searched_and_one_tells_its_story(asked: Platform) -> None:
    at = screen("predictions")
    assert "3 answers; a click opens the story of one." in texts(at)
    sound(at.toggle(key="predictions.warned").set_value(True).run())
    assert "1 answer; a click" in texts(at)
    at = pick_row(at, "predictions.table", 0, "id")
    assert at.query_params["prediction"] == "odd"
    assert any("minutes is not between" in plain.value.replace("\\", "") for plain in at.warning)
    labels = next(node.value for node in at.dataframe if "label" in node.value)
    assert list(labels["label"]) == ["Yes"]
    at = screen("predictions", prediction="nobody")
    assert any("Nothing was answered under the id nobody" in told.value for told in at.error)


def test_a_search_that_finds_nothing_says_so(asked: Platform) -> None:
    at = screen("predictions")
    sound(at.text_input(key="predictions.value").set_value("zebra").run())
    assert "No answer is like this." in texts(at)
    sound(at.text_input(key="predictions.value").set_value("LAST").run())
    assert "1 answer; a click" in texts(at)


def test_the_playground_tells_what_moved_an_answer_and_what_if(asked: Platform) -> None:
    at = screen("playground")
    sound(at.button(key="playground.predict").click().run())
    assert "Every input is that of the example" in texts(at)
    served = len(asked.serving.predictions("phones"))
    at.number_input[0].set_value(10.0)
    sound(at.button(key="playground.predict").click().run())
    assert "What moved it" in texts(at)
    before = at.metric[-1].value
    sound(at.slider[0].set_value(at.slider[0].max).run())
    assert at.metric[-1].value != before
    assert len(asked.serving.predictions("phones")) == served + 1
