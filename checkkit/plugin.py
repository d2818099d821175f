"""The pytest plugin that runs checks: fixtures, fresh seeds, one result for each check."""

import hashlib
import inspect
import os
import secrets
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .course import manifest
from .runner.evidence import WrongForm
from .runner.names import in_course_words
from .runner.outcomes import Outcome, SubmissionProblem, Unreadable, classify, waits_for
from .runner.results import CheckResult, Exhibits, cards
from .runner.session import SESSION, CheckSession, Runner, Submission, check_name, is_named, task_of

# Read when torch is imported. Threads that spin while they wait for work slow a machine on which
# something else runs tenfold.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

NOT_IN_TRACEBACKS = ("checkkit.runner", "checkkit.verdicts")
REPORT = pytest.StashKey[Path]()

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
        type=Path,
        help="write an HTML report with pictures (report.html)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "task(id): the task of the assignment that it checks")
    config.addinivalue_line("markers", "training: trains a network; runs with --training")
    config.addinivalue_line("markers", "gpu: needs a CUDA device")
    config.addinivalue_line(
        "markers", "supporting: its yes or no proves little, and counts beside others of its task"
    )
    if SESSION not in config.stash:
        config.stash[SESSION] = CheckSession(
            runner_for=_local_runner(config),
            seed=config.getoption("--check-seed") or secrets.token_hex(16),
            training=bool(config.getoption("--training")),
            gpu=cuda_available(),
            names=manifest().names,
            enabled_tasks=manifest().enabled_tasks,
        )


def _local_runner(config: pytest.Config) -> Callable[[pytest.Item], Runner]:
    from .runner.local import LocalRunner  # imports torch, which a judge need not wait for

    runners: list[Runner] = []

    def runner_for(item: pytest.Item) -> Runner:
        if not runners:
            runners.append(LocalRunner(config.rootpath, config.stash[SESSION].names))
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
    items.sort(key=lambda item: item.get_closest_marker("training") is not None)
    if session.training:
        return
    left_out = [item for item in items if item.get_closest_marker("training")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


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
    checks = config.stash[SESSION]
    if any(result.outcome not in (Outcome.PASSED, Outcome.NOT_RUN) for result in checks.results):
        terminalreporter.write_line(
            f"Repeat with the same inputs: pytest --check-seed {checks.seed}"
        )
    for line in cards(checks.results):
        terminalreporter.write_line(line)
    if REPORT in config.stash:
        terminalreporter.write_line(f"Report with pictures: {config.stash[REPORT]}")
    left_out = [
        item
        for item in terminalreporter.stats.get("deselected", [])
        if item.get_closest_marker("training")
    ]
    if left_out and not config.stash[SESSION].training:
        terminalreporter.write_line(
            f"{len(left_out)} checks that train a network did not run: add --training (minutes)."
        )


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

        session.config.stash[REPORT] = write_report(path, checks.results, checks.seed)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Run checks without NumPy's warnings: NaN and infinity are for the check to judge."""
    with np.errstate(all="ignore" if task_of(item) else None):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    report = yield
    ended = call.when == "call" or (call.when == "setup" and call.excinfo is not None)
    task = task_of(item)
    if task is not None and ended:
        session = item.config.stash[SESSION]
        before = {waits_for(result.message) for result in session.results}
        _record(item, task, call)
        waits = waits_for(session.results[-1].message)
        if waits and waits in before:  # it has been shown once
            report.outcome, report.longrepr = "skipped", (str(item.path), 0, f"Skipped: {waits}")
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not item.config.stash[SESSION].gpu:
        pytest.skip("needs a GPU, and this run has none")


def _record(item: pytest.Item, task: str, call: pytest.CallInfo) -> None:
    session = item.config.stash[SESSION]
    sentence, hint = claim_of(item)
    if call.excinfo is not None and not _is_verdict(call.excinfo.value):
        hint = ""
    result = CheckResult(
        check=check_name(item),
        task=task,
        sentence=in_course_words(sentence, session.names),
        hint=in_course_words(hint, session.names),
        outcome=Outcome.PASSED,
        seconds=call.duration,
    )
    funcargs = getattr(item, "funcargs", {})
    if call.excinfo is not None:
        error = _in_a_file(call.excinfo.value)
        seen = getattr(funcargs.get("submission"), "has_evidence", False)
        if isinstance(error, pytest.skip.Exception):
            result.outcome, result.message = Outcome.NOT_RUN, str(error.msg)
        else:
            result.outcome = classify(error, task, seen and call.when == "call")
            result.message = in_course_words(message_of(error), session.names)
            result.mistake = getattr(getattr(error, "mistake", None), "name", "")
            result.detail = _traceback(item, call.excinfo)
    if "exhibits" in funcargs:
        result.exhibits = funcargs["exhibits"].shown
    session.results.append(result)
    session.on_result(result)


def _in_a_file(error: BaseException) -> BaseException:
    """A syntax error in a file of the package is not the fault of the task that meets it."""
    *above, name = Path(getattr(error, "filename", None) or "").parts or ("",)
    if isinstance(error, SyntaxError) and "diffusion" in above:
        return Unreadable(f"diffusion/{name}", error.lineno or 1, error.msg)
    return error


def _traceback(item: pytest.Item, excinfo: pytest.ExceptionInfo) -> str:
    """The traceback from the check on, without pytest's own frames."""
    entry = excinfo.tb
    while entry is not None and entry.tb_frame.f_code.co_filename != str(item.path):
        entry = entry.tb_next
    found = traceback.format_exception(excinfo.type, excinfo.value, entry or excinfo.tb)
    return "".join(found)


def _is_verdict(error: BaseException) -> bool:
    """Whether the check has judged numbers and explains them by no known mistake, so that its hint
    fits.
    """
    judged = isinstance(error, AssertionError) and not getattr(error, "from_submission", False)
    elsewhere = isinstance(error, SubmissionProblem | WrongForm)
    return judged and not elsewhere and getattr(error, "mistake", None) is None


def claim_of(item: pytest.Item) -> tuple[str, str]:
    """What a check claims and the hint for those who fail it: its docstring's two halves."""
    assert isinstance(item, pytest.Function)
    sentence, _, hint = inspect.cleandoc(item.function.__doc__ or item.name).partition("\n\n")
    return " ".join(sentence.split()), hint


def message_of(error: BaseException) -> str:
    """What an error has to tell the student, without pytest's rewriting of the assert."""
    if isinstance(error, SubmissionProblem | NotImplementedError):
        return str(error)
    if isinstance(error, AssertionError):
        return str(error).partition("\nassert ")[0]
    crash = getattr(error, "crash", "")  # set by the local runner
    return f"{crash}\n{type(error).__name__}: {error}".lstrip()
