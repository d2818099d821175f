"""A batch on the disk, the page over five hundred submissions, and a browser to open them in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from autograder.grading.gradebook.grades import SubmissionGrades, grades_of
from autograder.grading.judging.graded import Graded
from autograder.grading.reports.index_page import overview_page
from autograder.grading.reports.recorder import Recorder
from checkkit.report.figures import thumbnail

from .classroom import classroom

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE = 120_000  # milliseconds; a crowded machine is no fault of the page


@dataclass(frozen=True)
class Batch:
    """What a run left in a folder."""

    folder: Path
    submissions: list[Graded]

    def text(self, *names: str) -> str:
        return self.folder.joinpath(*names).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Twenty-four submissions, every second one with a hostile name, recorded to the end."""
    folder, submissions = tmp_path_factory.mktemp("results"), classroom(24, nasty_every=2)
    with Recorder(folder, formats=("plain", "canvas")) as recorder:
        for graded in submissions:
            recorder.begin(graded)
            recorder.finish(graded)
    return Batch(folder, submissions)


def entry(graded: Graded) -> SubmissionGrades:
    """What the recorder keeps of a submission."""
    exhibits = [shown for result in graded.results.values() for shown in result.exhibits]
    return replace(grades_of(graded), thumbnail=thumbnail(exhibits[0]) if exhibits else None)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SubmissionGrades]]:
    """index.html over five hundred submissions."""
    entries = [entry(graded) for graded in classroom(500)]
    path = tmp_path_factory.mktemp("many") / "index.html"
    path.write_text(overview_page(entries), encoding="utf-8")
    return path, entries


# ------------------------------------------------------------------------------------- Chromium


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
