"""What `streamlit run` starts: the screens, and the few HTTP routes a Streamlit script cannot be."""

import asyncio
import functools
import html
import importlib
import logging
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from core.cli.processes import allowed_hosts
from core.data_errors import ForeignOrigin
from core.datasets.exporting import ExportForm
from core.datasets.uploads import Incoming
from core.errors import AppError, InvalidInput, SignInRequired
from core.records.access import LOCAL, Actor
from core.records.dataset import DatasetRef
from core.records.difference import RowChange, RowSelection
from core.records.project import Task
from core.records.upload import Upload
from core.settings import Auth, silence_telemetry
from pages.shared.context import COOKIE, platform
from pages.shared.front_page import front_page
from pages.shared.navigation import paths

silence_telemetry()
logger = logging.getLogger(__name__)

SHARED = Path(__file__).parent / "pages" / "shared"
PIECE = 1 << 20
"""Bytes of an upload that are written at once."""

FONTS = {path.name: path for path in (SHARED / "fonts").glob("*.woff2")}
HEAVY = (
    "pandas.io.formats.style",
    "pyarrow",
    "plotly.graph_objects",
    "streamlit.elements.arrow",
    "streamlit.elements.plotly_chart",
)
MEDIA = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet", "zip": "application/zip"}
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "connect-src 'self' blob: data:; frame-ancestors 'none'; form-action 'self'; base-uri 'self'; "
    "object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
"""Whatever a name or a note may contain, the browser asks nobody but this server."""


FRONT_PAGE = front_page()


async def front(request: Request) -> Response:
    """Serve the page all screens live in, or send the browser to the sign-in form."""
    if not await run_in_threadpool(_is_signed_in, request):
        return RedirectResponse("/sign-in", 303)
    return HTMLResponse(FRONT_PAGE, headers=SECURITY)


def _is_signed_in(request: Request) -> bool:
    if platform().settings.auth is Auth.OFF:
        return True
    try:
        platform().access.actor_of_session(request.cookies.get(COOKIE))
    except SignInRequired:
        return False
    return True


def guarded(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Let only people who are signed in come to a route, and no page that calls this machine by a name of its own."""

    async def guarding(request: Request) -> Response:
        if not await run_in_threadpool(_is_our_host, request):
            return PlainTextResponse("This address is not one of this server's.", 403)
        if not await run_in_threadpool(_is_signed_in, request):
            return RedirectResponse("/sign-in", 303)
        return await answer(request)

    return guarding


async def export_version(request: Request) -> Response:
    """Stream a dataset version as a file."""

    def write(target: Path) -> str:
        path = request.path_params
        form = ExportForm(path["form"])
        found = platform().datasets.get(path["project"], DatasetRef.parse(path["ref"]))
        platform().datasets.export(found, form, target)
        return found.source if form is ExportForm.ORIGINAL else f"{found.dataset}-{found.number}.{form.value}"

    return await _file(write, request.path_params["form"])


async def export_model(request: Request) -> Response:
    """Stream a model version as an archive that answers alone."""

    def write(target: Path) -> str:
        project, version = request.path_params["project"], request.path_params["version"]
        platform().exports.export(_actor(request), project, version, target)
        return f"{project}-{version}.zip"

    return await _file(write, "zip")


async def export_difference(request: Request) -> Response:
    """Stream the rows that differ between two versions as a file."""

    def write(target: Path) -> str:
        path = request.path_params
        ExportForm(path["form"])
        found = platform().differences.known(path["project"], path["id"])
        if found is None:
            raise InvalidInput(problem="this difference is not kept any more. Compare the versions again.")
        changes = tuple(RowChange(change) for change in request.query_params.getlist("change"))
        selection = RowSelection(changes=changes, column=request.query_params.get("column"))
        platform().differences.export(found, selection, target)
        return f"{found.before}-{found.after}.{path['form']}"

    return await _file(write, request.path_params["form"])


async def _file(write: Callable[[Path], str], form: str) -> Response:
    folder = tempfile.TemporaryDirectory(prefix="pilothouse-")
    target = Path(folder.name) / f"export.{form}"
    try:
        name = await run_in_threadpool(write, target)
    except (AppError, ValueError) as error:
        folder.cleanup()
        said, status = (error.message, error.status) if isinstance(error, AppError) else ("There is no such form.", 404)
        return PlainTextResponse(said, status)
    except BaseException:
        folder.cleanup()
        raise
    media = MEDIA.get(form, "application/octet-stream")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return FileResponse(
        target, media_type=media, filename=name, headers=headers, background=BackgroundTask(folder.cleanup)
    )


async def sign_in_form(_: Request) -> Response:
    """Serve the sign-in form."""
    return _form("")


def _form(problem: str, status: int = 200) -> Response:
    page = (SHARED / "sign_in.html").read_text(encoding="utf-8")
    return HTMLResponse(page.replace("{problem}", html.escape(problem)), status, headers=SECURITY)


async def sign_in(request: Request) -> Response:
    """Start a session for the right name and password."""
    if not _is_same_origin(request):
        return _form("The form was sent by another site and was refused.", 403)
    form = await request.form(max_files=0, max_fields=10)
    try:
        token = await run_in_threadpool(
            platform().access.sign_in, str(form.get("name", "")), str(form.get("password", ""))
        )
    except AppError as error:
        return _form(error.message, error.status)
    answer = RedirectResponse("/", 303)
    is_secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=is_secure)
    return answer


async def sign_out(request: Request) -> Response:
    """End the session and forget the cookie."""
    if not _is_same_origin(request):
        return _form("The request was sent by another site and was refused.", 403)
    token = request.cookies.get(COOKIE)
    if token:
        await run_in_threadpool(platform().access.sign_out, token)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _is_same_origin(request: Request) -> bool:
    """Tell whether one of our own pages asks, under a name this server goes by: a name of another's that was made to
    point here agrees with its own origin."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    return _is_our_host(request) and origin is not None and urlsplit(origin).netloc == host


def _is_our_host(request: Request) -> bool:
    host = request.headers.get("host", "")
    return urlsplit(f"//{host}").hostname in {name.strip("[]") for name in allowed_hosts(platform().settings)}


def _answered(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Refuse what another site asks for, and say in JSON what cannot be done."""

    @functools.wraps(answer)
    async def guarded(request: Request) -> Response:
        try:
            if request.method != "GET" and not _is_same_origin(request):
                raise ForeignOrigin
            return await answer(request)
        except AppError as error:
            return JSONResponse({"error": {"code": error.code, "message": error.message}}, error.status)

    return guarded


def _actor(request: Request) -> Actor:
    if platform().settings.auth is Auth.OFF:
        return LOCAL
    return platform().access.actor_of_session(request.cookies.get(COOKIE))


@_answered
async def begin_upload(request: Request) -> Response:
    """Make room for a file whose bytes will come."""
    given = request.query_params
    if not given.get("size", "").isdecimal():
        raise InvalidInput(problem="Say how many bytes the file has: size=N.")

    def begin() -> Upload:
        return platform().uploads.begin(
            _actor(request), given.get("project", ""), given.get("filename", ""), int(given["size"])
        )

    return JSONResponse({"id": (await run_in_threadpool(begin)).id}, 201)


@_answered
async def receive_upload(request: Request) -> Response:
    """Write the bytes of an upload to disk as they come, from ``offset`` on."""
    uploads = platform().uploads
    offset = request.query_params.get("offset", "0")
    if not offset.isdecimal():
        raise InvalidInput(problem="Say where the bytes begin: offset=N.")
    actor = await run_in_threadpool(_actor, request)
    async with _in_threads(uploads.receiving(actor, request.path_params["id"], int(offset))) as incoming:
        async for piece in _pieces(request):
            await run_in_threadpool(incoming.write, piece)
        upload = await run_in_threadpool(uploads.finish, actor, incoming)
    return JSONResponse({"id": upload.id, "received": incoming.received, "sha256": upload.sha256})


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in pieces worth a write, also the last one when the sender goes away."""
    waiting = bytearray()
    try:
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= PIECE:
                yield bytes(waiting)
                waiting.clear()
    except ClientDisconnect:
        logger.info("An upload was broken off by its sender.")
    yield bytes(waiting)


@asynccontextmanager
async def _in_threads(manager: AbstractContextManager[Incoming]) -> AsyncIterator[Incoming]:
    """Enter and leave where nothing else has to wait."""
    entered = await run_in_threadpool(manager.__enter__)
    try:
        yield entered
    except BaseException as error:
        if not manager.__exit__(type(error), error, error.__traceback__):
            raise
    else:
        await run_in_threadpool(manager.__exit__, None, None, None)


@_answered
async def tell_upload(request: Request) -> Response:
    """Say how much of an upload has arrived, so that it can go on."""

    def find() -> tuple[Upload, int]:
        upload = platform().uploads.get(_actor(request), None, request.path_params["id"])
        return upload, platform().uploads.received(upload)

    upload, received = await run_in_threadpool(find)
    return JSONResponse({"id": upload.id, "received": received, "sha256": upload.sha256})


@_answered
async def discard_upload(request: Request) -> Response:
    """Throw an upload away."""

    def discard() -> None:
        platform().uploads.discard(_actor(request), request.path_params["id"])

    await run_in_threadpool(discard)
    return Response(status_code=204)


async def health(_: Request) -> Response:
    """Say that the server answers, and whether the libraries of the screens are loaded."""
    return JSONResponse({"status": "ok", "warm": _WARM.is_set()})


async def font(request: Request) -> Response:
    """Serve one of our font files."""
    path = FONTS.get(request.path_params["name"])
    if path is None:
        return Response(status_code=404)
    return FileResponse(path, media_type="font/woff2", headers={"Cache-Control": "public, max-age=31536000"})


async def icon(_: Request) -> Response:
    """Serve the icon of the browser tab."""
    return FileResponse(SHARED / "brand" / "icon.png")


_WARM = asyncio.Event()


def _warm_up() -> None:
    """Load what the first screens would wait for: libraries, MLflow's store, the estimators' declarations."""
    for name in HEAVY:
        importlib.import_module(name)
    for project in platform().projects.all()[:1]:
        platform().models.versions(project.name)
        platform().training.runs(project.name, 1)
    for task in Task:
        platform().training.estimators(task)
    for other in ("core.retraining.triggers", "core.training.bundle", "core.charts.runs", "core.charts.drift"):
        importlib.import_module(other)


async def _warm() -> None:
    try:
        await run_in_threadpool(_warm_up)
    except AppError as error:
        logger.warning("Warming up stopped: %s", error.message)
    _WARM.set()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Warm up beside the first requests, once a process."""
    task = asyncio.create_task(_warm())
    yield
    task.cancel()


def _page(path: str, answer: Callable[..., object]) -> Route:
    return Route(path, answer, methods=["GET"])


ROUTES = [
    *(_page(path, front) for path in paths()),
    _page("/healthz", health),
    _page("/fonts/{name}", font),
    _page("/brand/icon.png", icon),
    _page("/sign-in", sign_in_form),
    _page("/export/{project}/{ref}/{form}", guarded(export_version)),
    _page("/export-model/{project}/{version:int}", guarded(export_model)),
    _page("/export-difference/{project}/{id}/{form}", guarded(export_difference)),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/uploads", begin_upload, methods=["POST"]),
    Route("/uploads/{id}", receive_upload, methods=["PUT"]),
    Route("/uploads/{id}", tell_upload, methods=["GET"]),
    Route("/uploads/{id}", discard_upload, methods=["DELETE"]),
]
"""Everything that is answered beside the screens."""

app = st.App(str(SHARED / "shell.py"), lifespan=lifespan, routes=ROUTES)
