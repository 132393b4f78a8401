import math

import pytest

from core.errors import BlobCorrupt, BlobNotFound, BundleMismatch, ParityFailed, UnsafeModel
from core.records.model import ModelManifest
from core.training import environment, verification
from core.training.answers import Answers
from core.training.known_rows import largest_difference
from core.training.verification import load_compiled, load_verified
from storage.memory import MemoryBlobs, MemoryStore
from tests.builders import FakeClock
from tests.bundles import REGRESSION, stored


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


def restored(blobs: MemoryBlobs, manifest: ModelManifest) -> str:
    return blobs.put_bytes(manifest.model_dump_json().encode())


@pytest.mark.parametrize("changes", [{}, REGRESSION], ids=["binary", "regression"])
def test_a_sound_bundle_is_loaded(blobs: MemoryBlobs, changes: dict[str, object]) -> None:
    packed = stored(blobs, **changes)
    assert load_verified(blobs, packed.sha256, "Version 1").manifest == packed.manifest


def test_model_bytes_that_were_altered_are_not_loaded(blobs: MemoryBlobs) -> None:
    packed = stored(blobs)
    blobs.overwrite(packed.manifest.model_sha256, packed.model[:-1] + b"x")
    with pytest.raises(BlobCorrupt):
        load_verified(blobs, packed.sha256, "Version 1")


def test_missing_model_bytes_are_named(blobs: MemoryBlobs) -> None:
    packed = stored(blobs)
    blobs.delete(packed.manifest.model_sha256)
    with pytest.raises(BlobNotFound):
        load_verified(blobs, packed.sha256, "Version 1")


def test_a_model_that_is_no_skops_file_is_refused(blobs: MemoryBlobs) -> None:
    packed = stored(blobs)
    evil = packed.manifest.model_copy(update={"model_sha256": blobs.put_bytes(b"\x80\x04N.")})
    with pytest.raises(UnsafeModel):
        load_verified(blobs, restored(blobs, evil), "Version 1")


def test_a_bundle_without_probe_rows_is_refused(blobs: MemoryBlobs) -> None:
    bare = stored(blobs).manifest.model_copy(update={"probe": ()})
    with pytest.raises(BundleMismatch, match="no probe rows"):
        load_verified(blobs, restored(blobs, bare), "Version 1")


def test_another_model_behind_the_same_manifest_fails_the_probe(blobs: MemoryBlobs) -> None:
    first, other = stored(blobs), stored(blobs, flipped=True)
    swapped = first.manifest.model_copy(update={"model_sha256": other.manifest.model_sha256})
    with pytest.raises(ParityFailed, match="Version 7 was not put into service"):
        load_verified(blobs, restored(blobs, swapped), "Version 7")


def test_a_score_that_is_a_little_off_fails_the_probe(blobs: MemoryBlobs) -> None:
    manifest = stored(blobs).manifest
    row = manifest.probe[0]
    scores = (row.scores[0] + 1e-6, *row.scores[1:])
    altered = manifest.model_copy(update={"probe": (row.model_copy(update={"scores": scores}), *manifest.probe[1:])})
    with pytest.raises(ParityFailed):
        load_verified(blobs, restored(blobs, altered), "Version 1")


def test_a_number_that_is_a_little_off_fails_the_probe(blobs: MemoryBlobs) -> None:
    manifest = stored(blobs, **REGRESSION).manifest
    row = manifest.probe[0]
    wrong = row.model_copy(update={"prediction": float(row.prediction) * (1 + 1e-6) + 1e-6})
    altered = manifest.model_copy(update={"probe": (wrong, *manifest.probe[1:])})
    with pytest.raises(ParityFailed):
        load_verified(blobs, restored(blobs, altered), "Version 1")


def test_an_answer_that_is_no_number_is_infinitely_far(blobs: MemoryBlobs) -> None:
    probe = stored(blobs, **REGRESSION).manifest.probe
    assert largest_difference(probe, Answers([math.nan] * len(probe), None)) == math.inf


def test_scores_of_another_number_of_classes_are_infinitely_far(blobs: MemoryBlobs) -> None:
    probe = stored(blobs).manifest.probe
    answers = Answers([row.prediction for row in probe], [[0.0] * 3] * len(probe))
    assert largest_difference(probe, answers) == math.inf


def test_a_compiled_form_of_another_model_fails_the_probe(blobs: MemoryBlobs) -> None:
    first, other = stored(blobs), stored(blobs, flipped=True)
    swapped = first.manifest.model_copy(update={"compiled": other.manifest.compiled})
    with pytest.raises(ParityFailed, match="Version 7 was not put into service"):
        load_compiled(blobs, swapped, "Version 7")


def test_a_proof_covers_the_compiled_form_and_its_bytes(blobs: MemoryBlobs) -> None:
    packed, store, clock = stored(blobs), MemoryStore(), FakeClock()
    compiled = packed.manifest.compiled
    assert compiled is not None
    assert verification.proven(store, blobs, clock, packed.sha256, "Version 1") == packed.manifest
    blobs.overwrite(compiled.sha256, b"altered")
    with pytest.raises(BlobCorrupt):
        verification.proven(store, blobs, clock, packed.sha256, "Version 1")


def test_a_proof_is_remembered_and_its_bytes_are_checked_still(
    blobs: MemoryBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed, store, clock = stored(blobs), MemoryStore(), FakeClock()
    loads: list[str] = []
    real = verification.load_verified
    monkeypatch.setattr(verification, "load_verified", lambda b, sha, who: loads.append(who) or real(b, sha, who))
    for _ in range(2):
        assert verification.proven(store, blobs, clock, packed.sha256, "Version 1") == packed.manifest
    assert loads == ["Version 1"]
    blobs.overwrite(packed.manifest.model_sha256, packed.model[:-1] + b"x")
    with pytest.raises(BlobCorrupt):
        verification.proven(store, blobs, clock, packed.sha256, "Version 1")


def test_a_proof_in_other_surroundings_does_not_count(blobs: MemoryBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    packed, store, clock = stored(blobs), MemoryStore(), FakeClock()
    verification.prove(store, blobs, clock, packed.sha256, "Version 1")
    monkeypatch.setattr(environment, "answering", lambda: "python==4.0.0")
    with store.read() as work:
        assert not work.deployments.is_proven(packed.sha256, environment.answering())


def test_a_model_that_fails_its_probe_is_not_remembered(blobs: MemoryBlobs) -> None:
    first, other, store = stored(blobs), stored(blobs, flipped=True), MemoryStore()
    swapped = restored(blobs, first.manifest.model_copy(update={"model_sha256": other.manifest.model_sha256}))
    with pytest.raises(ParityFailed):
        verification.proven(store, blobs, FakeClock(), swapped, "Version 1")
    with store.read() as work:
        assert not work.deployments.is_proven(swapped, environment.answering())
