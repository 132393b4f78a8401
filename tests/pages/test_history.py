"""The time machine, the story of a version, and its lineage, each with an address."""

from core.records.access import LOCAL
from core.records.job import Cause, JobKind
from core.records.prediction import LoggedPrediction
from core.records.rule import Decision, Evaluation, Finding, Sign
from tests.builders import job_request
from tests.pages.acting import pick_row, screen, sound, texts


def test_any_moment_tells_what_served_and_leads_back_to_it(grown):
    grown.models.promote(LOCAL, "phones", 2, "a better one", override=True)
    second, first = grown.models.history("phones")
    at = screen("history", at=first.since.isoformat())
    assert "Version 1 served" in texts(at)
    assert at.button(key="history.back").label == "Roll back to v1"
    kinds = [kind for kinds in at.dataframe[0].value["kind"] for kind in kinds]
    assert kinds.count("Promotion") == 2
    at = pick_row(at, "history.table", list(at.dataframe[0].value["title"]).index("Version 2 was promoted"), "title")
    assert at.query_params["at"] == second.since.isoformat(timespec="microseconds")
    assert "Version 2 served" in texts(at)
    at = sound(at.text_input(key="history.at").set_value("1999-01-01").run())
    assert "Nothing served" in texts(at)
    at = sound(at.text_input(key="history.at").set_value("soon").run())
    assert "soon is no moment" in " ".join(error.value for error in at.error)


def test_the_way_back_from_a_moment_is_one_click_and_another_undoes_it(grown):
    grown.models.promote(LOCAL, "phones", 2, "a better one", override=True)
    first = grown.models.history("phones")[1]
    at = screen("history", at=first.since.isoformat())
    assert at.text_input(key="history.reason").value.startswith("As it was on ")
    at = sound(at.button(key="history.back").click().run())
    served = grown.models.champion("phones")
    assert (served.version, served.reason) == (1, at.session_state["history.usual"])
    at = sound(at.button(key="models.undo").click().run())
    assert grown.models.champion("phones").version == 2
    at.text_input(key="history.reason").set_value("")
    at = sound(at.button(key="history.back").click().run())
    assert "needs a reason" in at.error[0].value


def test_the_story_draws_the_check_that_fired(grown):
    grown.models.promote(LOCAL, "phones", 2, "serves", override=True)
    while not grown.runs.refresh("phones").whole:
        pass
    report = grown.monitoring.reports("phones")[0]
    finding = Finding(sign=Sign.DRIFT, met=True, reason="drift was found", evidence=f"report:{report.id}")
    with grown.store.write() as work:
        look = Evaluation(id="e1", rule_id="r1", project="phones", at=grown.clock.now(), decision=Decision.ACTED,
                          reason="drift", findings=(finding,))  # fmt: skip
        work.rules.record(look)
        cause = Cause(kind="rule", id="e1", note="drift was found")
        request = job_request(kind=JobKind.RETRAIN, project="phones", title="Retrain", payload={}, cause=cause)
        job = work.jobs.add(request, "rule", grown.clock.now())
        entry = next(iter(work.run_index.find([grown.models.version("phones", 2).run_id]).values()))
        work.run_index.put([entry.model_copy(update={"job_id": job.id})])
        work.commit()
    chapters = grown.history.story("phones", 2)
    assert chapters[0].report == report.id
    at = screen("history", tab="story", version="2")
    keys = [chart.proto.id for chart in at.get("plotly_chart")]
    assert [any(name in key for key in keys) for name in ("story.drift", "story.drift.worst")] == [True, True]


def test_an_answer_leads_to_its_lineage(grown):
    answer = LoggedPrediction(prediction_id="f" * 32, at=grown.clock.now(), version=1, features={"minutes": 90.0},
                              prediction="No", score=0.2, latency_ms=1.0)  # fmt: skip
    grown.log.append("phones", [answer])
    at = screen("lineage", of=f"prediction:{'f' * 32}")
    kinds = list(at.dataframe[0].value["kind"])
    assert kinds == ["data", "features", "run", "version", "deployment", "predictions"]
    assert "answer ffffffff" in texts(at)


def test_a_version_has_a_story_and_a_lineage(grown):
    at = screen("history", tab="story", version="2")
    assert [title for title in ("1. Trigger", "9. Alerts since") if title not in texts(at).replace("\\", "")] == []
    at = screen("lineage")
    titles = list(at.dataframe[0].value["title"])
    at = pick_row(at, "lineage.table", titles.index("version 2"), "title")
    assert at.query_params["of"] == "version:2"
    assert "version 1" not in list(at.dataframe[0].value["title"])
    at = sound(at.button(key="lineage.whole").click().run())
    assert "version 1" in list(at.dataframe[0].value["title"])
    at = screen("lineage", of="version:99")
    assert "no 'version:99'" in " ".join(error.value for error in at.error)


def test_the_registry_shows_a_version_and_refuses_to_delete_what_is_live(grown):
    at = screen("models", version="1")
    said = texts(at) + " ".join(str(getattr(node, "value", "")) for node in at.get("html"))
    assert "In the registry" in said
    at = sound(at.button(key="models.delete").click().run())
    assert "is serving now" in " ".join(node.value for node in at.markdown)
    at = screen("models", version="2")
    at = sound(at.button(key="models.delete").click().run())
    at = sound(at.button(key="models.delete.ask.confirm").click().run())
    assert [version.version for version in grown.models.versions("phones")] == [1]
