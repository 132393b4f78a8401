"""A browser with a stopwatch: pages opened cold and warm, clicks timed until what they ask for is drawn."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.browser import FLAGS, chromium

PATIENCE_MS = 120_000

IDLE = """() => {
  const state = document.querySelector("[data-test-script-state]");
  return state !== null && state.getAttribute("data-test-script-state") === "notRunning";
}"""

DRAWN = """count => {
  const plots = [...document.querySelectorAll(".js-plotly-plot")];
  return plots.length >= count && plots.every(plot => plot.querySelector("svg.main-svg"));
}"""
"""Whether at least so many charts stand there, all of them drawn."""


@contextmanager
def opened() -> Iterator[Any]:
    """Give a page of a browser that has nothing in its cache."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(PATIENCE_MS)
            yield page
        finally:
            browser.close()


def cold(url: str, usable: Callable[[Any], object], turns: int) -> float:
    """Return the median seconds from the address entered in a new browser until ``usable`` returns."""
    taken = []
    for _ in range(turns):
        with opened() as page:
            begun = time.perf_counter()
            page.goto(url, wait_until="commit")
            usable(page)
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def seconds(do: Callable[..., object], *given: object) -> float:
    """Return how long something took."""
    begun = time.perf_counter()
    do(*given)
    return time.perf_counter() - begun


def table(page: Any, told: str) -> None:
    """Wait until our script is over, ``told`` stands there, and rows are drawn."""
    page.get_by_text(told).first.wait_for()
    page.wait_for_selector("[data-testid='stDataFrame'] canvas", state="visible")
    page.wait_for_selector("[data-testid='stDataFrame'] [role='gridcell']", state="attached")
    idle(page)


def idle(page: Any) -> None:
    """Wait until our script is over."""
    page.wait_for_function(IDLE, polling=20)


def charts(page: Any, count: int) -> None:
    """Wait until our script is over and at least ``count`` charts are drawn."""
    page.wait_for_function(DRAWN, arg=count, polling=20)
    idle(page)
