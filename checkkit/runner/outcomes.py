"""The outcomes of a check, and the exceptions of a runner that cause them."""

import re
from enum import StrEnum
from typing import NamedTuple

CRASH_WORDS = 600  # characters
MOST_INSIDE = 20

SYNTAX = ("SyntaxError", "IndentationError", "TabError")
PLACE = re.compile(r'^  File "([^"\n]+)", line (\d+), in <module>$', re.MULTILINE)
WAITS = re.compile(r"diffusion/\S+\.py cannot be (read by Python|imported), line \d+: ")


class Outcome(StrEnum):
    """The outcome of one check; the values are the words in reports."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"
    BLOCKED = "blocked"
    TIMED_OUT = "timed out"
    CRASHED = "crashed"
    BROKE_PROTOCOL = "broke the protocol"
    NOT_RUN = "not run"
    REVIEW = "flagged for review"
    GRADER_ERROR = "grader error"


NO_FAULT = frozenset({Outcome.PASSED, Outcome.NOT_RUN})
WAITING = frozenset({Outcome.NOT_ATTEMPTED, Outcome.BLOCKED})  # for code that is not there yet


class SubmissionProblem(Exception):
    """The submission did not let the probe return evidence; students may read the message."""

    outcome = Outcome.FAILED


class NotAttempted(SubmissionProblem, NotImplementedError):
    """The probe reached a stub that is not filled in."""

    outcome = Outcome.NOT_ATTEMPTED


class Crash(NamedTuple):
    """Where a submission crashed: file, line and code of its own; `words` say why, or nothing.

    `inside` are its functions and classes that the exception passed, the innermost first.
    """

    file: str
    line: int
    code: str
    words: str = ""
    inside: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}: {self.code}" if self.file else ""
        return "\n".join(filter(None, (place, self.words)))


def told(crash: Crash | str, kind: str, text: str) -> str:
    """A crash and Python's own words: of a list of signatures beside a reason, the first line."""
    said = text.partition("\n")[0] if isinstance(crash, Crash) and crash.words else text
    return f"{crash}\n{kind}: {said}".lstrip()


class SubmissionRaised(SubmissionProblem, AssertionError):
    """The submission raised an exception.

    `kind` is the name of its type, `text` its message and `traceback` the frames in the
    submission's files. `crash` is the line of the submission that failed, and why.
    """

    def __init__(self, kind: str, text: str, traceback: str = "", crash: Crash | str = ""):
        self.kind, self.text, self.traceback, self.crash = kind, text, traceback, crash
        super().__init__("\n".join(filter(None, (told(crash, kind, text), traceback))))


class Blocked(SubmissionProblem, AssertionError):
    """Nothing can be said before another check passes, which this names by its claim."""

    outcome = Outcome.BLOCKED

    def __init__(self, claim: str, why: str):
        end = "" if why.endswith(("?", ".")) else "."
        super().__init__(f"{why}{end} First correct what this check reports: '{claim}'")


class Unreadable(SubmissionProblem):
    """A file of the submission cannot be imported; everything that needs it waits for it."""

    outcome = Outcome.BLOCKED

    def __init__(self, file: str, line: int, words: str, what: str = "read by Python"):
        super().__init__(f"{file} cannot be {what}, line {line}: {words}")


def unimportable(file: str, line: int, kind: str, text: str) -> Unreadable:
    """A file of which a line outside of functions raised an exception."""
    module = re.fullmatch(r"No module named '(\w+)'", text)
    advice = f". Is it a file of yours? Then write `from .{module[1]} import ...`" if module else ""
    return Unreadable(file, line, f"{kind}: {text}{advice}", "imported")


def unreadable(error: SubmissionProblem, file: str = "") -> SubmissionProblem:
    """What was raised in the sandbox, in other words where a file cannot be imported.

    It is `file` that was imported, if the traceback names none.
    """
    if not isinstance(error, SubmissionRaised):
        return error
    places = PLACE.findall(error.traceback)
    if error.kind not in SYNTAX:
        file, line = places[-1] if places else ("", "")
        return unimportable(file, int(line), error.kind, error.text) if file else error
    if places and "null byte" not in error.text:  # of which Python does not say the file
        file, line = places[-1]
    elif file and not error.traceback:
        line = "1"
    else:
        return error
    return Unreadable(file, int(line), re.sub(r" \(\w+\.py, line \d+\)$", "", error.text))


def waits_for(message: str) -> str:
    """What `Unreadable` says, where that is the message; else ""."""
    return message.partition("\n")[0] if WAITS.match(message) else ""


class TimedOut(SubmissionProblem):
    """No evidence within the time limit."""

    outcome = Outcome.TIMED_OUT


class Crashed(SubmissionProblem):
    """The process that ran the submission ended."""

    outcome = Outcome.CRASHED


class ProtocolBroken(SubmissionProblem):
    """The reply is not one that an honest worker sends."""

    outcome = Outcome.BROKE_PROTOCOL


STUB = re.compile(r"\(task (\w+)\)")


def classify(error: BaseException, task: str, has_evidence: bool) -> Outcome:
    """The outcome of a check of `task` that ended with `error`.

    A stub of another task blocks the check. Some errors have an outcome. Any other error is caused
    by the evidence if there is evidence, and by the grader if not.
    """
    if isinstance(error, NotImplementedError):
        stub = STUB.search(str(error))
        return Outcome.BLOCKED if stub and stub[1] != task else Outcome.NOT_ATTEMPTED
    if isinstance(outcome := getattr(error, "outcome", None), Outcome):
        return outcome
    if isinstance(error, AssertionError) or getattr(error, "from_submission", False):
        return Outcome.FAILED
    return Outcome.BROKE_PROTOCOL if has_evidence else Outcome.GRADER_ERROR
