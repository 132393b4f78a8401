"""What other programs send: MLflow's own client, gzip, keys given twice, the examples of our description."""

import gzip
import json
from collections.abc import Iterator

import httpx
import pandas as pd
import pytest
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from open_inference.openapi.client import OpenInferenceClient
from open_inference.openapi.core.api_error import ApiError
from open_inference.openapi.types import InferenceRequest, RequestInput, TensorData

from tests.bundles import RECORD, customers
from tests.core.serving.served import Client

PREDICT = "/projects/churn/predict"
BATCH = "/projects/churn/predict/batch"


def test_the_description_of_a_project_has_its_inputs_and_an_example_that_is_answered(client: Client) -> None:
    document = client.get("/openapi.json").document
    for project in ("churn", "bikes"):
        for path in ("predict", "predict/batch"):
            body = document["paths"][f"/projects/{project}/{path}"]["post"]["requestBody"]["content"]
            reply = client.post(f"/projects/{project}/{path}", body["application/json"]["example"])
            assert reply.status == 200, reply.body
    record = document["components"]["schemas"]["churn_record"]
    assert set(record["properties"]) == {*RECORD, "prediction_id"}
    assert record["required"] == list(RECORD)
    assert record["properties"]["tenure"]["description"] == "in training between 1 and 59"


@pytest.mark.parametrize("rows", [1, 40])
def test_mlflows_own_client_gets_its_answers(client: Client, rows: int) -> None:
    mlflow = ScoringServerClient("127.0.0.1", client.port)
    mlflow.url_prefix += "/projects/churn"
    frame = customers()[list(RECORD)].head(rows)
    found = mlflow.invoke(frame.where(frame.notna(), None)).get_predictions()
    assert isinstance(found, pd.DataFrame)
    assert len(found) == rows
    assert set(found[0]) <= {"Yes", "No"}


def test_a_gzip_body_is_unpacked(client: Client) -> None:
    packed = gzip.compress(json.dumps(RECORD).encode())
    reply = client.raw(PREDICT, packed, content_encoding="gzip")
    assert (reply.status, reply.document["prediction"]) == (200, "Yes")


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (b"no gzip", "gzip", 422),
        (gzip.compress(json.dumps(RECORD).encode())[:-9], "gzip", 422),
        (gzip.compress(json.dumps(RECORD).encode()) + b"more", "gzip", 422),
        (gzip.compress(b" " * (17 * 1024 * 1024)), "gzip", 413),
        (json.dumps(RECORD).encode(), "br", 415),
        (json.dumps(RECORD).encode(), "identity", 200),
    ],
    ids=["none", "cut off", "more behind", "a bomb", "another coding", "plain"],
)
def test_what_is_no_gzip_or_too_much_is_told(client: Client, body: bytes, coding: str, status: int) -> None:
    assert client.raw(PREDICT, body, content_encoding=coding).status == status


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        (PREDICT, json.dumps(RECORD).replace('"tenure": 3', '"tenure": 3, "tenure": 9'), "tenure"),
        (PREDICT, json.dumps(RECORD).replace('"tenure": 3', '"tenure" :3, "tenure": NaN'), "tenure"),
        (BATCH, json.dumps({"records": [RECORD]}).replace('"tenure": 3', '"tenure": 3, "tenure": 3'), "tenure"),
        (BATCH, '{"records": [], "records": []}', "records"),
    ],
)
def test_a_key_given_twice_is_named(client: Client, path: str, body: str, key: str) -> None:
    reply = client.raw(path, body.encode())
    assert reply.status == 422
    assert reply.error["details"] == [{"field": key, "problem": "is given twice"}]


def test_colons_in_values_are_no_keys(client: Client) -> None:
    assert client.post(PREDICT, {**RECORD, "plan": "a:b:c", "prediction_id": "x:y"}).status == 200


@pytest.mark.parametrize("name", ["a/b", "a%2Fb", "..", "%00", "churn%20", "Churn"])
def test_a_project_of_an_impossible_name_is_not_found(client: Client, name: str) -> None:
    reply = client.post(f"/projects/{name}/predict", RECORD)
    assert reply.status == 404, reply.body
    assert reply.error["message"]


def test_a_hundred_thousand_rows_are_refused_at_once(client: Client) -> None:
    body = b'{"records": [' + b",".join([json.dumps(RECORD).encode()] * 100_000) + b"]}"
    reply = client.raw(BATCH, body)
    assert (reply.status, reply.error["code"]) == (413, "too_many_rows")


@pytest.mark.parametrize("key", ["inputs", "instances", "dataframe_split", "dataframe_records"])
def test_each_form_of_mlflows_protocol_gets_the_same_answers(client: Client, key: str) -> None:
    frame = customers()[list(RECORD)].head(3)
    rows = json.loads(frame.to_json(orient="records"))
    forms = {
        "inputs": {name: [row[name] for row in rows] for name in RECORD},
        "instances": rows,
        "dataframe_split": json.loads(frame.to_json(orient="split")),
        "dataframe_records": rows,
    }
    forms["dataframe_split"].pop("index")
    wanted = [answer["prediction"] for answer in client.post(BATCH, {"records": rows}).document["predictions"]]
    reply = client.post("/projects/churn/invocations", {key: forms[key]})
    assert (reply.status, reply.document) == (200, {"predictions": wanted})


@pytest.fixture
def asked(client: Client) -> Iterator[OpenInferenceClient]:
    with httpx.Client() as connection:
        yield OpenInferenceClient(base_url=f"http://127.0.0.1:{client.port}", httpx_client=connection)


def test_a_client_of_the_open_inference_protocol_gets_its_answers(client: Client, asked: OpenInferenceClient) -> None:
    asked.check_server_liveness()
    asked.check_server_readiness()
    asked.check_model_readiness("churn")
    asked.check_model_version_readiness("churn", "3")
    described = asked.read_model_metadata("churn")
    assert [one.name for one in described.inputs] == list(RECORD)
    assert (described.versions, asked.read_server_metadata().name) == (["3"], "pilothouse")
    inputs = [
        RequestInput(name=one.name, datatype=one.datatype, shape=[2], data=TensorData.parse_obj([RECORD[one.name]] * 2))
        for one in described.inputs
    ]
    answered = asked.model_infer("churn", request=InferenceRequest(id="mine", inputs=inputs))
    prediction, shares = answered.outputs
    wanted = client.post(PREDICT, RECORD).document
    assert (answered.id, answered.model_version) == ("mine", "3")
    assert prediction.data.__root__ == [wanted["prediction"]] * 2
    assert (shares.shape, shares.data.__root__) == ([2, 2], [*wanted["probabilities"].values()] * 2)
    with pytest.raises(ApiError) as refused:
        asked.model_infer("churn", request=InferenceRequest(inputs=inputs[:1]))
    assert refused.value.status_code == 422
