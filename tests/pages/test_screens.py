import logging

import pytest

from pages.shared import navigation
from tests.pages.acting import screen, texts

SCREENS = [(spec.key, spec.title) for spec in navigation.SCREENS]


@pytest.mark.parametrize(("key", "title"), SCREENS)
def test_every_screen_draws_a_project_that_went_through_the_loop(key, title, viewed, caplog):
    with caplog.at_level(logging.WARNING):
        at = screen(key)
    assert at.title[0].value == title
    assert not at.error
    assert "Please replace" not in caplog.text


def test_the_overview_says_what_needs_you(viewed):
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
def test_a_deep_link_opens_the_thing_it_names(key, param, value, said, viewed):
    assert said in texts(screen(key, **{param: value}))


@pytest.mark.parametrize(
    ("tab", "said"),
    [("profile", "Columns"), ("use", "now, since"), ("source", "SHA-256 of the original"), ("rubbish", "customers@1")],
)
def test_each_side_of_a_dataset_version_has_its_own_address(tab, said, viewed):
    at = screen("datasets", dataset="customers@1", tab=tab)
    assert said in texts(at) + str([node.value for node in at.dataframe])


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
def test_a_link_to_something_that_is_not_there_says_so_in_a_sentence(key, param, value, viewed):
    at = screen(key, **{param: value})
    assert len(at.error) == 1
    assert "Traceback" not in at.error[0].value


def test_a_missing_worker_is_told_on_every_screen(viewed):
    assert "No worker is running" in screen("models").warning[0].value
