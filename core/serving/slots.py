"""What the scoring API serves right now: one loaded champion a project, followed without a restart."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from importlib import import_module
from typing import Protocol

from core.clock import Clock
from core.errors import AppError, NoChampion, ProjectNotFound
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.model import Alias, Deployment
from core.records.traffic import Traffic
from core.serving import memory
from core.serving.candidates import Candidates
from core.serving.predictor import Predictor
from core.serving.routing import Arm
from core.serving_errors import ModelNotLoaded

logger = logging.getLogger(__name__)

POLL_S = 0.1
ANEW_S = 1.0
"""How long a store that did not change is not read again; what could not be loaded is looked at this often, too."""

RETRY_AFTER = timedelta(seconds=5)
"""A version that could not be loaded is tried again this much later."""

LOADERS = 4
"""Versions loaded at once: one that is slow to load does not keep another project from its own."""

LOAD_S = 60.0
"""How long a request, or the first look, waits for versions that are being loaded."""

NOT_LOOKED = "the first look at the store is still under way"

LONGEST_PROJECT = 63


@dataclass(frozen=True)
class Slot:
    """A champion and the deployment that made it one."""

    deployment: Deployment
    predictor: Predictor

    @cached_property
    def arm(self) -> Arm:
        """The champion as what answers."""
        return Arm(self.deployment.project, self.predictor)


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


class FaultWatch(Protocol):
    """Hears of versions that should answer and cannot be loaded; neither call raises."""

    def champion(self, deployment: Deployment, problem: str) -> None:
        """Hear of a champion."""
        ...

    def candidate(self, traffic: Traffic, problem: str) -> None:
        """Hear of a candidate."""
        ...


class Slots:
    """Follows the open champion intervals in a thread of its own; readers only ever take a reference.

    A new champion is loaded and verified while the old one serves, then one assignment swaps them. A request keeps
    the slot it took, so no answer mixes two versions, and a replaced model goes when its last request is done.
    Projects are loaded beside each other.
    """

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        clock: Clock,
        answer_s: float = 10.0,
        beside: Callable[[], None] = lambda: None,
        watch: FaultWatch | None = None,
        settled: Callable[[], None] = lambda: None,
    ) -> None:
        """Nothing is loaded before :meth:`start` or :meth:`refresh`; a model's process may take ``answer_s``.

        ``beside`` is called at each look at the store, ``settled`` once all that served at the start is loaded.
        """
        self._settled = settled
        self.candidates = Candidates(RETRY_AFTER)
        self._watch = watch
        self._beside = beside
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._answer_s = answer_s
        self._slots: Mapping[str, Slot] = {}
        self._failures: Mapping[str, Failure] = {}
        self._standby: dict[str, Standby] = {}
        self._trouble: str | None = NOT_LOOKED
        self._revision: int | None = None
        self._anew_at = 0.0
        self._looking = threading.Lock()
        self._changing = threading.RLock()
        self._wanted: Mapping[str, Deployment] = {}
        self._loading: dict[tuple[str, int], Future[None]] = {}
        self._loaders = ThreadPoolExecutor(LOADERS, thread_name_prefix="load a model")
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
        self._loaders.shutdown(wait=False, cancel_futures=True)

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
        self._look()
        loading = self._loading.get((project, live.id))
        if loading is not None:
            wait([loading], LOAD_S)
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
        """Follow until the end; what ends it before is what the process is not ready for."""
        try:
            self._keep_following()
        except Exception as error:
            logger.exception("the store is not followed any more; what is loaded keeps serving")
            self._trouble = f"what follows the store ended ({_told(error)}): restart the scoring API"

    def _keep_following(self) -> None:
        _import_libraries()
        while not self._stopped.is_set() and self._trouble == NOT_LOOKED:
            self.refresh()
        self._settled()
        while not self._stopped.wait(POLL_S):
            self._look(anew=False)

    def refresh(self) -> None:
        """Look at the store once and wait until what it asks for is loaded; failures are kept, not raised."""
        if self._look():
            wait(list(self._loading.values()), LOAD_S)
            self._trouble = None

    def _look(self, *, anew: bool = True) -> bool:
        """Drop what is gone and begin to load what is new; tell whether the store could be read.

        Unless it must look ``anew``, a store that did not change since the last look is left alone for a while.
        """
        with self._looking:
            try:
                revision, now = self._store.revision(), time.monotonic()
                if not anew and revision == self._revision and now < self._anew_at:
                    return True
                with self._store.read() as work:
                    live = {deployment.project: deployment for deployment in work.deployments.live()}
                    challengers = work.deployments.live(Alias.CHALLENGER)
                    traffic = work.traffic.live()
            except Exception as error:
                if self._trouble != _told(error):
                    logger.exception("the store cannot be followed; what is loaded keeps serving")
                self._trouble, self._revision = _told(error), None
                return False
            self._revision, self._anew_at = revision, now + ANEW_S
            if self._trouble != NOT_LOOKED:
                self._trouble = None
            self._beside()
            self._drop(live)
            self._loading = {key: loading for key, loading in self._loading.items() if not loading.done()}
            for deployment in live.values():
                self._begin(deployment)
            self._prepare(challengers)
            self._follow_traffic(traffic)
            return True

    def _begin(self, deployment: Deployment) -> None:
        """Have a new champion loaded, unless it is there, being loaded, or failed a moment ago."""
        slot = self._slots.get(deployment.project)
        if (slot is not None and slot.deployment.id == deployment.id) or self._is_too_early(deployment):
            return
        key = (deployment.project, deployment.id)
        if key not in self._loading and not self._stopped.is_set():
            self._loading[key] = self._loaders.submit(self._update, deployment)

    def _prepare(self, challengers: list[Deployment]) -> None:
        """Load challengers before anybody promotes them, so that a promotion only swaps a reference."""
        wanted = {deployment.project: deployment for deployment in challengers}
        with self._changing:
            self._standby = {
                project: self._standby.get(project, Standby()) for project in wanted.keys() | self._slots.keys()
            }
            for project, deployment in wanted.items():
                key = (project, deployment.id)
                if self._standby[project].seen != deployment.id and key not in self._loading:
                    self._loading[key] = self._loaders.submit(self._load_early, deployment)

    def _load_early(self, deployment: Deployment) -> None:
        predictor: Predictor | None = None
        try:
            predictor = self._load(deployment)
        except Exception:
            logger.exception("version %s of %s cannot be made ready", deployment.version, deployment.project)
        with self._changing:
            standby = self._standby.get(deployment.project, Standby())
            self._standby[deployment.project] = replace(standby, seen=deployment.id, challenger=predictor)
        memory.give_back()

    def _follow_traffic(self, live: list[Traffic]) -> None:
        for traffic in self.candidates.follow(live, self._clock.now()):
            key = (traffic.project, -traffic.id)
            if key not in self._loading and not self._stopped.is_set():
                self._loading[key] = self._loaders.submit(self._bring, traffic)

    def _bring(self, traffic: Traffic) -> None:
        try:
            predictor = self._predictor(self._slots.get(traffic.project), traffic)
        except Exception as error:
            logger.exception("version %s of %s cannot take part", traffic.version, traffic.project)
            self.candidates.failed(traffic, self._clock.now())
            if self._watch is not None:
                self._watch.candidate(traffic, _told(error))
            return
        self.candidates.ready(traffic, predictor)
        logger.info("version %s of %s takes part: %s", traffic.version, traffic.project, traffic.mode)
        memory.give_back()

    def _drop(self, live: Mapping[str, Deployment]) -> None:
        with self._changing:
            self._wanted = live
            if self._slots.keys() - live.keys():
                self._slots = {project: slot for project, slot in self._slots.items() if project in live}
            if self._failures.keys() - live.keys():
                self._failures = {name: failure for name, failure in self._failures.items() if name in live}

    def _update(self, deployment: Deployment) -> None:
        project = deployment.project
        try:
            predictor = self._predictor(self._slots.get(project), deployment)
        except Exception as error:
            logger.exception("version %s of %s cannot be loaded", deployment.version, project)
            failure = Failure(deployment, _told(error), self._clock.now())
            with self._changing:
                if not self._is_wanted(deployment):
                    return
                self._failures = {**self._failures, project: failure}
            if self._watch is not None:
                self._watch.champion(deployment, failure.problem)
            return
        with self._changing:
            if not self._is_wanted(deployment):
                return
            slot = self._slots.get(project)
            if slot is not None:
                self._standby[project] = replace(self._standby.get(project, Standby()), former=slot.predictor)
            self._slots = {**self._slots, project: Slot(deployment, predictor)}
            self._failures = {name: failure for name, failure in self._failures.items() if name != project}
        logger.info("version %s of %s serves", deployment.version, project)
        memory.give_back()

    def _is_wanted(self, deployment: Deployment) -> bool:
        """Whether the store has not moved on while this was loaded."""
        wanted = self._wanted.get(deployment.project)
        return wanted is not None and wanted.id == deployment.id

    def _is_too_early(self, deployment: Deployment) -> bool:
        failure = self._failures.get(deployment.project)
        if failure is None or failure.deployment.id != deployment.id:
            return False
        return self._clock.now() - failure.at < RETRY_AFTER

    def _predictor(self, slot: Slot | None, deployment: Deployment | Traffic) -> Predictor:
        if slot is not None and _identity(slot.deployment) == _identity(deployment):
            return slot.predictor
        standby = self._standby.get(deployment.project, Standby())
        candidate = self.candidates.get(deployment.project)
        for ready in (standby.challenger, standby.former, None if candidate is None else candidate.arm.predictor):
            if ready is not None and (ready.bundle_sha256, ready.version) == _identity(deployment):
                return ready
        return self._load(deployment)

    def _load(self, deployment: Deployment | Traffic) -> Predictor:
        return Predictor.load(self._blobs, deployment.bundle_sha256, deployment.version, apart_s=self._answer_s)


def _identity(deployment: Deployment | Traffic) -> tuple[str, int]:
    return deployment.bundle_sha256, deployment.version


def _told(error: Exception) -> str:
    """Return what may be shown of an error: our own sentences, a library that is missing, of others only the kind."""
    if isinstance(error, ImportError):
        return f"the library {error.name or 'it needs'} cannot be loaded; install the requirements again"
    return error.message if isinstance(error, AppError) else f"unexpected {type(error).__name__}; the log has it"


def _import_libraries() -> None:
    """Import what loading a compiled model needs, so that the first promotion does not wait for it."""
    for name in ("core.training.compiled.engine", "onnxruntime"):
        try:
            import_module(name)
        except ImportError:
            logger.exception("%s cannot be loaded; versions that need it will not be", name)
