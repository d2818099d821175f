"""The pytest plugin that runs checks: fixtures, fresh seeds, one result for each check."""

import hashlib
import os
import secrets
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .course import manifest
from .runner.blame import blocked, hanging
from .runner.outcomes import NO_FAULT, WAITING, Blocked, waits_for
from .runner.points import Worth
from .runner.recording import not_run, record
from .runner.results import Exhibits, cards
from .runner.session import SESSION, CheckSession, Runner, Submission, check_name, is_named, task_of

# Read when torch is imported. Threads that spin while they wait for work slow a machine on which
# something else runs tenfold.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

NOT_IN_TRACEBACKS = ("checkkit.runner", "checkkit.verdicts")
REPORT = pytest.StashKey[Path]()
SCREEN = pytest.StashKey[bool]()
QUIET = -1  # pytest's verbosity after -q, which is in pytest.ini

# ------------------------------------------------------------------------------------ options


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("diffusion course")
    group.addoption("--training", action="store_true", help="also run the checks that train")
    group.addoption("--check-seed", metavar="HEX", help="repeat a run: the seed that it printed")
    group.addoption(
        "--report",
        metavar="FILE",
        nargs="?",
        const="report.html",
        type=_page,
        help="write an HTML report with pictures (report.html)",
    )


def _page(text: str) -> Path:
    """Where the report goes: `--report tests/test_ddpm.py` must not overwrite checks."""
    if not text.endswith(".html"):
        raise ArgumentTypeError(f"the report is a file .html, not {text}; give --report last")
    return Path(text)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "task(id): the task of the assignment that it checks")
    config.addinivalue_line("markers", "training: trains a network; runs with --training")
    config.addinivalue_line("markers", "gpu: needs a CUDA device")
    config.addinivalue_line(
        "markers", "supporting: its yes or no proves little, and counts beside others of its task"
    )
    config.stash[SCREEN] = config.getoption("tbstyle", None) == "no"
    if config.stash[SCREEN] and config.option.verbose >= 0:  # -v, beside the -q of pytest.ini
        config.option.tbstyle = "long"
        config.option.verbose += 1
    if SESSION not in config.stash:
        config.stash[SESSION] = CheckSession(
            runner_for=_local_runner(config),
            seed=config.getoption("--check-seed") or secrets.token_hex(16),
            training=bool(config.getoption("--training")),
            gpu=cuda_available(),
            names=manifest().names,
            ownership=manifest().ownership,
            enabled_tasks=manifest().enabled_tasks,
        )


def _local_runner(config: pytest.Config) -> Callable[[pytest.Item], Runner]:
    from .runner.local import LocalRunner  # imports torch, which a judge need not wait for

    runners: list[Runner] = []

    def runner_for(item: pytest.Item) -> Runner:
        session = config.stash[SESSION]
        if not runners:
            runners.append(LocalRunner(config.rootpath, session.names, session.ownership.stubs))
        return runners[0]

    return runner_for


def cuda_available() -> bool:
    """Whether this machine has a GPU that torch can use."""
    import torch

    return torch.cuda.is_available()


# ---------------------------------------------------------------------------------- selection


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    session = config.stash[SESSION]
    items[:] = [item for item in items if _is_enabled(item, session)]
    order = session.ownership.order  # what a task needs comes before it
    items.sort(key=lambda item: order.get(task_of(item) or "", len(order)))
    session.worth = {} if any("::" in place for place in config.args) else _worth(items)
    items.sort(key=lambda item: item.get_closest_marker("training") is not None)
    if session.training:
        return
    left_out = [item for item in items if item.get_closest_marker("training")]
    session.left_out = [not_run(item, "trains a net: add --training") for item in left_out]
    items[:] = [item for item in items if item not in left_out]


def _worth(items: list[pytest.Item]) -> dict[str, Worth]:
    """What the checks of each task are worth in this course, tasks in its order."""
    checks: dict[str, dict[str, pytest.Item]] = {}
    for item in items:
        if task := task_of(item):
            checks.setdefault(task, {})[check_name(item)] = item
    tasks = manifest().tasks
    return {
        task: Worth.of(
            found, tasks.get(task, {}).get("points", 0), tasks.get(task, {}).get("weights", {})
        )
        for task, found in checks.items()
    }


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Of a task of which only some checks run, nobody can say the points."""
    for item in items:
        item.config.stash[SESSION].worth.clear()


def pytest_collection_finish() -> None:
    """Show the check and the student's file in tracebacks, not what lies between."""
    for name in [name for name in sys.modules if name.startswith(NOT_IN_TRACEBACKS)]:
        vars(sys.modules[name])["__tracebackhide__"] = True


def _is_enabled(item: pytest.Item, session: CheckSession) -> bool:
    task = task_of(item)
    if session.enabled_tasks is None or task is None:
        return True
    return task in session.enabled_tasks and not is_named(
        check_name(item), session.enabled_tasks[task]
    )


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    from .report.local_report import left_out, screen_of

    checks = config.stash[SESSION]
    notes = []
    if any(result.outcome not in NO_FAULT | WAITING for result in checks.results):
        notes.append(f"Repeat with the same inputs: pytest --check-seed {checks.seed}")
    if REPORT in config.stash:
        notes.append(f"Report with pictures: {config.stash[REPORT]}")
    notes += filter(None, [left_out(checks)])
    screen = config.stash[SCREEN]
    for line in screen_of(checks, notes) if screen else [*cards(checks.results), *notes]:
        terminalreporter.write_line(line)
    if screen and checks.results and config.option.verbose == QUIET:
        config.option.verbose = QUIET - 1  # pytest's counts would follow what is next


def pytest_report_teststatus(
    report: pytest.TestReport, config: pytest.Config
) -> tuple[str, str, str] | None:
    """On the screen, a check that waits for code is a circle and not an F or E."""
    results = config.stash[SESSION].results
    waits = report.failed and results and results[-1].outcome in WAITING
    return (report.outcome, "○", "WAITS") if waits and config.stash[SCREEN] else None


# ----------------------------------------------------------------------------------- fixtures


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Fresh randomness for the check's inputs, from the session's seed and the check's name."""
    return _generator(request, "inputs")


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Submission:
    """The submission under test."""
    session = request.config.stash[SESSION]
    return Submission(
        session.runner_for(request.node),
        _generator(request, "submission"),
        session.time_limit(request.node),
    )


@pytest.fixture
def exhibits() -> Exhibits:
    """Pictures for the report."""
    return Exhibits()


def _generator(request: pytest.FixtureRequest, use: str) -> np.random.Generator:
    text = f"{request.config.stash[SESSION].seed}:{check_name(request.node)}:{use}"
    return np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest(), 16))


# ------------------------------------------------------------------------------------ results


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report that `--report` asks for, of however many checks have ended."""
    path, checks = session.config.getoption("--report"), session.config.stash[SESSION]
    if path is not None and checks.results:
        from .report.local_report import write_report

        session.config.stash[REPORT] = write_report(path, checks)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Run checks without NumPy's warnings: NaN and infinity are for the check to judge."""
    with np.errstate(all="ignore" if task_of(item) else None):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    task, session = task_of(item), item.config.stash[SESSION]
    ended = call.when == "call" or (call.when == "setup" and call.excinfo is not None)
    if task is None or not ended:
        return (yield)
    if call.excinfo and (instead := blocked(call.excinfo.value, task, session)):
        call.excinfo = pytest.ExceptionInfo.from_exception(instead.with_traceback(call.excinfo.tb))
    report = yield
    before = {waits_for(result.message) for result in session.results}
    record(item, task, call)
    waits = waits_for(session.results[-1].message)
    if waits and waits in before:  # it has been shown once
        report.outcome, report.longrepr = "skipped", (str(item.path), 0, f"Skipped: {waits}")
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    session, task = item.config.stash[SESSION], task_of(item)
    if item.get_closest_marker("gpu") and not session.gpu:
        pytest.skip("needs a GPU, and this run has none")
    if task and not session.judged and (hung := hanging(task, session)):
        raise Blocked(hung.sentence, f"A check of task {hung.task} timed out")
