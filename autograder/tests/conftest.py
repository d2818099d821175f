"""Which tests are slow, and which of them share what is expensive.

A test or a fixture that starts a grading run, builds a release, runs a notebook in a kernel, opens
a browser or hands in attacks asks for the fixture of that name. Whatever asks for it, also through
other fixtures, is marked `slow`; `pytest --slow` runs it. A test that is not marked and starts one
of these all the same fails.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

SLOW = ("grading_run", "release_build", "notebook_kernel", "browser", "attack", "training_run")
# Words of a command line that show what it starts.
STARTS = {"chromium", "ipykernel_launcher", "nbgrader", "autograder.batch.judge_process"}
AUTOGRADER_STARTS = {"grade", "demo", "release"}

_running: list[pytest.Item] = []  # the fast test that runs at the moment, if one does


@pytest.fixture(scope="session")
def grading_run() -> None:
    """For whatever starts `autograder grade`, or judges submissions in processes of their own."""


@pytest.fixture(scope="session")
def release_build() -> None:
    """For whatever builds a release, a notebook course or a student's folder from the sources."""


@pytest.fixture(scope="session")
def notebook_kernel() -> None:
    """For whatever runs a notebook in a kernel."""


@pytest.fixture(scope="session")
def browser() -> None:
    """For whatever opens pages; `chromium` is the browser itself."""


@pytest.fixture(scope="session")
def attack() -> None:
    """For whatever hands in a hostile submission."""


@pytest.fixture(scope="session")
def training_run() -> None:
    """For whatever trains a network for more than a few steps, or runs the checks many times."""


@pytest.fixture(scope="session")
def chromium(browser: None) -> Iterator[Browser]:
    """The system's own Chromium, without a window."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if set(SLOW) & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    """What one process runs where several share the work: no expensive fixture is made twice."""
    if item.get_closest_marker("slow") is None:
        return str(item.path)
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    shared = any(
        fixture[-1].scope != "function" and set(SLOW) & set(fixture[-1].argnames)
        for fixture in fixtures
    )
    return str(item.path.parent) if shared else item.nodeid


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    fast = item.get_closest_marker("slow") is None
    _running[:] = [item] if fast else []
    try:
        return (yield)
    finally:
        _running.clear()


def starts_something_slow(words: Sequence[str]) -> bool:
    """Whether a command line starts what only slow tests may start."""
    names = [Path(word).name for word in words[:4]]
    ours = "autograder" in names and AUTOGRADER_STARTS & set(names)
    return bool(STARTS & set(names) or ours)


def _refuse(event: str, arguments: tuple) -> None:
    if event != "subprocess.Popen" or not _running:
        return
    _, words, *_ = arguments
    words = [words] if isinstance(words, str | bytes) else list(words)
    if starts_something_slow([os.fsdecode(word) for word in words]):
        pytest.fail(f"starts {words[:6]}: ask for one of the fixtures {', '.join(SLOW)}")


sys.addaudithook(_refuse)
