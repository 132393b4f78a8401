"""What `streamlit run` starts: the screens, and the few HTTP routes a Streamlit script cannot be."""

import asyncio
import html
import importlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from core.errors import AppError, SignInRequired
from core.records.project import Task
from core.settings import Auth, silence_telemetry
from pages.shared.context import COOKIE, platform
from pages.shared.navigation import paths

silence_telemetry()
logger = logging.getLogger(__name__)

SHARED = Path(__file__).parent / "pages" / "shared"
FONTS = {path.name: path for path in (SHARED / "fonts").glob("*.woff2")}
HEAVY = (
    "pandas",
    "pyarrow",
    "plotly.graph_objects",
    "streamlit.elements.arrow",
    "streamlit.elements.plotly_chart",
)
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


def _front_page() -> str:
    """Return Streamlit's page under our name, told where its server is so that deep links need not search for it."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    base = "<script>window.__streamlit = {BACKEND_BASE_URL: window.location.origin}</script>"
    return page.replace("<title>Streamlit</title>", f"<title>Pilothouse</title>{base}").replace(
        "./favicon.png", "/brand/icon.png"
    )


FRONT_PAGE = _front_page()


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
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


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
    for other in ("core.retraining.triggers", "core.training.bundle", "core.charts.evaluation", "core.charts.drift"):
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
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
]
"""Everything that is answered beside the screens."""

app = st.App(str(SHARED / "shell.py"), lifespan=lifespan, routes=ROUTES)
