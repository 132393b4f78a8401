"""Calendar presets and the cron expressions they stand for."""

import pytest

from core.errors import InvalidSchedule
from core.retraining import calendars, cron
from core.retraining.calendars import Preset, Rhythm


@pytest.mark.parametrize(
    ("rhythm", "text", "expression", "words"),
    [
        (Rhythm.DAILY, "06:30", "30 6 * * *", "at 06:30"),
        (Rhythm.WEEKLY, "Sun@23:00", "0 23 * * sun", "at 23:00, only on Sunday"),
        (Rhythm.MONTHLY, "15@6:05", "5 6 15 * *", "at 06:05, on day 15 of the month"),
    ],
)
def test_a_preset_is_a_cron_expression_and_is_recognised_in_it(rhythm, text, expression, words):
    preset = calendars.parse(rhythm, text)
    assert preset.expression == expression
    assert cron.describe(expression) == words
    assert calendars.recognise(expression) == preset


@pytest.mark.parametrize("expression", ["*/5 * * * *", "0 6 1 1 *", "0 6 * * mon,tue", "@daily", "0 6 1-3 * *", ""])
def test_an_expression_that_says_more_is_no_preset(expression):
    assert calendars.recognise(expression) is None


@pytest.mark.parametrize(
    ("rhythm", "text"),
    [
        (Rhythm.DAILY, "24:00"),
        (Rhythm.DAILY, "06:60"),
        (Rhythm.DAILY, "noon"),
        (Rhythm.DAILY, "mon@06:00"),
        (Rhythm.WEEKLY, "06:00"),
        (Rhythm.WEEKLY, "someday@06:00"),
        (Rhythm.MONTHLY, "32@06:00"),
        (Rhythm.MONTHLY, "0@06:00"),
    ],
)
def test_what_names_no_time_or_no_day_is_refused_with_an_example(rhythm, text):
    with pytest.raises(InvalidSchedule, match="write it like"):
        calendars.parse(rhythm, text)


def test_midnight_is_a_time():
    assert calendars.parse(Rhythm.DAILY, "0:00") == Preset(Rhythm.DAILY, 0, 0)
