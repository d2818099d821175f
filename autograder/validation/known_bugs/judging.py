"""Judge one package in this process, without a sandbox.

The checks, their seeds, outcomes and points are those of grading, and so are the bytes of every
request and reply. Only the sandbox is missing: our own programs do not need it, and without it
Python and torch need not start twice for each of hundreds of packages. A test compares the outcomes
of both ways.
"""

import json
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from autograder.course.starter import handed_out, started_from
from autograder.grading.intake import read_submission
from autograder.grading.judging.checks import CheckInfo
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.result import Scope
from autograder.grading.judging.scope import Setup
from autograder.grading.judging.workspace import laid_over
from autograder.grading.sandbox.replies import evidence_of, read_reply
from autograder.grading.sandbox.runner import request_for
from autograder.grading.sandbox.wire import PREFIX, FrameCaps, frame_sizes, pack, unpack
from checkkit.runner.evidence import Returns
from checkkit.runner.missing import Stubs
from checkkit.runner.names import Names
from checkkit.runner.outcomes import Outcome, TimedOut

from .entries import Entry

CAPS = FrameCaps(header=2**30, body=2**40)
TOKEN = "in process"


@dataclass(frozen=True)
class Ending:
    """How one check of one package ended."""

    outcome: Outcome
    message: str = ""
    mistake: str = ""

    @property
    def kills(self) -> bool:
        """The check says that the package is wrong; a blocked one leaves that to another."""
        return self.failed and self.outcome not in (Outcome.GRADER_ERROR, Outcome.BLOCKED)

    @property
    def failed(self) -> bool:
        """The check ran and did not pass, whoever is to blame."""
        return self.outcome not in (Outcome.PASSED, Outcome.NOT_RUN)


NOT_RUN = Ending(Outcome.NOT_RUN)


@dataclass(frozen=True)
class Row:
    """An entry, and how each check of it ended; `problem` where none did."""

    entry: Entry
    endings: Mapping[str, Ending]
    problem: str = ""
    seconds: float = 0.0

    @cached_property
    def killers(self) -> list[str]:
        """The checks that say that it is wrong."""
        return [name for name, ending in self.endings.items() if ending.kills]

    @cached_property
    def diagnosed(self) -> list[str]:
        """The names that checks gave to its mistake."""
        names = [ending.mistake for ending in self.endings.values() if ending.mistake]
        return list(dict.fromkeys(names))

    def ran(self, check: CheckInfo) -> bool:
        """Whether a check has judged it."""
        return self.endings.get(check.name, NOT_RUN).outcome is not Outcome.NOT_RUN


def judge_package(
    name: str, write: Callable[[Path], object], scopes: Sequence[Scope], judge: Judge
) -> bytes:
    """Judge the package that `write` puts into a folder; return how each check ended.

    For a process that ends afterwards, since the package is imported as `diffusion`. A judge that
    stops at a failure does not run the scopes after it.
    """
    sys.dont_write_bytecode = True
    # At each seeding torch records the whole stack three times, in case a GPU complains later.
    # Nobody would read it here, and it costs a sixth of the time.
    traceback.format_stack = lambda *_, **__: []
    with tempfile.TemporaryDirectory() as scratch:
        folder, endings = Path(scratch) / name, {}
        write(folder)
        course = scopes[0].course
        submission = read_submission(folder)
        starter = handed_out() | started_from(course)  # optional tasks have given modules, too
        with laid_over(submission, Path(scratch), starter) as laid:
            runner = InProcessRunner(laid, course.names, course.ownership.stubs)
            for scope in scopes:
                graded = Setup(scope, "none", False).begin(name, laid)
                graded.content = submission.digest()
                judge.judge(graded, runner.runner_for)
                endings |= {
                    name: Ending(result.outcome, result.message, result.mistake)
                    for name, result in graded.results.items()
                }
                if judge.up_to_failure and any(ending.failed for ending in endings.values()):
                    break
    return json.dumps({name: astuple(ending) for name, ending in endings.items()}).encode()


def endings_of(report: bytes) -> dict[str, Ending]:
    """The report of `judge_package`, by the name of the check; empty if there is none."""
    ends = json.loads(report or b"{}")
    return {name: Ending(Outcome(outcome), *words) for name, (outcome, *words) in ends.items()}


class Late(BaseException):
    """The time of a probe is over; an `except Exception` of a submission does not catch it."""


class InProcessRunner:
    """Runs probes with the code of the sandbox's workers, but in this process."""

    def __init__(self, folder: Path, names: Names | None = None, stubs: Stubs | None = None):
        from autograder.grading.sandbox.worker.answer import Answers, prepare_torch

        prepare_torch(threads=1)
        for name in [name for name in sys.modules if name.partition(".")[0] == "diffusion"]:
            del sys.modules[name]  # another submission's, where the parent has imported one
        sys.path.insert(0, str(folder))
        self._answers = Answers(str(folder))
        self._names, self._stubs = names, stubs

    def runner_for(self, item: pytest.Item) -> "InProcessRunner":
        """The same runner for visible and hidden checks."""
        return self

    def run(
        self, probe: Callable, *, returns: Returns, seed: int, time_limit: float, **inputs: Any
    ) -> dict:
        """As `SandboxedRunner.run`."""
        request = unpack(*_parts(request_for(probe, TOKEN, seed, inputs, self._names, self._stubs)))
        reply = pack(_in_time(lambda: self._answers.to(request), time_limit))
        return evidence_of(read_reply(*_parts(reply), TOKEN), returns)

    def renew(self) -> None:
        """Nothing: there is one process."""


def _in_time(answer: Callable[[], dict], seconds: float) -> dict:
    """The answer, if it comes in time: the worker's code catches whatever is raised in it."""
    start, reply = time.monotonic(), {}
    signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        reply = answer()
    except Late:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if time.monotonic() - start >= seconds:
        raise TimedOut(f"no answer within {seconds:g} seconds")
    return reply


def _ring(*_: object) -> None:
    raise Late


def _parts(frame: bytes) -> tuple[bytes, bytes]:
    """Header and body of a frame."""
    header, _ = frame_sizes(frame[: PREFIX.size], CAPS)
    return frame[PREFIX.size : PREFIX.size + header], frame[PREFIX.size + header :]
