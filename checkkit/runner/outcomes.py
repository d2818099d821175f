"""How a check can end, and the exceptions by which a runner says so."""

import re
from enum import StrEnum


class Outcome(StrEnum):
    """How one check ended; the values are the words that reports use."""

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


class SubmissionProblem(Exception):
    """The submission kept a probe from returning evidence; the message is fit for its author."""

    outcome = Outcome.FAILED


class NotAttempted(SubmissionProblem, NotImplementedError):
    """A stub was reached that nobody has filled in."""

    outcome = Outcome.NOT_ATTEMPTED


class SubmissionRaised(SubmissionProblem, AssertionError):
    """The submission raised an exception of its own.

    `kind` is the name of the exception's type, `text` its message and `traceback` the frames that
    lie in the submission's files.
    """

    def __init__(self, kind: str, text: str, traceback: str = ""):
        self.kind, self.text, self.traceback = kind, text, traceback
        super().__init__(f"{kind}: {text}" + (f"\n{traceback}" if traceback else ""))


class TimedOut(SubmissionProblem):
    """No evidence within the time limit."""

    outcome = Outcome.TIMED_OUT


class Crashed(SubmissionProblem):
    """The process that ran the submission ended."""

    outcome = Outcome.CRASHED


class ProtocolBroken(SubmissionProblem):
    """What came back is not what an honest worker sends."""

    outcome = Outcome.BROKE_PROTOCOL


STUB = re.compile(r"\(task (\w+)\)")


def classify(error: BaseException, task: str, has_evidence: bool) -> Outcome:
    """The outcome of a check of `task` that ended with `error`.

    A stub of another task blocks; an error that carries an outcome has decided; one that is
    nobody's declared failure is the evidence's fault once evidence was seen, and ours before.
    """
    if isinstance(error, NotImplementedError):
        stub = STUB.search(str(error))
        return Outcome.BLOCKED if stub and stub[1] != task else Outcome.NOT_ATTEMPTED
    if isinstance(outcome := getattr(error, "outcome", None), Outcome):
        return outcome
    if isinstance(error, AssertionError) or getattr(error, "from_submission", False):
        return Outcome.FAILED
    return Outcome.BROKE_PROTOCOL if has_evidence else Outcome.GRADER_ERROR
