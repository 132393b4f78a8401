"""The API with a model that really hangs, dies, or does not start: others answer on, and it comes back."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from core.serving.apart import Apart
from core.serving.slots import Slots
from core.settings import Settings
from tests.bundles import RECORD, stored
from tests.core.serving.served import Client, House, Reply, house, serving

PREDICT = "/projects/churn/predict"
SLOW = "/projects/slow/predict"
PLACES = 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Project slow is answered by scikit-learn in a process of its own, churn by its compiled form."""
    made = house(Settings(home=Path(tmp_path_factory.mktemp("home")), api_timeout=3, api_queue=PLACES))
    packed = stored(made.blobs)
    manifest = packed.manifest.model_copy(update={"compiled": None})
    for name, sha256 in {
        "churn": packed.sha256,
        "slow": made.blobs.put_bytes(manifest.model_dump_json().encode()),
    }.items():
        made.add_project(name)
        made.promote(1, sha256, name)
    return made


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> "list[Apart]":
    """The processes of the models, as they are made."""
    seen: list[Apart] = []
    load = Slots._load

    def noted(slots: Slots, deployment: object) -> object:
        predictor = load(slots, deployment)
        if isinstance(predictor.backend, Apart):
            seen.append(predictor.backend)
        return predictor

    monkeypatch.setattr(Slots, "_load", noted)
    return seen


def ask(port: int, replies: list[Reply]) -> threading.Thread:
    def run() -> None:
        client = Client(port)
        replies.append(client.post(SLOW, RECORD))
        client.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_hanging_model_keeps_nobody_else_waiting_and_is_replaced(made: House, process: list[Apart]) -> None:
    with serving(made) as client:
        assert client.post(SLOW, RECORD).document["prediction"] == "Yes"
        [apart] = process
        before = apart.pid
        os.kill(before, signal.SIGSTOP)
        replies: list[Reply] = []
        threads = [ask(client.port, replies) for _ in range(PLACES)]
        while f'pilothouse_requests_inside{{project="slow"}} {PLACES}.0' not in client.get("/metrics").body.decode():
            assert not replies
        refused = client.post(SLOW, RECORD)
        assert refused.status == 503
        assert (refused.error["code"], refused.headers["retry-after"]) == ("overloaded", "1")
        for _ in range(20):
            assert client.post(PREDICT, RECORD).status == 200
        for thread in threads:
            thread.join()
        assert {reply.status for reply in replies} == {504}
        assert {reply.error["code"] for reply in replies} == {"answer_too_slow"}
        assert answered_again(client)
        assert apart.pid != before


def test_a_model_whose_process_dies_says_so_and_comes_back(made: House, process: list[Apart]) -> None:
    with serving(made) as client:
        assert client.post(SLOW, RECORD).status == 200
        [apart] = process
        before = apart.pid
        os.kill(before, signal.SIGKILL)
        reply = client.post(SLOW, RECORD)
        assert (reply.status, reply.error["code"]) == (503, "model_stopped")
        assert reply.headers["retry-after"] == "1"
        assert answered_again(client)
        assert apart.pid != before


def answered_again(client: Client) -> bool:
    for _ in range(600):
        if client.post(SLOW, RECORD).status == 200:
            return True
        time.sleep(0.05)
    return False
