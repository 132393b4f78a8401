import pytest

from tests.bundles import RECORD
from tests.core.serving.served import Client

MODEL = "/v2/models/churn"
TENSORS = [
    {"name": "tenure", "datatype": "INT64", "shape": [2], "data": [3, 50]},
    {"name": "monthly charges", "datatype": "FP64", "shape": [2, 1], "data": [[70.5], [None]]},
    {"name": "plan", "datatype": "BYTES", "shape": [2], "data": ["basic", "gold"]},
]


def test_server_and_model_tell_what_they_are_and_that_they_are_ready(client: Client) -> None:
    assert client.get("/v2").document["name"] == "pilothouse"
    assert client.get("/v2/health/live").document == {"live": True}
    assert client.get("/v2/health/ready").document == {"ready": True}
    told = client.get(MODEL).document
    assert (told["name"], told["versions"]) == ("churn", ["3"])
    assert told["inputs"][0] == {"name": "tenure", "datatype": "INT64", "shape": [-1]}
    assert told["outputs"][1] == {"name": "probabilities", "datatype": "FP64", "shape": [-1, 2]}
    assert client.get(f"{MODEL}/versions/3").document == told
    assert client.get(f"{MODEL}/ready").document == {"name": "churn", "version": "3", "ready": True}


@pytest.mark.parametrize("base", [MODEL, f"{MODEL}/versions/3"])
def test_tensors_are_answered_by_tensors_and_the_id_comes_back(client: Client, base: str) -> None:
    reply = client.post(f"{base}/infer", {"id": "r1", "inputs": TENSORS})
    assert reply.status == 200
    first, shares = reply.document["outputs"]
    assert first == {"name": "prediction", "datatype": "BYTES", "shape": [2], "data": ["Yes", "No"]}
    alone = client.post("/projects/churn/predict", RECORD).document["probabilities"]
    assert (shares["shape"], shares["data"][:2]) == ([2, 2], pytest.approx(list(alone.values()), abs=1e-12))
    assert (reply.document["id"], reply.document["model_version"]) == ("r1", "3")


def test_a_number_is_answered_as_one_tensor(client: Client) -> None:
    reply = client.post("/v2/models/bikes/infer", {"inputs": TENSORS})
    [output] = reply.document["outputs"]
    assert (output["datatype"], output["shape"]) == ("FP64", [2])
    assert "id" not in reply.document


@pytest.mark.parametrize("version", ["2", "x", "9" * 400, "-3"])
def test_a_version_that_is_not_live_is_not_there(client: Client, version: str) -> None:
    for path in ("", "/ready"):
        assert client.get(f"{MODEL}/versions/{version}{path}").status == 404
    assert client.post(f"{MODEL}/versions/{version}/infer", {"inputs": TENSORS}).status == 404


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"inputs": TENSORS, "more": 1},
        {"inputs": ["text"]},
        {"inputs": [*TENSORS, TENSORS[0]]},
        {"inputs": [{**TENSORS[0], "shape": [3]}, *TENSORS[1:]]},
        {"inputs": [{**TENSORS[0], "shape": [1, 2]}, *TENSORS[1:]]},
        {"inputs": [{**TENSORS[0], "shape": []}, *TENSORS[1:]]},
        {"inputs": [{**TENSORS[0], "shape": [1], "data": [3]}, *TENSORS[1:]]},
        {"inputs": [{**TENSORS[0], "data": ["3", "4"]}, *TENSORS[1:]]},
        {"inputs": TENSORS[:2]},
    ],
)
def test_what_are_no_tensors_for_the_model_is_refused(client: Client, document: object) -> None:
    reply = client.post(f"{MODEL}/infer", document)
    assert (reply.status, reply.error["code"]) == (422, "invalid_request")
