"""Who needs which blob: gathered from the store, from MLflow's tags, and from the manifests of models."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from core.errors import BlobCorrupt, BlobNotFound
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.integrity import BlobUse
from core.records.model import Alias
from core.records.training import Run

HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
OF_DATA = "dataset_sha256"
"""Names the data a model was made of; it does not keep them: the dataset version does."""

PREFIX = "pilothouse."
RUN_TAGS = {
    "bundle_sha256": ("bundle", "the manifest"),
    "model_sha256": ("model", "the model file"),
    "split_sha256": ("rows", "the hashes of the rows"),
    "holdout_sha256": ("rows", "the answers to the held-out rows"),
}
Uses = dict[str, list[BlobUse]]


def names(store: Store, tracking: Tracking, blobs: BlobStore, since: datetime) -> set[str]:
    """Return every blob that something still needs; jobs that ended before ``since`` need nothing.

    Raises:
        TrackingUnavailable: MLflow cannot be asked.
        BlobNotFound, BlobCorrupt: a manifest cannot be read, so that nobody knows what it needs.
    """
    with store.read() as work:
        projects = [project.name for project in work.projects.all()]
        found = work.blobs.references(since)
    bundles = {bundle for project in projects for bundle in _bundles(store, tracking, project)}
    for project in projects:
        for run in tracking.all_runs(project):
            found.update(*(_hashes(value) for tag, value in run.tags.items() if not tag.endswith(OF_DATA)))
    for bundle in bundles:
        found |= {bundle} | _hashes(json.dumps(_without_data(json.loads(blobs.read(bundle)))))
    return found


def uses(store: Store, tracking: Tracking, blobs: BlobStore) -> Uses:
    """Return what each blob is needed for, in words; what an unreadable manifest needs is left out.

    Raises:
        TrackingUnavailable: MLflow cannot be asked.
    """
    found: Uses = defaultdict(list)
    for sha256, use in _all(store, tracking, blobs):
        if use not in found[sha256]:
            found[sha256].append(use)
    return dict(found)


def data_uses(work: UnitOfWork, project: str) -> Iterator[tuple[str, BlobUse]]:
    """Yield the blobs of a project's dataset versions and differences."""
    for version in work.datasets.find(project):
        ref = str(version.ref)
        yield version.sha256, _use(project, "original", ref, f"the original file of {ref}")
        yield version.parquet_sha256, _use(project, "table", ref, f"the typed table of {ref}")
    for item in work.differences.find(project, 1_000_000):
        subject = f"{item.before} {item.after}"
        what = f"the rows that differ between {item.before} and {item.after}"
        yield item.rows_sha256, _use(project, "difference", subject, what)


def _all(store: Store, tracking: Tracking, blobs: BlobStore) -> Iterator[tuple[str, BlobUse]]:
    with store.read() as work:
        projects = [project.name for project in work.projects.all()]
        recipes = [state for recipe in work.recipes.offered() for state in work.recipes.history(recipe.name)]
        data = [pair for project in projects for pair in data_uses(work, project)]
    yield from data
    for recipe in recipes:
        yield recipe.sha256, _use(None, "recipe", recipe.key, f"the code of {recipe.key}")
    for project in projects:
        for run in tracking.all_runs(project):
            yield from _of_run(run)
        for bundle, subject in _bundles(store, tracking, project).items():
            yield bundle, _use(project, "bundle", subject, f"the manifest of {subject}")
            yield from _of_manifest(blobs, project, bundle, subject)


def _of_run(run: Run) -> Iterator[tuple[str, BlobUse]]:
    subject = f"version {run.version}" if run.version else f"run {run.run_id[:8]}"
    for tag, (kind, what) in RUN_TAGS.items():
        sha256 = run.tags.get(PREFIX + tag)
        if sha256:
            yield sha256, _use(run.project, kind, subject, f"{what} of {subject}")


def _of_manifest(blobs: BlobStore, project: str, bundle: str, subject: str) -> Iterator[tuple[str, BlobUse]]:
    try:
        manifest = json.loads(blobs.read(bundle))
    except (BlobNotFound, BlobCorrupt):
        return  # named by whoever checks the bundle itself
    yield manifest["model_sha256"], _use(project, "model", subject, f"the model file of {subject}")
    compiled = (manifest.get("compiled") or {}).get("sha256")
    if compiled:
        yield compiled, _use(project, "compiled", subject, f"the compiled form of {subject}")


def _bundles(store: Store, tracking: Tracking, project: str) -> dict[str, str]:
    """Return the manifests of a project's versions, those that once served among them, and whose they are."""
    with store.read() as work:
        served = [deployment for alias in Alias for deployment in work.deployments.history(project, alias)]
    found = {deployment.bundle_sha256: f"version {deployment.version}" for deployment in served}
    found |= {version.bundle_sha256: f"version {version.version}" for version in tracking.versions(project)}
    for run in tracking.all_runs(project):
        if run.bundle_sha256:
            found.setdefault(run.bundle_sha256, f"run {run.run_id[:8]}")
    return {bundle: subject for bundle, subject in found.items() if bundle}


def _without_data(manifest: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in manifest.items() if name != OF_DATA}


def _hashes(text: str) -> set[str]:
    return set(HASH.findall(text))


def _use(project: str | None, kind: str, subject: str, what: str) -> BlobUse:
    return BlobUse(project=project, kind=kind, subject=subject, what=what)
