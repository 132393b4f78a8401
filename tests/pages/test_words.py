from datetime import UTC, datetime, timedelta

import pytest

from pages.shared import words

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=42), "42 s ago"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=2), "2 d ago"),
        (timedelta(days=90), "3 mo ago"),
        (timedelta(days=800), "2 y ago"),
        (timedelta(hours=-7), "in 7 h"),
    ],
)
def test_times_are_told_relative_to_now(back, said):
    assert words.ago(NOW - back, NOW) == said


def test_the_exact_time_is_told_to_the_second_in_utc():
    assert words.exact(NOW) == "2026-03-02 09:00:00 UTC"


@pytest.mark.parametrize(("seconds", "said"), [(1.24, "1.2 s"), (42, "42 s"), (61, "1 min 01 s"), (3700, "1 h 01 min")])
def test_durations_are_told_with_their_units(seconds, said):
    assert words.duration(seconds) == said


@pytest.mark.parametrize(("count", "said"), [(12, "12 B"), (1500, "1.5 kB"), (2_500_000, "2.5 MB"), (7e9, "7.0 GB")])
def test_sizes_are_told_with_their_units(count, said):
    assert words.size(int(count)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "—"),
        (float("nan"), "—"),
        (0.84321, "0.8432"),
        (12.0, "12"),
        (1234.56, "1,234.6"),
        (0.00001234, "1.23e-05"),
    ],
)
def test_figures_are_told_with_the_digits_that_matter(value, said):
    assert words.number(value) == said


@pytest.mark.parametrize(("value", "said"), [(None, "—"), (0.0, "±0"), (0.0123, "+0.0123"), (-0.5, "-0.5000")])
def test_differences_are_told_with_their_sign(value, said):
    assert words.signed(value) == said


@pytest.mark.parametrize(
    ("name", "said"), [("roc_auc", "ROC AUC"), ("train_rmse", "RMSE (training)"), ("my_own", "my_own")]
)
def test_metrics_are_told_by_their_titles(name, said):
    assert words.metric_title(name) == said


@pytest.mark.parametrize(
    "name",
    [
        "[click](https://evil.example)",
        "![x](https://evil.example/p.png)",
        "https://evil.example",
        "www.evil.example",
        "ann@evil.example",
        ":material/home:",
        ":smile:",
        ":red[x]",
        "$x^2$",
        "<script>alert(1)</script>",
        "**bold** _it_ `code`",
        "# heading",
        "1. list",
        "a|b",
    ],
)
def test_a_name_from_a_user_has_no_markdown_left_in_it(name):
    shown = words.plain(name)
    unescaped = shown.replace("\\", "").replace(words.JOINER, "")
    assert unescaped == name
    for mark in ("[", "!", "`", "*", "$", "<", "#"):
        assert shown.count(mark) == shown.count(f"\\{mark}")
    for start in ("https://", "www.", ":material", ":smile", ":red", "@evil"):
        assert start not in shown


@pytest.mark.parametrize("name", ["ames_raw.csv", "new.parquet", "tcp:8602", "WW.csv"])
def test_a_name_nobody_would_make_a_link_of_can_be_copied_as_it_is(name):
    assert words.plain(name).replace("\\", "") == name


def test_counts_have_the_right_ending():
    assert words.count(1, "row") == "1 row"
    assert words.count(1200, "row") == "1,200 rows"
