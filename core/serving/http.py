"""The scoring API: FastAPI routes over the loaded champions, and the server process that carries them."""

import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio.to_thread
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from core.access.permissions import require
from core.errors import AppError, InvalidRequest, PortTaken, VersionNotFound
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.serving import documents, memory, oip
from core.serving.api_platform import ApiPlatform
from core.serving.elsewhere.door import Door
from core.serving.faults import Faults
from core.serving.front import EXCHANGE, INFER, INVOCATIONS, MANY, ONE, App, Front, names_answered_for
from core.serving.keys import Keys
from core.serving.metrics import Metrics
from core.serving.receiving import JSON
from core.serving.refusals import Refusal
from core.serving.scoring import Scoring
from core.serving.signals import Signals
from core.serving.slots import Slot, Slots
from core.serving.tallies import Tallies
from core.settings import Auth, Settings

logger = logging.getLogger(__name__)

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Set before NumPy is imported: one row is answered fastest by one thread, and several requests share the cores."""

SWITCH_S = 0.001
"""Longest turn of one thread while another waits: the loop and the lanes share one interpreter."""

GRACE_S = 10
BACKLOG = 1024
LONGEST_VERSION = 9
DOCS_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)


class Api:
    """The state of one app: what is loaded, what is counted, how much may run at once."""

    def __init__(self, platform: ApiPlatform, settled: Callable[[], None]) -> None:
        """Nothing runs before the app's lifespan begins."""
        self.platform = platform
        settings = platform.settings
        self.slots = Slots(
            platform.store,
            platform.blobs,
            platform.clock,
            settings.api_timeout,
            beside=platform.serving.rules.refresh,
            watch=Faults(platform.store, platform.clock),
            settled=settled,
        )
        self.tallies = Tallies(platform.store, platform.clock)
        self.metrics = Metrics(self.slots, self.tallies)
        self._keys = Keys(platform.access, settings.auth)
        self.scoring = Scoring(platform, self.slots, self.metrics, self._keys)
        self.metrics.follow(self.scoring.waiting)
        self.metrics.follow_alerts(platform.store)
        self.signals = Signals(platform.rules, self._keys, settings)
        self.door = Door(platform.arrivals, self._keys, settings)

    def lifespan(self, app: FastAPI) -> AbstractAsyncContextManager[None]:  # noqa: ARG002
        """Follow the store while the app is up."""
        return self._running()

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        self.slots.start()
        self.tallies.start()
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(self.slots.stop)
            self.scoring.close()
            self.signals.close()
            await anyio.to_thread.run_sync(self.tallies.stop)

    def viewer(self, request: Request) -> Actor:
        """Return who asks, if they may look.

        Raises:
            KeyRefused: the key is missing, wrong, expired or revoked.
            Denied: the key's role may not look.
        """
        actor = self._keys.actor(request.headers.get("authorization", ""))
        require(actor, Permission.VIEW)
        return actor


def answer(document: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """Return ``document`` as a JSON answer."""
    return _json(orjson.dumps(document), status, headers)


def _json(body: bytes, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status, headers, JSON)


def create_app(platform: ApiPlatform, settled: Callable[[], None] = lambda: None) -> Front:
    """Make the scoring API of an installation; champions are followed while its lifespan lasts.

    ``settled`` is called once all that serves at the start is loaded.
    """
    api = Api(platform, settled)
    app = FastAPI(
        title="Pilothouse scoring API",
        description=documents.DESCRIPTION,
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=api.lifespan,
    )
    for kind in (AppError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _refuse)
    _add_scoring(app, api)
    _add_looking(app, api)
    _add_door(app, api)
    _add_inference(app, api)
    _add_probes(app, api)
    _add_docs(app)
    _describe_projects(app, api)
    names = names_answered_for(platform.settings)
    return Front(app, names=names, metrics=api.metrics, scoring=api.scoring.answer)


async def _refuse(request: Request, error: Exception) -> Response:
    """Answer an error in the one shape."""
    request_id = request.scope[EXCHANGE].request_id
    if isinstance(error, AppError):
        refusal = Refusal.of(error, request_id)
    elif isinstance(error, HTTPException):
        refusal = Refusal.of_status(error.status_code, request_id, request.url.path)
    else:
        refusal = Refusal.of(InvalidRequest(problem="the address or its parameters are not usable"), request_id)
    headers = {**refusal.headers, **(getattr(error, "headers", None) or {})}
    return Response(refusal.body, refusal.status, headers)


def _add_scoring(app: FastAPI, api: Api) -> None:
    @app.post("/projects/{project}/predict", tags=["scoring"], **documents.PREDICT)
    async def predict(project: str, request: Request) -> Response:
        """Answer one record with the project's champion; the answer is logged before it leaves."""
        return _json(await api.scoring.answer(request.scope, request.receive, project, ONE))

    @app.post("/projects/{project}/predict/batch", tags=["scoring"], **documents.PREDICT_BATCH)
    async def predict_batch(project: str, request: Request) -> Response:
        """Answer many records in one vectorised call, all by the same version, in their order."""
        return _json(await api.scoring.answer(request.scope, request.receive, project, MANY))

    @app.post("/projects/{project}/invocations", tags=["scoring"], **documents.INVOCATIONS)
    async def invocations(project: str, request: Request) -> Response:
        """Answer many records in MLflow's scoring protocol, JSON or CSV; the answers are logged like all others."""
        return _json(await api.scoring.answer(request.scope, request.receive, project, INVOCATIONS))

    @app.post("/projects/{project}/labels", tags=["labels"], **documents.LABELS)
    async def labels(project: str, request: Request) -> Response:
        """Store what came true for answers, by prediction id; ids that were never answered are told."""
        return _json(await api.scoring.label(request.scope, request.receive, project))

    @app.post("/projects/{project}/retraining/signals", tags=["retraining"], **documents.SIGNAL)
    async def signals(project: str, request: Request) -> Response:
        """Tell the retraining rules of the project that something happened; what follows stands in their ledger."""
        return _json(await api.signals.take(request.scope, request.receive, project))


def _add_looking(app: FastAPI, api: Api) -> None:
    @app.get("/projects", tags=["models"], **documents.PROJECTS)
    def projects(request: Request) -> Response:
        """List the projects that are served, and by which version."""
        api.viewer(request)
        return answer({"projects": [documents.served(slot) for slot in api.slots.all().values()]})

    @app.get("/projects/{project}", tags=["models"], **documents.PROJECT)
    def project_served(project: str, request: Request) -> Response:
        """Tell which version is live, what it takes, and how traffic is split."""
        api.viewer(request)
        return answer(documents.described(api.slots.need(project), api.slots.candidates.get(project)))

    @app.get("/metrics", tags=["operations"], response_class=Response)
    def metrics(request: Request) -> Response:
        """Counters and latencies in Prometheus' text format."""
        api.viewer(request)
        return Response(api.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _add_door(app: FastAPI, api: Api) -> None:
    @app.post("/projects/{project}/versions", tags=["models"], status_code=202, **documents.PUSH)
    async def push(project: str, request: Request) -> Response:
        """Take in a version that another installation exported; a job proves it and registers it as challenger."""
        return _json(await api.door.take(request.scope, request.receive, project), HTTPStatus.ACCEPTED)

    @app.get("/projects/{project}/versions/pushed/{job_id}", tags=["models"], **documents.PUSHED)
    def pushed(project: str, job_id: str, request: Request) -> Response:
        """Tell how far a pushed version is, and how it answers its known rows here."""
        told = api.door.told(request.headers.get("authorization", ""), project, job_id)
        return answer(told.model_dump(mode="json"))


def _add_inference(app: FastAPI, api: Api) -> None:
    """Add the Open Inference Protocol; its routes with a version answer for the live one alone."""
    _add_inference_server(app, api)
    for base in ("/v2/models/{project}", "/v2/models/{project}/versions/{version}"):

        @app.get(base, tags=["inference"], **documents.PROJECT)
        def v2_model(request: Request, project: str, version: str | None = None) -> Response:
            """Tell which tensors the live version takes and gives."""
            slot = _live(api, request, project, version)
            return answer(oip.metadata(slot.predictor.manifest, slot.deployment.version))

        @app.get(f"{base}/ready", tags=["inference"], **documents.PROJECT)
        def v2_model_ready(request: Request, project: str, version: str | None = None) -> Response:
            """Answer 200 when the version serves."""
            slot = _live(api, request, project, version)
            return answer({"name": project, "version": str(slot.deployment.version), "ready": True})

        @app.post(f"{base}/infer", tags=["inference"], **documents.INFER)
        async def v2_infer(request: Request, project: str, version: str | None = None) -> Response:
            """Answer the rows of tensors; the answers are logged like all others."""
            if version is not None:
                await anyio.to_thread.run_sync(_live, api, request, project, version)
            asked = api.scoring.answer(request.scope, request.receive, project, INFER, of_champion=version is not None)
            return _json(await asked)


def _add_inference_server(app: FastAPI, api: Api) -> None:
    @app.get("/v2", tags=["inference"])
    async def v2_server() -> Response:
        """Tell which server this is."""
        return answer(oip.SERVER)

    @app.get("/v2/health/live", tags=["inference"])
    async def v2_live() -> Response:
        """Answer that the process is alive."""
        return answer({"live": True})

    @app.get("/v2/health/ready", tags=["inference"], **documents.READY)
    async def v2_ready() -> Response:
        """Answer 200 when this server can answer, else 503."""
        is_ready = api.slots.trouble() is None
        return answer({"ready": is_ready}, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


def _live(api: Api, request: Request, project: str, version: str | None = None) -> Slot:
    api.viewer(request)
    slot = api.slots.need(project)
    if version not in (None, str(slot.deployment.version)):
        number = int(version) if version and version.isdecimal() and len(version) < LONGEST_VERSION else 0
        raise VersionNotFound(project=project, version=number, known=str(slot.deployment.version))
    return slot


def _add_probes(app: FastAPI, api: Api) -> None:
    @app.get("/livez", tags=["operations"], **documents.STATUS)
    async def livez() -> Response:
        """Answer that the process is alive."""
        return answer({"status": "ok"})

    @app.get("/readyz", tags=["operations"], **documents.STATUS)
    async def readyz() -> Response:
        """Answer 200 once every champion was looked at and while the store can be followed, else 503."""
        trouble = api.slots.trouble()
        if trouble is None:
            return answer({"status": "ok"})
        return answer({"status": "not ready", "problem": trouble}, HTTPStatus.SERVICE_UNAVAILABLE)

    @app.get("/health", tags=["operations"], **documents.STATUS)
    def health(request: Request) -> Response:
        """Tell what is loaded and what could not be; names of projects only to those who may look."""
        return answer(_health(api, request))


def _health(api: Api, request: Request) -> JsonObject:
    trouble, failures = api.slots.trouble(), api.slots.failures()
    document: JsonObject = {
        "status": "degraded" if trouble or failures else "ok",
        "model_loaded": bool(api.slots.all()),
    }
    try:
        api.viewer(request)
    except AppError:
        return document
    return {**document, **documents.loaded(api.slots.all(), failures, trouble)}


def _add_docs(app: FastAPI) -> None:
    app.mount("/static", StaticFiles(directory=_static_files()))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url="/static/swagger-ui-bundle.js",
            swagger_css_url="/static/swagger-ui.css",
            swagger_favicon_url="/static/favicon.png",
            swagger_ui_parameters={"validatorUrl": None, "persistAuthorization": False},
        )
        page.headers["content-security-policy"] = DOCS_POLICY
        return page


def _describe_projects(app: FastAPI, api: Api) -> None:
    """Let the OpenAPI page hold a route for each project, with its inputs and an example that works.

    While keys are asked for, names of projects are only for those who may look, so that the page has none.
    """
    general = app.openapi

    def described() -> dict[str, Any]:
        document = general()
        if api.platform.settings.auth is not Auth.OFF:
            return document
        return documents.with_projects(document, api.slots.all(), api.platform.serving.rules)

    app.openapi = described  # type: ignore[method-assign]


def _static_files() -> Path:
    """Return the folder of the Swagger UI files that come as a package, so that no page loads from outside."""
    spec = find_spec("fastapi_offline")
    assert spec is not None, "a pinned requirement"  # noqa: S101
    assert spec.origin is not None, "an ordinary package"  # noqa: S101
    return Path(spec.origin).parent / "static"


def serve(settings: Settings) -> None:
    """Run the scoring API in this process until SIGTERM or Ctrl-C; requests under way are finished first.

    Raises:
        UnsafeBinding: it would be reachable from other machines while nobody has to sign in.
        PortTaken: another program listens there.
    """
    from core.bootstrap import build, prepare

    settings.check_binding("The scoring API", settings.api_host)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    listener = _listen(settings)
    os.environ.update(ONE_THREAD)
    prepare(settings)
    platform = build(settings)
    try:
        sys.setswitchinterval(SWITCH_S)
        server(create_app(platform, memory.settle)).run(sockets=[listener])
    finally:
        platform.close()


def server(app: App) -> uvicorn.Server:
    """Return the server for one process: no access log, no banner, ten seconds for what is under way."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=75,
        backlog=BACKLOG,
    )
    return uvicorn.Server(config)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.api_host else socket.AF_INET
    try:
        return socket.create_server((settings.api_host, settings.api_port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortTaken(
            what="the scoring API", host=settings.api_host, port=settings.api_port, setting="PILOTHOUSE_API_PORT"
        ) from error
