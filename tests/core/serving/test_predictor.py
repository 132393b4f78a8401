import threading
import warnings

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidRequest
from core.records.prediction import Answer
from core.serving import predictor as module
from core.serving.backends import Fitted
from core.serving.predictor import Predictor, PredictorCache, confidence
from storage.memory import MemoryBlobs
from tests.bundles import RECORD, REGRESSION, stored


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


def loaded(blobs: MemoryBlobs, version: int = 1, **changes: object) -> Predictor:
    return Predictor.load(blobs, stored(blobs, **changes).sha256, version)


def test_an_answer_tells_class_probabilities_version_and_hash(blobs: MemoryBlobs) -> None:
    predictor = loaded(blobs, 4)
    [answer] = predictor.answer([RECORD], ["p1"])
    assert (answer.prediction_id, answer.prediction, answer.model_version) == ("p1", "Yes", 4)
    assert answer.model_sha256 == predictor.manifest.model_sha256
    assert answer.probabilities is not None
    assert list(answer.probabilities) == ["No", "Yes"]
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert confidence(predictor.manifest, answer) == answer.probabilities["Yes"]


def test_a_number_is_answered_without_probabilities(blobs: MemoryBlobs) -> None:
    predictor = loaded(blobs, **REGRESSION)
    [answer] = predictor.answer([RECORD])
    assert isinstance(answer.prediction, float)
    assert answer.probabilities is None
    assert confidence(predictor.manifest, answer) is None


def test_a_batch_gives_the_same_answers_as_its_rows_alone(blobs: MemoryBlobs) -> None:
    predictor = loaded(blobs)
    records = [{**RECORD, "tenure": tenure} for tenure in range(0, 60, 5)]
    ids = [f"p{row}" for row in range(len(records))]
    alone = [predictor.answer([record], [given])[0] for record, given in zip(records, ids, strict=True)]
    together = predictor.answer(records, ids)
    assert [answer.prediction for answer in together] == [answer.prediction for answer in alone]
    for one, other in zip(together, alone, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-12)


def test_a_batch_of_several_slices_keeps_the_order_of_its_rows(
    blobs: MemoryBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = loaded(blobs)
    records = [{**RECORD, "tenure": tenure} for tenure in (3, 50, 4, 51, 5)]
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 2)
    assert [answer.prediction for answer in predictor.answer(records)] == ["Yes", "No", "Yes", "No", "Yes"]


def test_a_compiled_version_answers_without_the_fitted_pipeline(blobs: MemoryBlobs) -> None:
    packed = stored(blobs, estimator="random_forest", params={"n_estimators": 5})
    blobs.delete(packed.manifest.model_sha256)
    predictor = Predictor.load(blobs, packed.sha256, 1)
    assert predictor.backend.kind == "compiled"
    assert predictor.answer([RECORD])[0].prediction == "Yes"


def test_a_version_without_a_compiled_form_is_answered_by_scikit_learn(blobs: MemoryBlobs) -> None:
    manifest = stored(blobs).manifest.model_copy(update={"compiled": None})
    predictor = Predictor.load(blobs, blobs.put_bytes(manifest.model_dump_json().encode()), 1)
    assert predictor.backend.kind == "scikit-learn"
    assert predictor.answer([RECORD])[0].prediction == "Yes"


def test_ids_that_are_not_given_are_made_and_differ(blobs: MemoryBlobs) -> None:
    answers = loaded(blobs).answer([RECORD] * 3, [None, "mine", None])
    assert answers[1].prediction_id == "mine"
    assert len({answer.prediction_id for answer in answers}) == 3


def test_nothing_asked_is_nothing_answered(blobs: MemoryBlobs) -> None:
    assert loaded(blobs).answer([]) == []


def test_a_category_never_seen_and_a_null_are_answered(blobs: MemoryBlobs) -> None:
    [answer] = loaded(blobs).answer([{"tenure": 3, "monthly charges": None, "plan": "platinum"}])
    assert answer.prediction in ("Yes", "No")


class Overflowing:
    """A model whose sums run over for the second row."""

    steps = (("model", None),)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return np.where(np.arange(len(frame)) == 1, np.inf, 1.0)


def test_a_row_without_a_finite_answer_is_refused_by_number(blobs: MemoryBlobs) -> None:
    predictor = Predictor(
        stored(blobs, **REGRESSION).manifest, Fitted(stored(blobs, **REGRESSION).manifest, Overflowing()), 1
    )
    with pytest.raises(InvalidRequest, match="too extreme") as caught:
        predictor.answer([RECORD] * 3)
    assert [field for field, _ in caught.value.details] == ["records[1]"]


def test_a_value_the_trees_cannot_hold_is_the_callers_mistake(blobs: MemoryBlobs) -> None:
    predictor = loaded(blobs, estimator="random_forest", params={"n_estimators": 5})
    with pytest.raises(InvalidRequest, match="the model cannot compute an answer"):
        predictor.answer([{**RECORD, "monthly charges": 1e300}])


def test_threads_that_share_a_predictor_get_their_own_answers(blobs: MemoryBlobs) -> None:
    predictor = loaded(blobs)
    expected = {tenure: predictor.answer([{**RECORD, "tenure": tenure}])[0].prediction for tenure in (3, 50)}
    wrong: list[Answer] = []
    before = list(warnings.filters)

    def ask(tenure: int) -> None:
        for _ in range(20):
            answer = predictor.answer([{**RECORD, "tenure": tenure}])[0]
            if answer.prediction != expected[tenure]:
                wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(tenure,)) for tenure in (3, 50, 3, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert expected[3] != expected[50]
    assert wrong == []
    assert warnings.filters == before


def test_the_cache_loads_a_bundle_once_and_forgets_the_one_used_longest_ago(
    blobs: MemoryBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    real = module.load_compiled
    monkeypatch.setattr(module, "load_compiled", lambda b, made, who: loads.append(who) or real(b, made, who))
    cache = PredictorCache(blobs, size=2)
    sha = stored(blobs).sha256
    first = cache.get(sha, 1)
    cache.get(sha, 2)
    assert cache.get(sha, 1) is first
    cache.get(sha, 3)
    cache.get(sha, 1)
    cache.get(sha, 2)
    assert loads == [f"Version {number}" for number in (1, 2, 3, 2)]
