"""Standard crontab rules: what is accepted, what it means, and what is refused with which reason."""

from datetime import datetime

import pytest

from core.errors import InvalidSchedule
from core.retraining import cron


def days(expression: str, count: int = 4) -> list[str]:
    moment = datetime(2026, 3, 1, 12, 0)  # a Sunday  # noqa: DTZ001
    found = []
    for _ in range(count):
        moment = cron.next_wall(expression, moment)
        found.append(f"{moment:%a %d}")
    return found


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [
        ("0", ["Sun 08", "Sun 15", "Sun 22", "Sun 29"]),
        ("7", ["Sun 08", "Sun 15", "Sun 22", "Sun 29"]),
        ("sun", ["Sun 08", "Sun 15", "Sun 22", "Sun 29"]),
        ("1", ["Mon 02", "Mon 09", "Mon 16", "Mon 23"]),
        ("1-5", ["Mon 02", "Tue 03", "Wed 04", "Thu 05"]),
        ("5-7", ["Fri 06", "Sat 07", "Sun 08", "Fri 13"]),
        ("fri-sun", ["Fri 06", "Sat 07", "Sun 08", "Fri 13"]),
        ("0-6", ["Mon 02", "Tue 03", "Wed 04", "Thu 05"]),
        ("0,3", ["Wed 04", "Sun 08", "Wed 11", "Sun 15"]),
        ("*/2", ["Tue 03", "Thu 05", "Sat 07", "Sun 08"]),
        ("SAT", ["Sat 07", "Sat 14", "Sat 21", "Sat 28"]),
    ],
)
def test_weekdays_count_as_in_crontab_where_0_and_7_are_sunday(weekday, expected):
    assert days(f"0 0 * * {weekday}") == expected


@pytest.mark.parametrize(
    ("preset", "same"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@weekly", "0 0 * * sun"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
    ],
)
def test_presets_are_short_for_expressions(preset, same):
    assert str(cron.parse(preset)) == str(cron.parse(same))


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("0 0 1 * 1", "both the day of the month and the day of the week"),
        ("0 0 */2 * 1", "both the day of the month and the day of the week"),
        ("* * * *", "five fields"),
        ("* * * * * *", "five fields"),
        ("@reboot", "five fields"),
        ("", "five fields"),
        ("60 * * * *", "'60' is no minute"),
        ("* 24 * * *", "'24' is no hour"),
        ("* * 0 * *", "'0' is no day of the month"),
        ("* * * 13 *", "'13' is no month"),
        ("* * * * 8", "'8' is no day of the week"),
        ("* * * foo *", "'foo' is no month"),
        ("* * l * *", "'l' is no day of the month"),
        ("* * * * 5#2", "'5#2' is no day of the week"),
        ("5-3 * * * *", "smaller number first"),
        ("*/0 * * * *", "holds no minute"),
        ("1,,2 * * * *", "'' is no minute"),
        ("-1 * * * *", "'-1' is no minute"),
    ],
)
def test_what_is_no_crontab_line_is_refused_with_the_reason(expression, reason):
    with pytest.raises(InvalidSchedule, match="The schedule cannot be saved") as caught:
        cron.parse(expression)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("30 2 * * *", "at 02:30"),
        ("0 0 * * 0", "at 00:00, only on Sunday"),
        ("0 0 * * 7", "at 00:00, only on Sunday"),
        ("@weekly", "at 00:00, only on Sunday"),
        ("0 9 * * 1-5", "at 09:00, Monday through Friday"),
        ("0 0 * * 5-7", "at 00:00, Friday through Sunday"),
        ("0 0 * * 0,7", "at 00:00, only on Sunday"),
        ("0 0 * * */3", "at 00:00, only on Sunday, Wednesday, and Saturday"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/7 * * * *", "every 7 minutes, starting anew each hour"),
        ("0 */5 * * *", "every 5 hours, starting anew each day"),
        ("0 0 */2 * *", "at 00:00, every 2 days, starting anew each month"),
        ("0 0 1 1,7 *", "at 00:00, on day 1 of the month, only in January and July"),
    ],
)
def test_the_words_say_what_the_expression_does(expression, words):
    assert cron.describe(expression) == words


def test_a_date_that_never_comes_has_no_next_time():
    assert cron.next_wall("0 0 31 2 *", datetime(2026, 1, 1)) is None  # noqa: DTZ001
