"""Which tests are slow, which share what is expensive, and which run by default.

A test or a fixture that starts a grading run, builds a release, runs a notebook in a kernel, opens
a browser or hands in attacks asks for the fixture of that name. Whatever asks for it, also through
other fixtures, is marked `slow` and runs with `--slow`. A test that is not marked and starts one of
these all the same fails. Slow tests of the autograder lie in a folder of their own.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

SLOW = ("grading_run", "release_build", "notebook_kernel", "browser", "attacks", "long_run")
# Words of a command line that show what it starts.
STARTS = {"chromium", "ipykernel_launcher", "nbgrader", "autograder.grading.batch.judge_process"}
AUTOGRADER_STARTS = {"grade", "demo", "release"}
FOLDER = "autograder/tests/slow"  # of all of them, and of no others
SECONDS = 3600  # for a slow test: the first of a hundred attacks waits until all are graded
# Folders of slow tests whose files share something expensive: a course of nbgrader, trained runs.
TOGETHER = ("authoring/release/notebook", "experiments/metrics", "grading/gradebook")
ATTACKS = "validation/attacks"
# What takes minutes begins first, the longest at the front, so that no process waits for it at the
# end (`--durations 40` says how long each takes). Attacks go by the name of their batch.
LONGEST = (
    *("bwrap-quick", "grading/gradebook", "grading/batch/test_batch", "test_digits"),
    *("test_emulated", "grading/cluster", "test_bundle", "grading/batch/test_pool"),
    *("performance/loadtest", "user-quick", "experiments/metrics", "release/notebook"),
    *("test_documentation", "known_bugs", "bwrap-hidden", "solution/test_runs", "none-", "user-"),
)

# Read when torch is imported. Several processes of several threads each take turns on the cores,
# and small sums take eight times as long.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

_running: list[pytest.Item] = []  # the fast test that runs at the moment, if one does


@pytest.fixture(scope="session")
def grading_run() -> None:
    """For whatever starts `autograder grade`, or judges submissions in processes of their own."""


@pytest.fixture(scope="session")
def release_build() -> None:
    """For whatever builds a release or a course for nbgrader."""


@pytest.fixture(scope="session")
def notebook_kernel() -> None:
    """For whatever runs a notebook in a kernel."""


@pytest.fixture(scope="session")
def browser() -> None:
    """For whatever opens pages in Chromium."""


@pytest.fixture(scope="session")
def attacks() -> None:
    """For whatever grades hostile submissions."""


@pytest.fixture(scope="session")
def long_run() -> None:
    """For whatever else takes more than some ten seconds: training, sampling, a load test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("diffusion course")
    group.addoption("--slow", action="store_true", help="also run the slow tests (half an hour)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"slow: asks for one of {', '.join(SLOW)}; needs --slow")
    config.addinivalue_line("markers", "validation: of make validate; runs when it is named by -m")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow, and leave out what is not wanted."""
    for item in items:
        if set(SLOW) & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
            item.add_marker(pytest.mark.timeout(SECONDS))
        if misplaced(item.nodeid, item.get_closest_marker("slow") is not None):
            raise pytest.UsageError(f"{item.nodeid}: slow tests, and no others, lie in {FOLDER}/")
    wanted: dict[bool, list[pytest.Item]] = {True: [], False: []}
    for item in items:
        wanted[bool(_wanted(item, config))].append(item)
    config.hook.pytest_deselected(items=wanted[False])
    items[:] = sorted(wanted[True], key=_rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep together what shares work. Marks cannot: only names of tests come from the processes."""
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False  # else groups of many tests come first
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = group_of
    return scheduler


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    left_out = terminalreporter.stats.get("deselected", [])
    slow = sum(item.get_closest_marker("slow") is not None for item in left_out)
    if slow and not config.getoption("--slow"):
        terminalreporter.write_line(f"{slow} slow tests did not run: add --slow.")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _running[:] = [] if item.get_closest_marker("slow") else [item]
    try:
        return (yield)
    finally:
        _running.clear()


def starts_something_slow(words: Sequence[str]) -> bool:
    """Whether a command line starts what only slow tests may start."""
    names = {Path(word).name for word in words[:4]}
    return bool(STARTS & names or ("autograder" in names and AUTOGRADER_STARTS & names))


def misplaced(nodeid: str, slow: bool) -> bool:
    """Whether a test of the autograder lies with others that take more or less than it does."""
    ours = nodeid.startswith(f"{FOLDER.rpartition('/')[0]}/")
    return ours and slow != nodeid.startswith(f"{FOLDER}/")


def _wanted(item: pytest.Item, config: pytest.Config) -> bool:
    if item.get_closest_marker("validation"):
        return "validation" in config.getoption("markexpr")
    return config.getoption("--slow") or item.get_closest_marker("slow") is None


def group_of(nodeid: str) -> str:
    """The tests that one process runs: those of a file, of a folder, or of a batch of attacks."""
    file, _, test = nodeid.partition("::")
    folder = file.rpartition("/")[0]
    place = folder.partition("slow/")[2]
    if "[" in test and place == ATTACKS:
        return "-".join([folder, *test.partition("[")[2].rstrip("]").split("-")[:2]])
    return folder if place in TOGETHER else file


def _rank(item: pytest.Item) -> int:
    """The place of its group among those that take long; all others come behind, in their order."""
    group = group_of(item.nodeid)
    slow = item.get_closest_marker("slow") or item.get_closest_marker("training")
    places = (place for place, name in enumerate(LONGEST) if slow and name in group)
    return next(places, len(LONGEST))


def _refuse(event: str, arguments: tuple) -> None:
    if event != "subprocess.Popen" or not _running:
        return
    words = arguments[1]
    words = [words] if isinstance(words, str | bytes) else list(words)
    if starts_something_slow([os.fsdecode(word) for word in words]):
        pytest.fail(f"starts {words[:6]}: ask for one of the fixtures {', '.join(SLOW)}")


sys.addaudithook(_refuse)
