"""What a model must pass before it may serve: its bytes, its types, and its answers to known rows.

A model is proved right after its training, and the store remembers the proof; what changes later are bytes, which each
read checks, and the surroundings (:func:`core.training.environment.answering`), which void the proof.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.clock import Clock
from core.errors import BundleMismatch
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.model import ModelManifest
from core.training import environment
from core.training.answers import answers_of
from core.training.known_rows import require_parity
from core.training.manifests import read_manifest

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from core.training.bundle import Packed
    from core.training.compiled.engine import Model


@dataclass(frozen=True)
class VerifiedModel:
    """A model that answered its probe rows as it did at training."""

    manifest: ModelManifest
    pipeline: "Pipeline"


def load_verified(blobs: BlobStore, bundle_sha256: str, subject: str) -> VerifiedModel:
    """Load a bundle: hashes checked, only trusted types, probe rows answered as recorded.

    The probe also warms the model up: code that runs first on the first answer has run. ``subject`` names the model in
    messages.

    Raises:
        BlobNotFound: bytes are missing.
        BlobCorrupt: bytes were altered.
        UnsafeModel: the file holds more than the types a model needs.
        BundleMismatch: the bundle has no probe rows.
        ParityFailed: the answers differ from those recorded at training.
    """
    from core.training import bundle
    from core.training.tables import answer

    manifest = read_manifest(blobs, bundle_sha256)
    if not manifest.probe:
        raise BundleMismatch(subject=subject, problem="the bundle has no probe rows")
    pipeline = bundle.load_pipeline(blobs, manifest)
    require_parity(manifest, answer(manifest, pipeline, [row.features for row in manifest.probe]), subject)
    return VerifiedModel(manifest, pipeline)


def load_compiled(blobs: BlobStore, manifest: ModelManifest, subject: str) -> "Model | None":
    """Load the compiled form of a bundle, verified and warm like :func:`load_verified`; None when it has none.

    Raises:
        BlobNotFound: bytes are missing.
        BlobCorrupt: bytes were altered.
        UnsafeModel: the bytes are no compiled model.
        BundleMismatch: the bundle has no probe rows.
        ParityFailed: the answers differ from those recorded at training.
    """
    from core.training.compiled import engine

    if manifest.compiled is None or manifest.compiled.sha256 is None:
        return None
    if not manifest.probe:
        raise BundleMismatch(subject=subject, problem="the bundle has no probe rows")
    model = engine.load(blobs.read(manifest.compiled.sha256))
    _require_compiled_parity(manifest, model, subject)
    return model


def _require_compiled_parity(manifest: ModelManifest, model: "Model", subject: str) -> None:
    from core.training.compiled import engine

    records = [row.features for row in manifest.probe]
    require_parity(manifest, answers_of(manifest, engine.answer(model, records)), subject)
    require_parity(manifest, answers_of(manifest, [model.one(record) for record in records]), subject)


def prove(store: Store, blobs: BlobStore, clock: Clock, bundle_sha256: str, subject: str) -> ModelManifest:
    """Verify a bundle, remember that it passed, and return its manifest; errors are those of :func:`load_verified`."""
    manifest = load_verified(blobs, bundle_sha256, subject).manifest
    load_compiled(blobs, manifest, subject)
    _remember(store, clock, bundle_sha256)
    return manifest


def prove_packed(
    store: Store, blobs: BlobStore, clock: Clock, packed: "Packed", pipeline: "Pipeline", subject: str
) -> None:
    """Verify a bundle that was just packed, and remember that it passed.

    ``pipeline`` and the compiled form were both loaded from the bytes in the store, which are not read a second time
    but for the hash of the compiled ones. Errors are those of :func:`load_verified`.
    """
    from core.training.tables import answer

    manifest = packed.manifest
    if not manifest.probe:
        raise BundleMismatch(subject=subject, problem="the bundle has no probe rows")
    require_parity(manifest, answer(manifest, pipeline, [row.features for row in manifest.probe]), subject)
    if packed.compiled is not None and manifest.compiled is not None and manifest.compiled.sha256:
        blobs.path(manifest.compiled.sha256)
        _require_compiled_parity(manifest, packed.compiled, subject)
    _remember(store, clock, packed.sha256)


def _remember(store: Store, clock: Clock, bundle_sha256: str) -> None:
    with store.write() as work:
        work.deployments.prove(bundle_sha256, environment.answering(), clock.now())
        work.commit()


def proven(store: Store, blobs: BlobStore, clock: Clock, bundle_sha256: str, subject: str) -> ModelManifest:
    """Return the manifest of a bundle that passed, now or before; its bytes are checked each time.

    Errors are those of :func:`load_verified`.
    """
    with store.read() as work:
        is_proven = work.deployments.is_proven(bundle_sha256, environment.answering())
    if not is_proven:
        return prove(store, blobs, clock, bundle_sha256, subject)
    manifest = read_manifest(blobs, bundle_sha256)
    for sha256 in (manifest.model_sha256, manifest.compiled and manifest.compiled.sha256):
        if sha256:
            blobs.path(sha256)
    return manifest
