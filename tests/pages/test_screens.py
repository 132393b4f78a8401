import ast
import logging
from pathlib import Path

import pytest

from pages.shared import navigation
from tests.pages.acting import PAGES, screen, texts

SCREENS = [(spec.key, spec.title) for spec in navigation.SCREENS]


@pytest.mark.parametrize(("key", "title"), SCREENS)
def test_every_screen_draws_under_its_title_when_there_is_no_project(key, title, bare):
    at = screen(key)
    assert at.title[0].value == title
    assert not at.error


@pytest.mark.parametrize(("key", "title"), SCREENS)
def test_every_screen_draws_a_project_that_went_through_the_loop(key, title, grown, caplog):
    with caplog.at_level(logging.WARNING):
        at = screen(key)
    assert at.title[0].value == title
    assert not at.error
    assert "Please replace" not in caplog.text


@pytest.mark.parametrize("key", ["datasets", "train", "runs", "models", "playground", "drift", "retraining"])
def test_a_screen_about_a_project_says_what_to_do_when_there_is_none(key, bare):
    assert "There is no project yet" in texts(screen(key))


def test_the_empty_overview_offers_the_demo_and_a_first_project(bare):
    at = screen("overview")
    assert [button.label for button in at.main.button] == ["Load the demo projects", "Create a project"]


def test_the_overview_says_what_needs_you(grown):
    said = texts(screen("overview"))
    assert "columns drifted in customers" in said
    assert "version 2 waits" in said


@pytest.mark.parametrize(
    ("key", "param", "value", "said"),
    [
        ("datasets", "dataset", "customers@2", "customers@2"),
        ("models", "version", "1", "Version 1"),
    ],
)
def test_a_deep_link_opens_the_thing_it_names(key, param, value, said, grown):
    assert said in texts(screen(key, **{param: value}))


@pytest.mark.parametrize(
    ("key", "param", "value"),
    [
        ("datasets", "dataset", "customers@99"),
        ("datasets", "dataset", "rubbish"),
        ("jobs", "job", "nope"),
        ("runs", "run", "nope"),
        ("runs", "compare", "nope,neither"),
        ("drift", "report", "nope"),
        ("retraining", "schedule", "nope"),
    ],
)
def test_a_link_to_something_that_is_not_there_says_so_in_a_sentence(key, param, value, grown):
    at = screen(key, **{param: value})
    assert len(at.error) == 1
    assert "Traceback" not in at.error[0].value


def test_a_missing_worker_is_told_on_every_screen(grown):
    assert "No worker is running" in screen("models").warning[0].value


PYTHON = sorted(path for path in PAGES.rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(PAGES)))
def test_screens_are_thin(path: Path):
    source = path.read_text(encoding="utf-8")
    limit = 300 if path.parent.name == "shared" else 200
    assert len(source.splitlines()) < limit
    tree = ast.parse(source)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert path.name == "loaders.py" or "pandas" not in imported
    assert "unsafe_allow_html" not in source
    caught = [node for node in ast.walk(tree) if isinstance(node, ast.Try)]
    assert not caught or path.parent.name == "shared" or path.name == "new_schedule.py"


def test_no_script_lies_directly_in_pages():
    assert [path.name for path in PAGES.glob("*.py")] == ["__init__.py"]
