import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from core.errors import InvalidRequest
from core.records.dataset import Column, ColumnKind, DatasetRef
from core.records.model import FeatureInput, ModelManifest
from core.records.project import Task
from core.serving.schemas import MOST_PROBLEMS, RequestSchema
from tests.builders import START


def feature(name: str, kind: ColumnKind, nullable: bool = False, **changes: Any) -> FeatureInput:
    return FeatureInput(column=Column(name=name, kind=kind, nullable=nullable), **{"example": None, **changes})


def manifest(*features: FeatureInput) -> ModelManifest:
    return ModelManifest(
        project="churn",
        run_id="r1",
        task=Task.REGRESSION,
        target="y",
        positive=None,
        classes=(),
        threshold=0.5,
        features=features,
        probe=(),
        model_sha256="a" * 64,
        dataset=DatasetRef(name="customers", number=1),
        dataset_sha256="b" * 64,
        estimator="linear",
        packages={},
        created_at=START,
    )


def schema(*features: FeatureInput) -> RequestSchema:
    return RequestSchema(manifest(*features))


def problems(schema: RequestSchema, *records: Any, batch: bool = False) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        schema.check(records, batch=batch)
    return dict(caught.value.details)


NUMBER = feature("age", ColumnKind.NUMBER)
INTEGER = feature("visits", ColumnKind.INTEGER)
TEXT = feature("plan", ColumnKind.TEXT)
FLAG = feature("loyal", ColumnKind.BOOLEAN)
MOMENT = feature("at", ColumnKind.DATETIME)


@pytest.mark.parametrize(
    ("field", "sent", "taken"),
    [
        (NUMBER, 1.5, 1.5),
        (NUMBER, 3, 3.0),
        (INTEGER, 3, 3),
        (INTEGER, 3.0, 3),
        (INTEGER, -(2**63), -(2**63)),
        (TEXT, "", ""),
        (TEXT, "🚲 Größe", "🚲 Größe"),
        (FLAG, False, False),
        (MOMENT, "2026-03-02T10:00:00+01:00", "2026-03-02T09:00:00"),
        (MOMENT, "2026-03-02T09:00:00Z", "2026-03-02T09:00:00"),
        (MOMENT, "2026-03-02", "2026-03-02T00:00:00"),
        (MOMENT, datetime(2026, 3, 2, 9, tzinfo=UTC), "2026-03-02T09:00:00"),
        (MOMENT, datetime(2026, 3, 2, 9), "2026-03-02T09:00:00"),  # noqa: DTZ001
    ],
)
def test_a_fitting_value_is_taken_in_one_spelling(field: FeatureInput, sent: Any, taken: Any) -> None:
    name = field.column.name
    [record] = schema(field).check([{name: sent}])
    assert record == {name: taken}
    assert type(record[name]) is type(taken)


@pytest.mark.parametrize(
    ("field", "sent", "says"),
    [
        (NUMBER, "30", "must be a number, not the text '30'"),
        (NUMBER, True, "must be a number, not true"),
        (NUMBER, None, "may not be null: it had no missing values in training; send a number"),
        (NUMBER, math.nan, "must be a number: NaN and Infinity are not values"),
        (NUMBER, -math.inf, "must be a number: NaN and Infinity are not values"),
        (NUMBER, [1], "must be a number, not a list"),
        (NUMBER, {"x": 1}, "must be a number, not an object"),
        (NUMBER, 10**400, "must be a number of at most 64 bits"),
        (INTEGER, 3.5, "must be a whole number, not the number 3.5"),
        (INTEGER, 2**63, "must be a whole number of at most 64 bits"),
        (INTEGER, 1e300, "must be a whole number, not the number 1e+300"),
        (INTEGER, True, "must be a whole number, not true"),
        (INTEGER, math.inf, "must be a whole number: NaN and Infinity are not values"),
        (TEXT, 5, "must be text, not a number"),
        (TEXT, None, "may not be null: it had no missing values in training; send text"),
        (FLAG, 1, "must be true or false, not a number"),
        (FLAG, "true", "must be true or false, not the text 'true'"),
        (MOMENT, "02.03.2026", "must be a date and time in ISO 8601, such as 2026-03-02T09:00:00Z, not the text"),
        (MOMENT, 1772442000, "must be a date and time in ISO 8601"),
        (MOMENT, datetime.min.replace(tzinfo=timezone(timedelta(hours=9))), "must be a date and time in ISO 8601"),
    ],
)
def test_a_value_of_another_kind_is_refused_in_a_sentence(field: FeatureInput, sent: Any, says: str) -> None:
    told = problems(schema(field), {field.column.name: sent})
    assert list(told) == [field.column.name]
    assert told[field.column.name].startswith(says)


@pytest.mark.parametrize("kind", list(ColumnKind))
def test_null_is_taken_where_training_had_nulls(kind: ColumnKind) -> None:
    assert schema(feature("x", kind, nullable=True)).check([{"x": None}]) == [{"x": None}]


def test_a_wrong_value_of_a_nullable_field_says_that_null_would_do() -> None:
    assert problems(schema(feature("x", ColumnKind.NUMBER, nullable=True)), {"x": "?"}) == {
        "x": "must be a number, not the text '?' (null is allowed)"
    }


def test_all_problems_of_a_record_are_listed() -> None:
    told = problems(schema(NUMBER, INTEGER, TEXT), {"age": "x", "visits": 1.5, "colour": "red"})
    assert told == {
        "age": "must be a number, not the text 'x'",
        "visits": "must be a whole number, not the number 1.5",
        "plan": "is missing",
        "colour": "is not an input of this model; its inputs are age, visits, plan",
    }


def test_the_message_names_three_problems_and_counts_the_rest() -> None:
    with pytest.raises(InvalidRequest, match=r"age is missing; visits is missing; plan is missing; and 2 more$"):
        schema(NUMBER, INTEGER, TEXT, FLAG, MOMENT).check([{}], batch=False)


def test_a_batch_names_the_row_and_stops_after_twenty_problems() -> None:
    rows = [{"age": 1.0}] * 300 + [{"age": "x"}] * 5000
    told = problems(schema(NUMBER), *rows, batch=True)
    assert len(told) == MOST_PROBLEMS
    assert next(iter(told)) == "records[300].age"


@pytest.mark.parametrize("record", [None, 5, "x", [1], [["age", 1]]])
def test_a_record_that_is_no_object_is_refused(record: Any) -> None:
    assert next(iter(problems(schema(NUMBER), record, batch=True))) == "records[0]"


@pytest.mark.parametrize(
    "name", ["", "a b", "model_config", "__init__", "schema", "größe", "a.b", "1", "def", "prediction_id", "</script>"]
)
def test_a_column_of_any_name_can_be_an_input(name: str) -> None:
    made = schema(feature(name, ColumnKind.NUMBER), feature("other", ColumnKind.TEXT))
    assert made.check([{"other": "x", name: 1}]) == [{name: 1.0, "other": "x"}]
    assert name in made.json_schema()["properties"]


def test_checked_records_have_the_order_of_the_model() -> None:
    [record] = schema(NUMBER, TEXT).check([{"plan": "a", "age": 1.0}])
    assert list(record) == ["age", "plan"]


def test_the_json_schema_tells_type_example_range_and_null() -> None:
    made = schema(
        feature("age", ColumnKind.NUMBER, example=30.5, minimum=18, maximum=90),
        feature("plan", ColumnKind.TEXT, nullable=True, example="basic", categories=("basic", "gold")),
    )
    assert made.json_schema() == {
        "type": "object",
        "properties": {
            "age": {"type": "number", "examples": [30.5], "description": "in training between 18 and 90"},
            "plan": {
                "type": ["string", "null"],
                "examples": ["basic"],
                "description": "in training one of basic, gold",
            },
        },
        "required": ["age", "plan"],
        "additionalProperties": False,
    }
    assert made.check([made.example()]) == [{"age": 30.5, "plan": "basic"}]
