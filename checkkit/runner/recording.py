"""From a test that has ended to the result of its check."""

import inspect
import traceback
from pathlib import Path

import pytest

from .evidence import WrongForm
from .names import in_course_words
from .outcomes import Outcome, SubmissionProblem, Unreadable, classify, told, unimportable
from .results import CheckResult
from .session import SESSION, check_name, task_of


def record(item: pytest.Item, task: str, call: pytest.CallInfo) -> None:
    """Add the result of a check that has ended to those of its session."""
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
        error = _of_a_file(call.excinfo.value)
        seen = getattr(funcargs.get("submission"), "has_evidence", False)
        if isinstance(error, pytest.skip.Exception):
            result.outcome, result.message = Outcome.NOT_RUN, str(error.msg)
        else:
            result.outcome = classify(error, task, seen and call.when == "call")
            result.message = in_course_words(message_of(error), session.names)
            result.mistake = getattr(getattr(error, "mistake", None), "name", "")
            result.inside = getattr(getattr(error, "crash", None), "inside", ())
            result.detail = _traceback(item, call.excinfo)
    if "exhibits" in funcargs:
        result.exhibits = funcargs["exhibits"].shown
    session.results.append(result)
    session.on_result(result)


def not_run(item: pytest.Item, why: str) -> CheckResult:
    """The result of a check that is left out of a run."""
    sentence = in_course_words(claim_of(item)[0], item.config.stash[SESSION].names)
    task = task_of(item) or ""
    return CheckResult(check_name(item), task, sentence, Outcome.NOT_RUN, message=why)


def _of_a_file(error: BaseException) -> BaseException:
    """A file of the package that cannot be imported is not the fault of the task that meets it."""
    if isinstance(error, SyntaxError) and (file := _in_package(error.filename or "")):
        return Unreadable(file, error.lineno or 1, error.msg)
    if not getattr(error, "from_submission", False) or isinstance(error, NotImplementedError):
        return error
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.name == "<module>" and (file := _in_package(frame.filename)):
            return unimportable(file, frame.lineno or 1, type(error).__name__, str(error))
    return error


def _in_package(path: str) -> str:
    """The name of a file of the package, "diffusion/x.py"; "" for another file."""
    *above, name = Path(path).parts or ("",)
    return f"diffusion/{name}" if above[-1:] == ["diffusion"] else ""


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
    # Both are set by the local runner.
    crash, callers = getattr(error, "crash", ""), getattr(error, "callers", ())
    return "\n".join((told(crash, type(error).__name__, str(error)), *callers))
