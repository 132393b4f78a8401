import pytest

from pages.shared import navigation
from tests.pages.acting import screen, texts

SCREENS = [(spec.key, spec.title) for spec in navigation.SCREENS]


@pytest.mark.parametrize(("key", "title"), SCREENS)
def test_every_screen_draws_under_its_title_when_there_is_no_project(key, title, untouched):
    at = screen(key)
    assert at.title[0].value == title
    assert not at.error


@pytest.mark.parametrize("key", ["datasets", "train", "runs", "models", "playground", "drift", "retraining"])
def test_a_screen_about_a_project_says_what_to_do_when_there_is_none(key, untouched):
    assert "There is no project yet" in texts(screen(key))


def test_the_empty_overview_offers_the_demo_and_a_first_project(untouched):
    at = screen("overview")
    assert [button.label for button in at.main.button] == ["Load the demo projects", "Create a project"]
