"""A table with every kind of column, and a recipe in which every kind of step has its place."""

from typing import Any

import numpy as np
import pandas as pd

from core.records.dataset import Column, ColumnKind
from core.records.preparation import (
    Bins,
    Cast,
    Dates,
    Derive,
    Drop,
    Encode,
    Encoding,
    Fill,
    GroupRare,
    Impute,
    Rename,
    Scale,
    Scaling,
)
from core.records.training import Preprocessing, TrainingSpec
from core.training import trainer
from core.training.trainer import Learned
from tests.builders import training_spec

COLUMNS = (
    Column(name="tenure", kind=ColumnKind.INTEGER, nullable=False),
    Column(name="total charges", kind=ColumnKind.NUMBER, nullable=True),
    Column(name="visits", kind=ColumnKind.TEXT, nullable=True),
    Column(name="contract", kind=ColumnKind.TEXT, nullable=True),
    Column(name="city", kind=ColumnKind.TEXT, nullable=True),
    Column(name="country", kind=ColumnKind.TEXT, nullable=False),
    Column(name="size", kind=ColumnKind.TEXT, nullable=False),
    Column(name="senior", kind=ColumnKind.BOOLEAN, nullable=True),
    Column(name="since", kind=ColumnKind.DATETIME, nullable=True),
)

STEPS = (
    Rename(names={"total charges": "charges"}),
    Cast(columns=("visits",), to=ColumnKind.NUMBER),
    Derive(name="per_month", expression="charges / tenure"),
    Dates(columns=("since",)),
    Impute(columns=("charges",), fill=Fill.MEAN, indicator=True),
    Impute(columns=("contract",), fill=Fill.CONSTANT, value="none"),
    Bins(columns=("tenure",), count=4, labels=True, keep=True),
    Bins(columns=("per_month",), method="edges", edges=(1.0, 5.0)),
    GroupRare(columns=("city",), least_share=0.1),
    Encode(columns=("size",), method=Encoding.ORDINAL, order=("S", "M", "L")),
    Encode(columns=("country",), method=Encoding.FREQUENCY),
    Encode(columns=("city",), method=Encoding.TARGET),
    Encode(columns=("contract",), method=Encoding.ONE_HOT, max_categories=3),
    Scale(columns=("charges",), method=Scaling.ROBUST),
    Scale(columns=("visits",), method=Scaling.QUANTILE),
    Scale(columns=("since_year",), method=Scaling.LOG),
    Drop(columns=("senior",)),
)


def shop(rows: int = 400, seed: int = 5) -> pd.DataFrame:
    """Customers as they come from a dataset version, some values missing; the target is `left`."""
    draw = np.random.default_rng(seed)
    tenure = draw.integers(0, 72, rows)
    charges = draw.gamma(2, 300, rows).round(2)
    charges[::13] = np.nan
    since = np.datetime64("2020-01-01T08:30", "us") + (draw.integers(0, 2_000, rows) * 86_400_000_000).astype(
        "timedelta64[us]"
    )
    since[::29] = np.datetime64("NaT")
    contract = draw.choice(["monthly", "yearly", "two years"], rows).astype(object)
    contract[::17] = None
    city = draw.choice(["Bern", "Basel", "Genf", "Chur", "Zug"], rows, p=[0.4, 0.3, 0.2, 0.06, 0.04]).astype(object)
    city[::31] = None
    senior = draw.choice([True, False], rows).astype(object)
    senior[::19] = None
    risk = charges / np.maximum(tenure, 1) / 20 + (contract == "monthly") + (city == "Bern") + draw.normal(0, 0.5, rows)
    return pd.DataFrame(
        {
            "tenure": tenure,
            "total charges": charges,
            "visits": [str(n) if n else "none yet" for n in draw.integers(0, 9, rows)],
            "contract": contract,
            "city": city,
            "country": draw.choice(["CH", "LI"], rows).astype(object),
            "size": draw.choice(["S", "M", "L", "XL"], rows).astype(object),
            "senior": senior,
            "since": since,
            "left": np.where(np.nan_to_num(risk) > 1.5, "Yes", "No"),
            "spend": np.nan_to_num(risk) * 10,
        }
    )


def spec(**changes: Any) -> TrainingSpec:
    given = {"target": "left", "features": tuple(column.name for column in COLUMNS)}
    return training_spec(**{**given, "preprocessing": Preprocessing(steps=STEPS), **changes})


def learned(**changes: Any) -> Learned:
    """A model that learned with every kind of step."""
    return trainer.learn(shop(), COLUMNS, spec(**changes))
