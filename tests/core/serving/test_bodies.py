from typing import Any

import pytest

from core.errors import InvalidRequest
from core.serving import bodies
from core.serving_errors import TooManyRows


def test_ordinary_json_is_read() -> None:
    assert bodies.parse(b'{"a": 1, "b": [null, "\xc3\xa4"]}') == {"a": 1, "b": [None, "ä"]}


def test_nan_is_let_through_so_that_its_field_can_be_named() -> None:
    assert str(bodies.parse(b'{"a": NaN, "b": -Infinity}')) == "{'a': nan, 'b': -inf}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1}{',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"9" * 5000 + b', "b": NaN}',
        b"[" * 10_000 + b"]" * 10_000,
        b"[" * 100_000 + b"NaN" + b"]" * 100_000,
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\ud800", "b": NaN}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match="the body is not valid JSON"):
        bodies.parse(body)


def test_the_prediction_id_is_taken_out_of_the_record() -> None:
    assert bodies.one({"a": 1, "prediction_id": "p1"}, ["a"]) == ({"a": 1}, "p1")
    assert bodies.one({"a": 1, "prediction_id": None}, ["a"]) == ({"a": 1}, None)
    assert bodies.one({"a": 1}, ["a"]) == ({"a": 1}, None)


def test_an_input_called_prediction_id_stays_an_input() -> None:
    assert bodies.one({"prediction_id": 7}, ["prediction_id"]) == ({"prediction_id": 7}, None)


@pytest.mark.parametrize("given", [5, True, "", "x" * 201, ["p"], {}, "a\nb", "\ud800"])
def test_an_unusable_prediction_id_is_refused(given: Any) -> None:
    with pytest.raises(InvalidRequest, match="prediction_id must be text of 1 to 200 printable characters"):
        bodies.one({"a": 1, "prediction_id": given}, ["a"])


@pytest.mark.parametrize("document", [None, [], "x", 5])
def test_a_body_that_is_no_object_is_refused(document: Any) -> None:
    with pytest.raises(InvalidRequest, match="must be a JSON object"):
        bodies.one(document, ["a"])


def test_a_batch_is_split_into_records_and_ids() -> None:
    document = {"records": [{"a": 1, "prediction_id": "p1"}, {"a": 2}]}
    assert bodies.many(document, ["a"], 10) == ([{"a": 1}, {"a": 2}], ["p1", None])


@pytest.mark.parametrize("document", [None, [], {}, {"records": {}}, {"records": None}, {"record": []}])
def test_a_batch_of_another_shape_is_refused(document: Any) -> None:
    with pytest.raises(InvalidRequest, match="records is missing"):
        bodies.many(document, ["a"], 10)


def test_an_unknown_key_beside_the_records_is_named() -> None:
    with pytest.raises(InvalidRequest, match="version is not known here"):
        bodies.many({"records": [], "version": 2}, ["a"], 10)


def test_a_prediction_id_given_twice_is_refused() -> None:
    rows = [{"a": 1, "prediction_id": "p"}, {"a": 1, "prediction_id": "p"}]
    with pytest.raises(InvalidRequest) as caught:
        bodies.many({"records": rows}, ["a"], 10)
    assert [field for field, _ in caught.value.details] == ["records[1].prediction_id"]


def test_more_rows_than_allowed_are_refused() -> None:
    with pytest.raises(TooManyRows, match="has 3 rows; at most 2"):
        bodies.many({"records": [{}, {}, {}]}, ["a"], 2)
