"""A person at a real browser: clicks what a widget key names, waits until the script has finished, never sleeps."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.browser import FLAGS, chromium

PICTURES = Path(__file__).with_name("pictures")
WAIT_MS = 60_000


class Person:
    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.heard: list[str] = []
        page.set_default_timeout(WAIT_MS)
        page.on("console", lambda said: self.heard.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: self._note_outside(asked.url))

    def _note_outside(self, url: str) -> None:
        where = urlparse(url)
        if where.scheme in ("http", "https", "ws", "wss") and where.hostname not in ("127.0.0.1", "localhost"):
            self.heard.append(f"left the machine: {url}")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.base}/{path}")
        # Before its first run a page says "notRunning" too: only a title on it tells that the run has begun.
        self.page.locator("h1").first.wait_for()
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']", state="attached")

    def part(self, key: str) -> Locator:
        return self.page.locator(f".st-key-{re.sub(r'[^A-Za-z0-9_-]', '-', key)}").last

    def click(self, key: str) -> None:
        # A button with help is there a second time, hidden, for screens without a mouse.
        self.part(key).locator("button:visible").last.click()
        self.settle()

    def confirm(self, key: str) -> None:
        """Press the button that ends a dialog, and see the dialog go."""
        self.part(key).locator("button").last.click()
        expect(self.page.get_by_role("dialog")).to_have_count(0, timeout=WAIT_MS)
        self.settle()

    def write(self, key: str, text: str) -> None:
        field = self.part(key).locator("input, textarea").last
        field.fill(text)
        field.press("Tab")
        self.settle()

    def choose(self, key: str, text: str) -> None:
        # A label's help is a button too, and stands before the field.
        field = "[data-baseweb='select'], [role='combobox'], button:not([data-testid='stTooltipHoverTarget'] button)"
        self.part(key).locator(field).first.click()
        self.page.get_by_role("option", name=text, exact=False).first.click()
        self.settle()

    def upload(self, key: str, file: Path) -> None:
        """Give a file to the box of ``key``, and see what was found in it."""
        self.part(f"{key}.place").locator("input[type='file']").set_input_files(file)
        expect(self.page.get_by_role("heading", name=file.name)).to_be_visible(timeout=WAIT_MS)
        self.settle()

    def sees(self, text: str | re.Pattern[str], timeout: int = WAIT_MS) -> Locator:
        found = self.page.get_by_text(text).first
        expect(found).to_be_visible(timeout=timeout)
        return found

    def job_succeeds(self) -> None:
        badge = self.page.locator("[class*='st-key-job_']").get_by_text("Succeeded").first
        expect(badge).to_be_visible(timeout=WAIT_MS)
        self.settle()

    def picture(self, name: str) -> None:
        self.settle()
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


@contextmanager
def person(base: str, theme: str = "light") -> Iterator[Person]:
    """A person with a browser of their own, who heard no error and saw nothing leave the machine."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme)
        someone = Person(context.new_page(), base)
        try:
            yield someone
        except BaseException:
            someone.page.screenshot(path=PICTURES / "failed.png", full_page=True)
            raise
        finally:
            browser.close()
    assert someone.heard == []
