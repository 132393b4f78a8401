"""Requests divided between the champion and a candidate, over HTTP."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidRequest
from core.records.traffic import ServingTally, Traffic, TrafficEnd, TrafficMode
from core.serving.predictor import Predictor
from core.settings import Settings
from tests.bundles import RECORD, spec, stored
from tests.core.serving.served import Client, House, house, serving

PREDICT = "/projects/churn/predict"
BATCH = "/projects/churn/predict/batch"
INFER = "/v2/models/churn/infer"


def until(reached: Callable[[], Any]) -> None:
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = house(Settings(home=tmp_path_factory.mktemp("home")))
    made.add_project()
    made.promote(1, stored(made.blobs).sha256)
    return made


@pytest.fixture(scope="module")
def client(made: House) -> Iterator[Client]:
    with serving(made) as client:
        until(lambda: client.get("/projects/churn").status == 200)
        yield client


@pytest.fixture(autouse=True)
def undivided(made: House, client: Client) -> Iterator[None]:
    yield
    made.alone()
    until(lambda: client.get("/projects/churn").document["candidate"] is None)


def divide(made: House, client: Client, mode: TrafficMode = TrafficMode.CANARY, **more: Any) -> Traffic:
    opened = made.beside(2, more.pop("sha256", None) or stored(made.blobs, flipped=True).sha256, mode, **more)
    until(lambda: (client.get("/projects/churn").document["candidate"] or {}).get("share") == opened.share)
    return opened


def ask(client: Client, given: str | None = None, record: dict[str, Any] = RECORD, **headers: str) -> tuple[int, str]:
    reply = client.post(PREDICT, record if given is None else {**record, "prediction_id": given}, **headers)
    assert reply.status == 200, reply.body
    return reply.document["model_version"], reply.document["prediction"]


def tallied(made: House, cohort: str) -> ServingTally:
    with made.store.read() as work:
        found = [one for one in work.tallies.find("churn", made.clock.now().replace(year=2000)) if one.cohort == cohort]
    return found[-1]


def test_each_prediction_id_has_its_version_and_a_growing_share_keeps_whom_it_has(made: House, client: Client) -> None:
    ids = [f"customer-{number}" for number in range(200)]
    divide(made, client, share=0.2)
    few = {given for given in ids if ask(client, given)[0] == 2}
    assert few == {given for given in ids if ask(client, given) == (2, "No")}
    assert 20 <= len(few) <= 60
    divide(made, client, share=0.5)
    more = {given for given in ids if ask(client, given)[0] == 2}
    assert few < more
    assert 75 <= len(more) <= 125
    logged = {one.prediction_id: (one.version, one.cohort) for one in made.log.read("churn", limit=200)}
    assert logged == {given: (2, "canary") if given in more else (1, "champion") for given in ids}
    assert client.get("/projects/churn").document["traffic"] == {"champion": 0.5, "canary": 0.5}


def test_a_header_decides_before_the_prediction_id(made: House, client: Client) -> None:
    divide(made, client, TrafficMode.AB, share=0.5, sticky="x-customer")
    by_customer = {name: {ask(client, x_customer=name)[0] for _ in range(3)} for name in "abcdefghijkl"}
    assert all(len(versions) == 1 for versions in by_customer.values())
    assert set.union(*by_customer.values()) == {1, 2}
    assert {one.cohort for one in made.log.read("churn", limit=36)} == {"champion", "ab"}


def test_all_rows_of_a_batch_get_one_version_and_each_protocol_names_it(made: House, client: Client) -> None:
    divide(made, client, share=1.0)
    batch = client.post(BATCH, {"records": [RECORD] * 3}).document["predictions"]
    assert [(one["model_version"], one["prediction"]) for one in batch] == [(2, "No")] * 3
    assert client.post("/projects/churn/invocations", {"dataframe_records": [RECORD]}).document == {
        "predictions": ["No"]
    }
    tensors = [
        {"name": name, "shape": [1], "datatype": kind, "data": [RECORD[name]]}
        for name, kind in (("tenure", "INT64"), ("monthly charges", "FP64"), ("plan", "BYTES"))
    ]
    reply = client.post(INFER, {"inputs": tensors}).document
    assert (reply["model_version"], reply["outputs"][0]["data"]) == ("2", ["No"])
    pinned = client.post("/v2/models/churn/versions/1/infer", {"inputs": tensors}).document
    assert (pinned["model_version"], pinned["outputs"][0]["data"]) == ("1", ["Yes"])


def test_what_a_candidate_cannot_answer_the_champion_does_and_it_is_counted(
    made: House, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    divide(made, client, share=1.0)
    real = Predictor.compute

    def compute(self: Predictor, *args: Any, **more: Any) -> Any:
        if self.version == 2:
            raise ZeroDivisionError
        return real(self, *args, **more)

    before = tallied(made, "canary").failed if _has_tally(made, "canary") else 0
    with monkeypatch.context() as patch:
        patch.setattr(Predictor, "compute", compute)
        assert ask(client) == (1, "Yes")
        assert client.post(BATCH, {"records": [RECORD]}).document["predictions"][0]["model_version"] == 1
    until(lambda: _has_tally(made, "canary") and tallied(made, "canary").failed == before + 2)
    assert client.post(PREDICT, {**RECORD, "tenure": "x"}).status == 422
    assert 'pilothouse_candidate_failures_total{cohort="canary",model_version="2",project="churn"} 2.0' in (
        client.get("/metrics").body.decode()
    )


def _has_tally(made: House, cohort: str) -> bool:
    with made.store.read() as work:
        return any(one.cohort == cohort for one in work.tallies.find("churn", made.clock.now().replace(year=2000)))


def test_inputs_of_either_version_may_be_sent_for_both(made: House, client: Client) -> None:
    narrow = stored(made.blobs, flipped=True, features=("tenure",)).sha256
    divide(made, client, share=1.0, sha256=narrow)
    assert ask(client) == (2, "No")
    assert spec(features=("tenure",)).features == ("tenure",)
    made.alone()
    until(lambda: client.get("/projects/churn").document["candidate"] is None)
    assert client.post(PREDICT, {**RECORD, "age": 3}).status == 422


def test_a_shadow_computes_beside_the_champion_and_nobody_gets_its_answer(made: House, client: Client) -> None:
    divide(made, client, TrafficMode.SHADOW, share=1.0)
    served = made.log.count("churn")
    assert ask(client, "mirrored") == (1, "Yes")
    client.post(BATCH, {"records": [RECORD] * 70})
    until(lambda: made.shadows.count("churn") == 71)
    assert made.log.count("churn") == served + 71
    shadow = made.shadows.read("churn")[0]
    assert (shadow.prediction_id, shadow.version, shadow.prediction, shadow.cohort) == ("mirrored", 2, "No", "shadow")
    assert client.get("/projects/churn").document["traffic"] == {"champion": 1.0}
    until(lambda: _has_tally(made, "shadow") and tallied(made, "shadow").rows == 71)


def test_a_candidate_that_cannot_be_loaded_is_out_and_the_champion_answers(made: House, client: Client) -> None:
    made.beside(2, "f" * 64)

    def ended() -> bool:
        with made.store.read() as work:
            return work.traffic.history("churn")[0].end is TrafficEnd.ROLLED_BACK

    until(ended)
    assert ask(client) == (1, "Yes")


def test_a_request_at_fault_is_told_so_whoever_would_have_answered(made: House, client: Client) -> None:
    divide(made, client, share=1.0)
    refused = client.post(PREDICT, {"tenure": 3})
    assert refused.status == 422
    assert "monthly charges is missing" in refused.error["message"]
    assert InvalidRequest.status == 422


def test_a_minute_is_tallied_by_version_and_cohort(made: House, client: Client, tmp_path: Path) -> None:
    ask(client)
    client.post(PREDICT, {})
    until(lambda: _has_tally(made, "champion") and tallied(made, "champion").refused >= 1)
    tally = tallied(made, "champion")
    assert tally.version == 1
    assert sum(tally.buckets) == tally.requests - tally.refused - tally.failed > 0
    assert tally.rows >= tally.requests - tally.refused
    assert 0 < tally.seconds < 60
