"""A rule tried on written-out windows."""

from datetime import timedelta

import pytest

from core.monitoring import backtest
from core.records.dataset import ColumnKind
from core.records.drift_rule import ColumnRule, Correction, RuleDraft
from core.records.monitor import Cell, ColumnVerdict, Performance, ReportKind, ReportOutline
from tests.builders import START

COMPLETE = {"missing_share": 0.0, "missing_p": 1.0}


def cell(distance: float, chance: float = 1e-6, **changes: object) -> Cell:
    fields = {
        "name": "age",
        "role": "feature",
        "kind": ColumnKind.NUMBER,
        "verdict": ColumnVerdict.STABLE,
        "test": "ks_distance",
        "statistic": distance,
        "threshold": 0.08,
        "is_p_value": False,
        "scores": {
            "ks_distance": distance,
            "ks": chance,
            "wasserstein": 3 * distance,
            "missing_share": 0.0,
            "missing_p": 1.0,
        },
        "values_reference": 1_000,
        "values_current": 500,
        "rows_reference": 1_000,
        "rows_current": 500,
    }
    return Cell.model_validate({**fields, **changes})


def window(day: int, distance: float, dropped: bool | None = None, **changes: object) -> ReportOutline:
    told = Performance(metric="rmse", value=1.0, expected=1.0, rows=500, version=1, dropped=dropped)
    fields = {
        "id": f"w{day}",
        "project": "shop",
        "kind": ReportKind.DRIFT,
        "reference": "a@1",
        "current": f"day {day}",
        "rows_reference": 1_000,
        "rows_current": 500,
        "drifted": False,
        "drifted_columns": 0,
        "tested_columns": 1,
        "summary": "",
        "since": START + timedelta(days=day),
        "until": START + timedelta(days=day + 1),
        "performance": None if dropped is None else told,
        "cells": (cell(distance),),
        "job_id": None,
        "created_at": START,
    }
    return ReportOutline.model_validate({**fields, **changes})


DISTANCES = (0.02, 0.2, 0.3, 0.1, 0.05)
WINDOWS = [window(day, distance, dropped=day in (1, 2, 4)) for day, distance in enumerate(DISTANCES)]


@pytest.mark.parametrize(
    ("rule", "fired", "sentence"),
    [
        (
            RuleDraft(),
            ["w1", "w2", "w3"],
            "3 times in 5 days (5 windows), 2 of them with a drop in performance; 1 drop would have been missed.",
        ),
        (RuleDraft(windows_drifted=2, windows=2), ["w2", "w3"], "fired 2 times in 5 days"),
        (RuleDraft(windows_drifted=2, windows=3), ["w2", "w3", "w4"], "fired 3 times in 5 days (5 windows), 2 of them"),
        (RuleDraft(numbers=ColumnRule(threshold=0.25)), ["w2"], "fired once in 5 days (5 windows), 1 of them"),
        (RuleDraft(numbers=ColumnRule(test="wasserstein", threshold=0.7)), ["w2"], "fired once"),
        (RuleDraft(min_rows=501), [], "fired never in 5 days (5 windows), 3 drops would have been missed."),
        (RuleDraft(columns={"age": ColumnRule(ignored=True)}), [], "fired never"),
    ],
)
def test_a_rule_fires_where_the_stored_scores_say_so(rule: RuleDraft, fired: list[str], sentence: str) -> None:
    found = backtest.of(WINDOWS, rule)
    assert list(found.fired) == fired
    assert sentence in found.sentence
    assert (found.windows, found.known, found.days) == (5, 5, 5.0)


def test_chance_is_no_drift_however_far_the_distance() -> None:
    often = window(0, 0.2, cells=(cell(0.2, 0.03), cell(0.2, 0.04, name="b"), cell(0.01, 0.9, name="c")))
    fired = {
        correction: bool(backtest.of([often], RuleDraft(correction=correction)).fired) for correction in Correction
    }
    assert fired == {Correction.FDR: False, Correction.HOLM: False, Correction.NONE: True}


def test_without_windows_or_performance_the_sentence_says_so() -> None:
    assert backtest.of([], RuleDraft()).sentence.startswith("There is no stored window to try this rule on.")
    alone = backtest.of([window(0, 0.3)], RuleDraft()).sentence
    assert alone == "This rule would have fired once in 1 day (1 window); the performance of none of them is known."


def test_of_two_looks_at_one_window_the_last_counts_and_other_checks_do_not() -> None:
    stored = [
        window(1, 0.5, id="new"),
        window(0, 0.1, id="first"),
        window(1, 0.1, id="old"),
        window(2, 0.1, id="quality", kind=ReportKind.QUALITY),
    ]
    assert [one.id for one in backtest.history(stored)] == ["first", "new"]
