"""Evidently's numbers and ours on the same samples."""

import numpy as np
import pandas as pd
import pytest

from core.monitoring import drift, methods
from core.monitoring.drift import Pair
from core.monitoring.evidently_tests import statistic
from core.records.dataset import ColumnKind
from core.records.drift_rule import ColumnRule, RuleDraft

RNG = np.random.default_rng(3)
SIDES = {
    "normal": (RNG.normal(size=700), RNG.normal(0.4, 2.0, size=450)),
    "whole": (RNG.poisson(4, size=600).astype(float), RNG.poisson(5, size=900).astype(float)),
    "outlier": (np.append(RNG.normal(size=999), 1e6), RNG.normal(0.5, size=800)),
    "large": (RNG.gamma(2, size=12_000), RNG.gamma(2.1, size=15_000)),
}
LABELS = list("abcdefgh")
WORDS = {
    "eight": (RNG.choice(LABELS, size=900), RNG.choice(LABELS[1:], size=700)),
    "two": (RNG.choice(["no", "yes"], p=[0.8, 0.2], size=500), RNG.choice(["no", "yes"], p=[0.7, 0.3], size=500)),
    "one": (np.array(["a"] * 300), np.array(["a"] * 200)),
}
NUMERIC = [method.key for method in methods.offered(ColumnKind.NUMBER) if method.evidently]
CATEGORIC = [method.key for method in methods.offered(ColumnKind.TEXT) if method.evidently]


@pytest.mark.parametrize("key", NUMERIC)
@pytest.mark.parametrize("name", SIDES)
def test_numbers_are_evidentlys(name: str, key: str) -> None:
    old, new = (pd.Series(side) for side in SIDES[name])
    ours = drift.measure(Pair("x", "feature", ColumnKind.NUMBER, old, new)).scores[key]
    assert ours == pytest.approx(statistic(methods.BY_KEY[key], old, new), abs=1e-9)


@pytest.mark.parametrize("key", CATEGORIC)
@pytest.mark.parametrize("name", WORDS)
def test_categories_are_evidentlys(name: str, key: str) -> None:
    old, new = (pd.Series(side, dtype=object) for side in WORDS[name])
    ours = drift.measure(Pair("x", "feature", ColumnKind.TEXT, old, new)).scores.get(key)
    if ours is None:
        assert (key, name) == ("z", "eight"), "only the z-test needs two categories"
        return
    if (key, name) == ("chisquare", "one"):
        with pytest.raises(ValueError, match="gave nan"):
            statistic(methods.BY_KEY[key], old, new)
        assert ours == 1.0, "where Evidently has no number, one category is no difference"
        return
    assert ours == pytest.approx(statistic(methods.BY_KEY[key], old, new), abs=1e-9)


def test_what_evidently_computes_takes_the_place_of_our_number() -> None:
    old, new = (pd.Series(side) for side in SIDES["normal"])
    pair = Pair("x", "feature", ColumnKind.NUMBER, old, new)
    rule = RuleDraft(numbers=ColumnRule(test="wasserstein"))
    ours, theirs = (drift.check([pair], rule, asks_evidently=asks)[0] for asks in (False, True))
    assert theirs.test == ours.test == "wasserstein"
    assert theirs.statistic == pytest.approx(ours.statistic, abs=1e-9)


def test_rare_categories_are_one_for_evidently_as_for_us() -> None:
    names = [f"c{number:02d}" for number in range(30) for _ in range(60 - number)]
    old, new = pd.Series(names, dtype=object), pd.Series(names[::2], dtype=object)
    pair = Pair("x", "feature", ColumnKind.TEXT, old, new)
    ours, theirs = (drift.check([pair], asks_evidently=asks)[0] for asks in (False, True))
    assert theirs.statistic == pytest.approx(ours.statistic, abs=1e-9)
