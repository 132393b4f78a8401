import os
import signal
import time
from collections.abc import Iterator

import psutil
import pytest

from core.serving.apart import Apart
from core.serving.predictor import Predictor
from core.serving.slots import Slots
from core.serving_errors import AnswerTooSlow, ModelNotLoaded, ModelStopped
from storage.memory import MemoryBlobs
from tests.bundles import RECORD, stored
from tests.core.serving.test_slots import House


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    packed = stored(MemoryBlobs())
    made = Apart(packed.manifest, packed.model, 3, seconds=5.0)
    yield made
    made.close()


def test_it_answers_as_the_pipeline_in_this_process_does(apart: Apart) -> None:
    blobs = MemoryBlobs()
    manifest = stored(blobs).manifest.model_copy(update={"compiled": None})
    here = Predictor.load(blobs, blobs.put_bytes(manifest.model_dump_json().encode()), 3)
    records = [RECORD, {**RECORD, "tenure": 50}]
    assert apart.answer(records) == here.backend.answer(records)
    assert apart.pid != os.getpid()


def replaced(apart: Apart, before: int | None) -> bool:
    for _ in range(1200):
        if apart.pid not in (None, before):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("rows", [1, 5000])  # a question that fits into the pipe, and one that does not
def test_a_process_that_hangs_is_ended_and_replaced(
    apart: Apart, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    apart.answer([RECORD])
    monkeypatch.setattr(apart, "_seconds", 0.5)
    before = apart.pid
    os.kill(before, signal.SIGSTOP)
    with pytest.raises(AnswerTooSlow, match="within 1 seconds"):
        apart.answer([RECORD] * rows)
    monkeypatch.undo()
    assert replaced(apart, before)
    assert not psutil.pid_exists(before)
    assert apart.answer([RECORD]).predictions == ["Yes"]
    assert "the process of version 3 of churn is replaced" in caplog.text


def test_a_process_that_dies_is_replaced(apart: Apart) -> None:
    apart.answer([RECORD])
    before = apart.pid
    os.kill(before, signal.SIGKILL)
    with pytest.raises(ModelStopped, match="version 3"):
        apart.answer([RECORD])
    assert replaced(apart, before)
    assert apart.answer([RECORD]).predictions == ["Yes"]


def test_a_value_too_extreme_is_refused_and_the_process_stays() -> None:
    packed = stored(MemoryBlobs(), estimator="random_forest", params={"n_estimators": 5})
    apart = Apart(packed.manifest, packed.model, 3, 5.0)
    before = apart.pid
    with pytest.raises(ValueError, match="too large"):
        apart.answer([{**RECORD, "monthly charges": 1e300}])
    assert apart.pid == before
    apart.close()


def test_bytes_that_are_no_model_are_told() -> None:
    with pytest.raises(ModelNotLoaded, match=r"Version 3 of project 'churn' .* not a readable skops file"):
        Apart(stored(MemoryBlobs()).manifest, b"nothing", 3, 5.0)


def test_its_process_goes_with_the_last_reference() -> None:
    packed = stored(MemoryBlobs())
    apart = Apart(packed.manifest, packed.model, 3, 5.0)
    process = psutil.Process(apart.pid)
    del apart
    process.wait(timeout=10)


def test_slots_answer_a_version_without_a_compiled_form_in_a_process_of_its_own() -> None:
    house = House()
    manifest = stored(house.blobs).manifest.model_copy(update={"compiled": None})
    house.promote(1, house.blobs.put_bytes(manifest.model_dump_json().encode()))
    slots: Slots = house.slots
    predictor = slots.need("churn").predictor
    assert isinstance(predictor.backend, Apart)
    assert predictor.answer([RECORD])[0].prediction == "Yes"
    predictor.backend.close()
