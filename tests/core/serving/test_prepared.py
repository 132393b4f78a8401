"""A model with a preparation, served: raw rows through the API are answered exactly as offline."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from core.records.dataset import ColumnKind
from core.records.preparation import Bins, Dates, Derive
from core.records.training import Preprocessing
from core.settings import Settings
from core.training import bundle, trainer
from core.training.answers import probabilities
from core.training.preprocessing import model_frame
from tests.builders import START, dataset_version
from tests.core.serving.served import house, serving
from tests.core.training.steps.recipes import COLUMNS, STEPS, shop, spec

SHORT = (
    Derive(name="per_month", expression="`total charges` / tenure"),
    Dates(columns=("since",), parts=("month",)),
    Bins(columns=("tenure",), count=4, labels=True),
)
ROWS = 1_000


def trained(steps):
    wanted = spec(preprocessing=Preprocessing(steps=steps), estimator="hist_gradient_boosting", params={"max_iter": 20})
    return wanted, trainer.train(shop(2_000), COLUMNS, wanted)


def records(table):
    """Rows of a table as JSON holds them."""
    rows = []
    for row in table[[column.name for column in COLUMNS]].astype(object).to_dict("records"):
        values = {name: None if pd.isna(value) else value for name, value in row.items()}
        moments = {name: v.isoformat() for name, v in values.items() if isinstance(v, dt.datetime)}
        rows.append({**values, **moments})
    return rows


@pytest.mark.parametrize("steps", [SHORT, STEPS], ids=["ratio, month and bins", "every kind of step"])
def test_a_thousand_raw_rows_are_answered_as_offline_alone_and_together(steps, tmp_path):
    wanted, made = trained(steps)
    house_ = house(Settings(home=tmp_path, batch_rows=ROWS))
    house_.add_project()
    packed = bundle.pack(
        house_.blobs, made, spec=wanted, version=dataset_version(), run_id="run", packages={}, now=START
    )
    assert [feature.column for feature in packed.manifest.features] == list(COLUMNS)
    house_.promote(1, packed.sha256)
    new = shop(ROWS, seed=99)
    offline = probabilities(made.fitted.pipeline, model_frame(new, COLUMNS))[:, 1]
    rows = records(new)
    with serving(house_) as client:
        answer = client.post("/projects/churn/predict/batch", {"records": rows}).document
        together = [one["probabilities"]["Yes"] for one in answer["predictions"]]
        alone = [client.post("/projects/churn/predict", row).document["probabilities"]["Yes"] for row in rows[:50]]
        shown = client.get("/projects/churn").document
    assert (np.array(together) == offline).all()
    assert (np.array(alone) == offline[:50]).all()
    assert shown["input_schema"]["properties"]["since"]["format"] == "date-time"


def test_a_moment_that_is_none_is_refused_and_the_manifest_has_an_example(tmp_path):
    wanted, made = trained(SHORT)
    house_ = house(Settings(home=tmp_path))
    house_.add_project()
    packed = bundle.pack(
        house_.blobs, made, spec=wanted, version=dataset_version(), run_id="run", packages={}, now=START
    )
    (since,) = (f for f in packed.manifest.features if f.column.kind is ColumnKind.DATETIME)
    assert dt.datetime.fromisoformat(since.example).year in range(2020, 2026)
    house_.promote(1, packed.sha256)
    row = records(shop(1))[0]
    with serving(house_) as client:
        refused = client.post("/projects/churn/predict", {**row, "since": "yesterday"})
    assert refused.status == 422
    assert "since must be a date and time in ISO 8601" in refused.error["message"]
