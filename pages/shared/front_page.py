"""The one HTML page that all screens live in: Streamlit's, told at once what a script would make it ask for later."""

import re
from functools import cache
from pathlib import Path

import streamlit as st

STATIC = Path(st.__file__).parent / "static"
MODULES = STATIC / "static" / "js"

ALWAYS = ("Selectbox", "Button", "PageLink", "Html", "TextInput", "DataFrame")
"""Parts that the frame and most screens are made of; the browser loads them while it starts, not after our script."""

LATER = "PlotlyChart"
"""What charts need, several megabytes; loaded when the browser has nothing else to do."""

IMPORTED = re.compile(r'(?:from|import)"\./([\w.-]+\.js)"')
MENTIONED = re.compile(r'static/js/([\w.-]+\.js)"')


def front_page() -> str:
    """Return the page under our name, told where its server is so that deep links need not search for it."""
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    base = "<script>window.__streamlit = {BACKEND_BASE_URL: window.location.origin}</script>"
    page = page.replace("<title>Streamlit</title>", f"<title>Pilothouse</title>{base}")
    page = page.replace("./favicon.png", "/brand/icon.png")
    return page.replace("</head>", f"{_preloads(page)}{_when_idle()}</head>", 1)


def _preloads(page: str) -> str:
    named = set(MENTIONED.findall(page))
    wanted = dict.fromkeys(name for part in ALWAYS for name in _needed(_file(part)) if name not in named)
    return "".join(f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in wanted)


def _when_idle() -> str:
    file = f"./static/js/{_file(LATER)}"
    return (
        '<script>window.addEventListener("load", () => setTimeout(() => '
        f'(window.requestIdleCallback || setTimeout)(() => import("{file}")), 2500))</script>'
    )


def _file(part: str) -> str:
    """Return the file of a part; its name carries a hash of what is in it."""
    return next(MODULES.glob(f"{part}.*.js")).name


@cache
def _imports(file: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(IMPORTED.findall((MODULES / file).read_text(encoding="utf-8"))))


def _needed(file: str) -> list[str]:
    """Return a module and all it imports, each once."""
    found, waiting = [file], [file]
    while waiting:
        news = [name for name in _imports(waiting.pop()) if name not in found]
        found += news
        waiting += news
    return found
