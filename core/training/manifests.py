"""Manifests of models at rest, read without any of the libraries a model itself needs."""

from core.ports.blobs import BlobStore
from core.records.model import ModelManifest


def read_manifest(blobs: BlobStore, bundle_sha256: str) -> ModelManifest:
    """Return the manifest stored under ``bundle_sha256``.

    Raises:
        BlobNotFound: it is not in the store.
        BlobCorrupt: its bytes are not those that were stored.
    """
    return ModelManifest.model_validate_json(blobs.read(bundle_sha256))
