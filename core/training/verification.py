"""What a model must pass before it may serve: its bytes, its types, and its answers to known rows.

A model is proved when it is judged, which follows its registration, or at the latest when it is to serve. The store
remembers the proof; what changes later are bytes, which each read checks, and the surroundings
(:func:`core.training.environment.answering`), which void the proof.
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

    from core.training.compiled.engine import Model


@dataclass(frozen=True)
class VerifiedModel:
    """A model that answered its probe rows as it did at training."""

    manifest: ModelManifest
    pipeline: "Pipeline"


@dataclass(frozen=True)
class ProvenModel(VerifiedModel):
    """Such a model with its compiled form, where it has one, that answered them as well."""

    compiled: "Model | None"


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


def prove(store: Store, blobs: BlobStore, clock: Clock, bundle_sha256: str, subject: str) -> ProvenModel:
    """Verify a bundle and its compiled form, and remember that they passed; errors are those of
    :func:`load_verified`."""
    verified = load_verified(blobs, bundle_sha256, subject)
    compiled = load_compiled(blobs, verified.manifest, subject)
    with store.write() as work:
        work.deployments.prove(bundle_sha256, environment.answering(), clock.now())
        work.commit()
    return ProvenModel(verified.manifest, verified.pipeline, compiled)


def proven(store: Store, blobs: BlobStore, clock: Clock, bundle_sha256: str, subject: str) -> ModelManifest:
    """Return the manifest of a bundle that passed, now or before; its bytes are checked each time.

    Errors are those of :func:`load_verified`.
    """
    with store.read() as work:
        is_proven = work.deployments.is_proven(bundle_sha256, environment.answering())
    if not is_proven:
        return prove(store, blobs, clock, bundle_sha256, subject).manifest
    manifest = read_manifest(blobs, bundle_sha256)
    for sha256 in (manifest.model_sha256, manifest.compiled and manifest.compiled.sha256):
        if sha256:
            blobs.path(sha256)
    return manifest
