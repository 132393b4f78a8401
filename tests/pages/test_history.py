"""The time machine, the story of a version, and its lineage, each with an address."""

from core.records.access import LOCAL
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
