"""Pages in a browser, on a desk and on a phone; Playwright runs once in a process."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE = 120_000  # milliseconds; a crowded machine is no fault of the page


@pytest.fixture(scope="session")
def chromium(browser: None) -> Iterator[Browser]:
    """The system's own Chromium, without a window."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


def watched(browser: Browser, viewport: dict[str, int], faults: list[str]) -> Page:
    """A new page whose faults are noted.

    Scripts that fail, what the page's policy had to stop and requests that leave the disk are
    faults, and so are dialogs.
    """
    page = browser.new_page(viewport=viewport)
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("console", lambda message: faults.append(f"console: {message.text}"))
    page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: _must_be_local(request.url, faults))
    return page


@pytest.fixture
def look(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page from the disk; at the end, nothing may have gone wrong on it."""
    faults: list[str] = []
    pages: list[Page] = []

    def look(path: Path, viewport: dict[str, int] = DESK) -> Page:
        pages.append(watched(chromium, viewport, faults))
        pages[-1].goto(path.as_uri())
        return pages[-1]

    yield look
    for page in pages:
        page.close()
    assert not faults


def _must_be_local(url: str, faults: list[str]) -> None:
    if not url.startswith(("file:", "data:")):
        faults.append(f"request: {url}")


SIDEWAYS = """() => {
  const wide = [...document.querySelectorAll("main *")].filter(
    (e) => !e.closest(".wide") && e.getBoundingClientRect().right > innerWidth + 1);
  return [document.documentElement.scrollWidth - innerWidth, wide.length];
}"""


@pytest.fixture
def fits(look) -> Callable[[Page], bool]:
    """Whether nothing on a page lies beyond its right edge, except in boxes that scroll."""

    def fits(page: Page) -> bool:
        return page.evaluate(SIDEWAYS) == [0, 0]

    return fits
