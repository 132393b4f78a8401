"""What the scoring API serves right now: one loaded champion a project, followed without a restart."""

import ctypes
import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module

from core.clock import Clock
from core.errors import AppError, ModelNotLoaded, NoChampion, ProjectNotFound
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.model import Alias, Deployment
from core.serving.predictor import Predictor

logger = logging.getLogger(__name__)

POLL_S = 0.2
RETRY_AFTER = timedelta(seconds=5)
"""A version that could not be loaded is tried again this much later."""

LONGEST_PROJECT = 63

_PARTS = ("sklearn.compose", "sklearn.ensemble", "sklearn.impute", "sklearn.linear_model", "sklearn.preprocessing")


@dataclass(frozen=True)
class Slot:
    """A champion and the deployment that made it one."""

    deployment: Deployment
    predictor: Predictor


@dataclass(frozen=True)
class Failure:
    """A champion that could not be loaded; the slot before it keeps serving."""

    deployment: Deployment
    problem: str
    at: datetime


@dataclass(frozen=True)
class Standby:
    """Models that may serve next: the challenger, and the champion before this one. ``seen`` is a deployment's id."""

    seen: int = 0
    challenger: Predictor | None = None
    former: Predictor | None = None


class Slots:
    """Follows the open champion intervals in a thread of its own; readers only ever take a reference.

    A new champion is loaded and verified while the old one serves, then one assignment swaps them. A request keeps
    the slot it took, so no answer mixes two versions, and a replaced model goes when its last request is done.
    """

    def __init__(self, store: Store, blobs: BlobStore, clock: Clock) -> None:
        """Nothing is loaded before :meth:`start` or :meth:`refresh`."""
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._slots: Mapping[str, Slot] = {}
        self._failures: Mapping[str, Failure] = {}
        self._standby: dict[str, Standby] = {}
        self._trouble: str | None = "the first look at the store is still under way"
        self._refreshing = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to follow the store, in the background."""
        self._thread = threading.Thread(target=self._follow, name="slots", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the following; the slots stay as they are."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def all(self) -> Mapping[str, Slot]:
        """Return the slots by project, as they are at this moment."""
        return self._slots

    def failures(self) -> Mapping[str, Failure]:
        """Return by project the champions that could not be loaded."""
        return self._failures

    def trouble(self) -> str | None:
        """Return why the store could not be followed at the last look, or None."""
        return self._trouble

    def need(self, project: str) -> Slot:
        """Return the slot of a project, loading it first when it is not there yet.

        Raises:
            ProjectNotFound: there is no such project.
            NoChampion: nothing serves yet.
            ModelNotLoaded: the champion cannot be loaded.
        """
        slot = self._slots.get(project)
        return slot if slot is not None else self._wait_for(project)

    def _wait_for(self, project: str) -> Slot:
        live = self._champion(project)
        self.refresh()
        slot = self._slots.get(project)
        if slot is None:
            failure = self._failures.get(project)
            problem = failure.problem if failure else self._trouble or "it was taken down at this moment"
            raise ModelNotLoaded(version=live.version, project=project, problem=problem)
        return slot

    def _champion(self, project: str) -> Deployment:
        if len(project) > LONGEST_PROJECT or not project.isprintable():
            raise ProjectNotFound(name=project[:LONGEST_PROJECT])
        with self._store.read() as work:
            work.projects.get(project)
            live = work.deployments.current(project, Alias.CHAMPION)
        if live is None:
            raise NoChampion(project=project)
        return live

    def _follow(self) -> None:
        _import_libraries()
        while True:
            self.refresh()
            if self._stopped.wait(POLL_S):
                return

    def refresh(self) -> None:
        """Look at the store once: load new champions, drop those that are gone; failures are kept, not raised."""
        with self._refreshing:
            try:
                with self._store.read() as work:
                    live = {deployment.project: deployment for deployment in work.deployments.live()}
                    challengers = work.deployments.live(Alias.CHALLENGER)
            except Exception as error:
                if self._trouble != _told(error):
                    logger.exception("the store cannot be followed; what is loaded keeps serving")
                self._trouble = _told(error)
                return
            self._trouble = None
            self._drop(live)
            for deployment in live.values():
                self._update(deployment)
            self._prepare(challengers)

    def _prepare(self, challengers: list[Deployment]) -> None:
        """Load challengers before anybody promotes them, one a look, so that a promotion only swaps a reference."""
        wanted = {deployment.project: deployment for deployment in challengers}
        self._standby = {
            project: self._standby.get(project, Standby()) for project in wanted.keys() | self._slots.keys()
        }
        for project, deployment in wanted.items():
            standby = self._standby[project]
            if standby.seen != deployment.id:
                self._standby[project] = replace(standby, seen=deployment.id, challenger=self._load_early(deployment))
                return

    def _load_early(self, deployment: Deployment) -> Predictor | None:
        try:
            return Predictor.load(self._blobs, deployment.bundle_sha256, deployment.version)
        except Exception:
            logger.exception("version %s of %s cannot be made ready", deployment.version, deployment.project)
            return None

    def _drop(self, live: Mapping[str, Deployment]) -> None:
        if self._slots.keys() - live.keys():
            self._slots = {project: slot for project, slot in self._slots.items() if project in live}
        if self._failures.keys() - live.keys():
            self._failures = {project: failure for project, failure in self._failures.items() if project in live}

    def _update(self, deployment: Deployment) -> None:
        project = deployment.project
        slot = self._slots.get(project)
        if (slot is not None and slot.deployment.id == deployment.id) or self._is_too_early(deployment):
            return
        try:
            predictor = self._predictor(slot, deployment)
        except Exception as error:
            logger.exception("version %s of %s cannot be loaded", deployment.version, project)
            failure = Failure(deployment, _told(error), self._clock.now())
            self._failures = {**self._failures, project: failure}
            return
        if slot is not None:
            self._standby[project] = replace(self._standby.get(project, Standby()), former=slot.predictor)
        self._slots = {**self._slots, project: Slot(deployment, predictor)}
        self._failures = {name: failure for name, failure in self._failures.items() if name != project}
        logger.info("version %s of %s serves", deployment.version, project)
        _give_back_memory()

    def _is_too_early(self, deployment: Deployment) -> bool:
        failure = self._failures.get(deployment.project)
        if failure is None or failure.deployment.id != deployment.id:
            return False
        return self._clock.now() - failure.at < RETRY_AFTER

    def _predictor(self, slot: Slot | None, deployment: Deployment) -> Predictor:
        if slot is not None and _same_model(slot.deployment, deployment):
            return slot.predictor
        standby = self._standby.get(deployment.project, Standby())
        for ready in (standby.challenger, standby.former):
            if ready is not None and (ready.bundle_sha256, ready.version) == _identity(deployment):
                return ready
        return Predictor.load(self._blobs, deployment.bundle_sha256, deployment.version)


def _same_model(first: Deployment, second: Deployment) -> bool:
    return _identity(first) == _identity(second)


def _identity(deployment: Deployment) -> tuple[str, int]:
    return deployment.bundle_sha256, deployment.version


def _told(error: Exception) -> str:
    """Return what may be shown of an error: our own sentences, of others only the kind."""
    return error.message if isinstance(error, AppError) else f"unexpected {type(error).__name__}; the log has it"


def _import_libraries() -> None:
    """Import what loading a model needs, so that the first promotion does not wait for it."""
    for name in ("core.training.bundle", "skops.io", *_PARTS):
        import_module(name)


def _give_back_memory() -> None:
    """Hand what a model's bytes took while they were read back to the system; glibc keeps it otherwise."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
