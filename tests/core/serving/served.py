"""A scoring API on a free port, in a thread of the test, over a store the test holds."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.access.service import AccessService
from core.clock import Clock, SystemClock
from core.jobs.queue import JobQueue
from core.models import promotion
from core.models.promotion import Candidate
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.unit_of_work import Store
from core.records.model import Alias, Deployment
from core.records.traffic import Guards, Traffic, TrafficEnd, TrafficMode
from core.retraining.rules import RuleService
from core.serving.elsewhere.arrivals import ArrivalService
from core.serving.http import create_app, server
from core.serving.labels import LabelService
from core.serving.service import ServingService
from core.settings import Settings
from storage.memory import MemoryBlobs, MemoryPredictionLog, MemoryStore
from storage.memory.tracking import MemoryTracking
from tests.builders import project


@dataclass(kw_only=True)
class House:
    """What the API needs of a platform, over any stores."""

    settings: Settings
    clock: Clock
    store: Store
    blobs: BlobStore
    log: PredictionLog
    shadows: PredictionLog
    access: AccessService
    serving: ServingService
    labels: LabelService
    rules: RuleService
    arrivals: ArrivalService

    def add_project(self, name: str = "churn", **changes: Any) -> None:
        with self.store.write() as work:
            work.projects.add(project(name=name, **changes))
            work.commit()

    def promote(self, version: int, bundle_sha256: str, name: str = "churn") -> Deployment:
        candidate = Candidate(
            project=name, version=version, run_id="run", bundle_sha256=bundle_sha256, action="model.promote", reason="r"
        )
        with self.store.write() as work:
            seen = promotion.number(work.deployments.current(name, Alias.CHAMPION))
            opened = promotion.switch(work, self.clock.now(), "ann", candidate, seen)
            work.commit()
        return opened

    def beside(
        self, version: int, bundle_sha256: str, mode: TrafficMode = TrafficMode.CANARY, name: str = "churn", **more: Any
    ) -> Traffic:
        """Let a version take part in the traffic, in place of the one that does."""
        fields: dict[str, Any] = {"share": 1.0, "sticky": "", "guards": Guards(), **more}
        with self.store.write() as work:
            work.traffic.close(name, TrafficEnd.CHANGED, "ann", "r", self.clock.now())
            given = Traffic(
                id=0,
                project=name,
                mode=mode,
                version=version,
                run_id="run",
                bundle_sha256=bundle_sha256,
                since=self.clock.now(),
                actor="ann",
                reason="r",
                **fields,
            )
            opened = work.traffic.open(given)
            work.commit()
        return opened

    def alone(self, name: str = "churn") -> None:
        """Let only the champion answer."""
        with self.store.write() as work:
            work.traffic.close(name, TrafficEnd.STOPPED, "ann", "r", self.clock.now())
            work.commit()


def house(
    settings: Settings,
    store: Store | None = None,
    blobs: BlobStore | None = None,
    log: PredictionLog | None = None,
    clock: Clock | None = None,
) -> House:
    """Put a house together; what is not given is in memory."""
    store, blobs, log = store or MemoryStore(), blobs or MemoryBlobs(), log or MemoryPredictionLog()
    clock, shadows = clock or SystemClock(), MemoryPredictionLog()
    return House(
        settings=settings,
        clock=clock,
        store=store,
        blobs=blobs,
        log=log,
        shadows=shadows,
        access=AccessService(store, clock),
        serving=ServingService(store, blobs, log, clock, MemoryTracking(), shadows),
        labels=LabelService(store, blobs, log, clock),
        rules=RuleService(store, blobs, JobQueue(store, clock, settings), clock),
        arrivals=ArrivalService(store, blobs, MemoryTracking(), JobQueue(store, clock, settings), clock),
    )


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        assert set(self.document) == {"error"}, self.body
        assert set(self.document["error"]) == {"code", "message", "details", "request_id"}
        assert self.document["error"]["request_id"] == self.headers["x-request-id"]
        return self.document["error"]


class Client:
    """One connection, kept open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        try:
            self._connection.request(method, path, body, named)
            answer = self._connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()
            raise
        return Reply(answer.status, {name.lower(): text for name, text in answer.getheaders()}, content)

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.send("GET", path, **headers)

    def post(self, path: str, document: object, **headers: str) -> Reply:
        return self.raw(path, json.dumps(document).encode(), **headers)

    def raw(self, path: str, body: bytes, **headers: str) -> Reply:
        return self.send("POST", path, body, **{"content_type": "application/json", **headers})


@contextmanager
def serving(made: House) -> Iterator[Client]:
    """Serve until the block ends; the client is connected to a server that is ready."""
    listener = socket.create_server(("127.0.0.1", 0))
    running = server(create_app(made))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    client = Client(listener.getsockname()[1])
    try:
        while client.get("/readyz").status != http.HTTPStatus.OK:
            assert thread.is_alive()
        yield client
    finally:
        client.close()
        running.should_exit = True
        thread.join()
