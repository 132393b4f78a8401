import pytest

from tests.bundles import FEATURES, RECORD
from tests.core.serving.served import Client, House

INVOCATIONS = "/projects/churn/invocations"
NAMES = [column.name for column in FEATURES]
ROWS = [RECORD, {"tenure": 50, "monthly charges": None, "plan": "gold"}]
LISTS = [[row[name] for name in NAMES] for row in ROWS]
COLUMNS = {name: [row[name] for row in ROWS] for name in NAMES}


@pytest.mark.parametrize(
    "document",
    [
        {"dataframe_split": {"columns": NAMES, "data": LISTS}},
        {"dataframe_split": {"index": [0, 1], "columns": NAMES[::-1], "data": [row[::-1] for row in LISTS]}},
        {"dataframe_records": ROWS},
        {"dataframe_records": ROWS, "params": {"unused": 1}},
        {"instances": ROWS},
        {"instances": LISTS},
        {"inputs": COLUMNS},
        {"inputs": ROWS},
        {"inputs": LISTS},
    ],
)
def test_each_form_of_mlflows_json_is_answered_in_order(client: Client, document: object) -> None:
    reply = client.post(INVOCATIONS, document)
    assert (reply.status, reply.document) == (200, {"predictions": ["Yes", "No"]})


def test_csv_is_answered_each_cell_read_as_its_column(client: Client) -> None:
    table = "plan,tenure,monthly charges\r\nbasic,3,70.5\r\ngold,50,\r\n"
    reply = client.raw(INVOCATIONS, ("\ufeff" + table).encode(), content_type="text/csv; charset=utf-8")
    assert (reply.status, reply.document) == (200, {"predictions": ["Yes", "No"]})


def test_numbers_are_answered_as_numbers_and_everything_is_logged(client: Client, served: House) -> None:
    before = served.log.count("bikes")
    reply = client.post("/projects/bikes/invocations", {"dataframe_records": ROWS})
    assert reply.document["predictions"] == [one.prediction for one in served.log.read("bikes")[before:]]
    assert all(isinstance(number, float) for number in reply.document["predictions"])


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, ""),
        ([], ""),
        ({"dataframe_records": ROWS, "instances": ROWS}, ""),
        ({"nonsense": ROWS}, ""),
        ({"dataframe_split": []}, "dataframe_split"),
        ({"dataframe_split": {"columns": NAMES, "data": [1]}}, "dataframe_split"),
        ({"dataframe_split": {"columns": NAMES, "data": [[1]]}}, "dataframe_split.data[0]"),
        ({"dataframe_records": 3}, "dataframe_records"),
        ({"dataframe_records": ["text"]}, "records[0]"),
        ({"instances": [[1]]}, "instances[0]"),
        ({"inputs": {"tenure": [1], "plan": []}}, "inputs"),
        ({"inputs": {"tenure": 1}}, "records[0].monthly charges"),
        ({"dataframe_records": [{**RECORD, "tenure": "3"}]}, "records[0].tenure"),
    ],
)
def test_what_has_no_such_form_is_refused_by_name(client: Client, document: object, field: str) -> None:
    reply = client.post(INVOCATIONS, document)
    assert (reply.status, reply.error["code"]) == (422, "invalid_request")
    assert reply.error["details"][0]["field"] == field


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b'a"b\n"x', b"tenure\n1,2\n", b"tenure,plan\nmany,basic\n"])
def test_what_is_no_csv_for_the_model_is_refused(client: Client, body: bytes) -> None:
    assert client.raw(INVOCATIONS, body, content_type="text/csv").status == 422


def test_too_many_rows_and_other_media_are_refused(client: Client) -> None:
    assert client.post(INVOCATIONS, {"instances": [RECORD] * 101}).status == 413
    table = b"tenure,monthly charges,plan\n" + b"3,1,basic\n" * 101
    assert client.raw(INVOCATIONS, table, content_type="text/csv").status == 413
    assert client.raw(INVOCATIONS, b"x", content_type="text/plain").status == 415
    assert client.raw("/projects/churn/predict", table, content_type="text/csv").status == 415
