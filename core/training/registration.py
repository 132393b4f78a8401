"""From a run to a model version: the one way a version comes to be."""

from collections.abc import Callable

from core import audit
from core.clock import Clock
from core.errors import RunHasNoModel
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.base import JsonObject
from core.records.model import Alias, ModelVersion
from core.records.training import Run

ACTION = "version.register"
EVENTS_LOOKED_AT = 1000

TAGS = (
    "bundle_sha256",
    "model_sha256",
    "dataset",
    "dataset_sha256",
    "estimator",
    "job_id",
    "contract",
    "contract_override",
)
"""Tags (after the prefix ``pilothouse.``) that a version takes over from its run."""


def register(
    store: Store,
    tracking: Tracking,
    clock: Clock,
    actor_name: str,
    project: str,
    run_id: str,
    job_id: str | None,
    fence: Callable[[UnitOfWork], None] = lambda _: None,
    origin: JsonObject | None = None,
) -> ModelVersion:
    """Make a model version of a run and its challenger, unless it is the champion; asking again changes nothing more.

    ``fence`` may refuse by raising, and nobody can take the job over between its word and the version: both happen
    in one write transaction. ``origin`` is told in the audit trail.

    Raises:
        RunNotFound: the project has no such run.
        RunHasNoModel: the run holds no model that Pilothouse can serve.
    """
    run = tracking.run(project, run_id)
    if run.bundle_sha256 is None:
        raise RunHasNoModel(run_id=run_id, problem=_why_not(run))
    with store.write() as work:
        fence(work)
        version = tracking.register(project, run_id, _tags(run, job_id))
        if not version.aliases:
            tracking.set_alias(project, Alias.CHALLENGER, version.version)
            _open_interval(work, version, actor_name, clock)
        if not _is_recorded(work, project, version):
            details = {"run_id": run_id, "job_id": job_id, "bundle_sha256": version.bundle_sha256, **(origin or {})}
            audit.record(work, clock.now(), actor_name, ACTION, project, _subject(version), details)
        work.commit()
    return tracking.version(project, version.version)


def _open_interval(work: UnitOfWork, version: ModelVersion, actor_name: str, clock: Clock) -> None:
    """Let the store know of the challenger, so that the scoring API can have it ready before it is promoted."""
    current = work.deployments.current(version.project, Alias.CHALLENGER)
    if current is None or current.version != version.version:
        work.deployments.open(
            version.project,
            Alias.CHALLENGER,
            version.version,
            version.run_id,
            version.bundle_sha256,
            actor_name,
            "registered",
            clock.now() if current is None else max(clock.now(), current.since),
        )


def _why_not(run: Run) -> str:
    if run.spec is None:
        return f"another program logged it. Adopt it first (`pilothouse run adopt {run.run_id}`)."
    return f"it ended as {run.status.value} before its model was stored."


def _tags(run: Run, job_id: str | None) -> dict[str, str]:
    found = {f"pilothouse.{name}": run.tags.get(f"pilothouse.{name}") for name in TAGS}
    found["pilothouse.job_id"] = job_id or found["pilothouse.job_id"]
    return {name: value for name, value in found.items() if value}


def _subject(version: ModelVersion) -> str:
    return f"version {version.version}"


def _is_recorded(work: UnitOfWork, project: str, version: ModelVersion) -> bool:
    events = work.events.find(project, EVENTS_LOOKED_AT)
    return any(event.action == ACTION and event.subject == _subject(version) for event in events)
