"""The metric of real requests with retraining and without it."""

import pandas as pd
import pytest

from core.records.access import LOCAL
from tests.builders import FakeClock
from tests.core.monitoring.house import PROJECT, create, customers, house, promote, upload

WEEK_S = 7 * 86_400


@pytest.fixture
def shop(tmp_path):
    """A champion of customers who spend twice their age, before they began to spend a hundred more."""
    platform = house(tmp_path, FakeClock())
    create(platform)
    upload(platform, customers(200))
    promote(platform)
    return platform


def serve(platform, rows: pd.DataFrame, *, labelled=True):
    asked = rows[["age", "plan"]].to_dict(orient="records")
    answers = platform.serving.predict(LOCAL, PROJECT, asked)
    if labelled:
        truth = zip(answers, rows["spent"], strict=True)
        platform.labels.add(
            LOCAL, PROJECT, [{"prediction_id": a.prediction_id, "label": float(label)} for a, label in truth]
        )


def richer(rows: int, seed: int) -> pd.DataFrame:
    return customers(rows, seed=seed).assign(spent=lambda table: table["spent"] + 100)


def test_each_week_is_answered_by_what_served_and_by_what_would_have_without_retraining(shop):
    serve(shop, customers(20, seed=1))
    shop.clock.advance(WEEK_S)
    serve(shop, richer(20, 2))
    upload(shop, richer(200, 3))
    promote(shop)
    shop.clock.advance(WEEK_S)
    serve(shop, richer(20, 4))
    serve(shop, richer(7, 5), labelled=False)
    shop.clock.advance(WEEK_S)
    serve(shop, richer(2, 6))
    curve = shop.effect.curve(LOCAL, PROJECT)
    assert (curve.version, curve.metric, curve.rows) == (1, "rmse", 62)
    before, changed, after = curve.points
    assert [point.rows for point in curve.points] == [20, 20, 20]
    assert before.value == before.without < 2
    assert changed.value == changed.without == pytest.approx(100, abs=2)
    assert after.value < 2 < 98 < after.without
    assert (after.at - before.at).days == 14
    assert len(shop.serving.predictions(PROJECT, 1_000)) == 69


def test_without_another_version_there_is_no_curve_and_that_is_said(shop):
    assert shop.effect.curve(LOCAL, PROJECT).version is None
    serve(shop, customers(20, seed=1))
    curve = shop.effect.curve(LOCAL, PROJECT)
    assert (curve.version, curve.points, curve.note) == (1, (), "every labelled answer was given by the same version")
