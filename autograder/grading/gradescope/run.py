"""Grades the one submission that the platform has laid down: what run_autograder starts.

This process judges nothing. It watches the process that does, writes results.json after every
check, and ends a minute before the platform would end it, for of what is ended there the platform
keeps nothing. What it prints is for staff.
"""

import contextlib
import io
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from autograder.config import Course, GradingError, load_course
from autograder.config.files import write_whole
from autograder.grading.batch.journal import Journal
from autograder.grading.batch.pool import LocalPool, PoolFailed
from autograder.grading.batch.run import LOST, Batch
from autograder.grading.batch.settings import Settings
from autograder.grading.gradebook.grades import grades_of
from autograder.grading.intake import source_at
from autograder.grading.intake.policy import policy_of
from autograder.grading.judging.observers import Listener
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scope import Setup
from autograder.grading.judging.seeds import run_seed

from .document import STOPPED, TIME_IS_UP, cut_short, document, trouble
from .metadata import Metadata, read_metadata

PLACE = Path("/autograder")
MARGIN = 60.0  # seconds between our end and the platform's: it starts its clock before we start
PRINTED = 2000  # characters of what each worker of the submission printed last
PRIVATE = ("source", "submission", "results", "submission_metadata.json")


class OutOfTime(BaseException):
    """The time is up; no handler of errors shall take it for one."""


@dataclass
class Writer(Listener):
    """Keeps results.json up to date; what was judged stays, also if its judge has died since."""

    path: Path
    course: Course
    known: Metadata
    graded: SubmissionResult | None = field(default=None, init=False)
    stopped: str = field(default="", init=False)

    def begin(self, graded: SubmissionResult) -> None:
        """The first judge of it begins, or another one after that."""
        for name, result in (self.graded.results if self.graded else {}).items():
            graded.results.setdefault(name, result)
        self.graded = graded
        self.write()

    def result(self, graded: SubmissionResult) -> None:
        self.graded = graded
        self.write()

    def finish(self, graded: SubmissionResult) -> None:
        """It is done, or so many judges have died of it that there will be no other."""
        if graded.problem == LOST and self.graded and self.graded.results:
            self.stop(STOPPED)
        else:
            self.graded = graded
            self.write()

    def stop(self, why: str) -> None:
        """Nothing more will be judged."""
        assert self.graded is not None
        self.stopped = why
        cut_short(self.graded, why.partition(";")[0] + ".")
        self.write((why,))

    def write(self, notes: tuple[str, ...] = ()) -> None:
        assert self.graded is not None
        marks = grades_of(self.graded, self.known.adjustments)
        indent = 1 if self.graded.finished else None
        write_whole(self.path, document(self.graded, marks, self.course, notes, indent))


def grade(place: Path, seconds: float | None = None) -> None:
    """Grade what lies there; results.json says what came of it, whatever happens.

    Args:
        place: the folder that the platform calls /autograder.
        seconds: that grading may take, where that is not what grading.yaml says.
    """
    results = place / "results" / "results.json"
    try:
        course = load_course()
        known = read_metadata(place / "submission_metadata.json", course)
        writer = Writer(results, course, known)
        _grade(place / "submission", course, writer, seconds or seconds_of(course))
    except (GradingError, PoolFailed) as error:
        _tell_trouble(results, str(error))
    except Exception:
        _tell_trouble(results, traceback.format_exc())
    else:
        _summary(writer)


def seconds_of(course: Course) -> float:
    """How long grading may take, so that the platform need not end it."""
    return course.gradescope.minutes * 60 - MARGIN


def _grade(submission: Path, course: Course, writer: Writer, seconds: float) -> None:
    known = writer.known
    source = replace(
        source_at("submission", submission, policy_of(course)),
        students=known.students,
        submitted_at=known.submitted_at,
    )
    tasks = tuple(t for t in course.auto_tasks if t not in course.gradescope.leave_out)
    settings = Settings(run_seed(None), tasks, True, "auto", course.profile)
    silence = 120 + 2 * max(course.auto_tasks[name].time_limit for name in tasks)

    def begin(setup: Setup) -> Listener:
        for end in setup.loose:
            print(f"Not in order: {end}")
        return writer

    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="grading-") as folder, Journal(Path(folder)) as journal:
        batch = Batch([source], course, settings, journal)
        try:
            with _at_most(seconds), LocalPool(settings, 1, silence) as pool:
                list(batch.run(pool, begin))
        except OutOfTime:
            if writer.graded is None:
                raise PoolFailed("the time ran out before a check could begin") from None
            writer.graded.seconds = time.monotonic() - started
            writer.stop(TIME_IS_UP)


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise OutOfTime within, wherever it is, when the time is up."""

    def up(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# ------------------------------------------------------------------------------- words for staff


def _tell_trouble(results: Path, words: str) -> None:
    print(f"The autograder is not in order:\n{words}")
    write_whole(results, trouble())


def _summary(writer: Writer) -> None:
    graded = writer.graded
    assert graded is not None
    marks = grades_of(graded, writer.known.adjustments)
    late = [one.late for one in marks.shared.assignments if one.late.days]
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    spent = sum(one.ru_utime + one.ru_stime for one in used)
    lines = [
        *(f"{one.task.id}: {one.earned:g} of {one.task.points:g}" for one in graded.scores()),
        *(f"late: -{one.deduction:g} ({one.text})" for one in late),
        f"total: {marks.total:g}",
        *(f"remark: {words}" for words in (*writer.known.remarks, writer.stopped) if words),
        *(f"flag: {words}" for words in graded.flags()),
        *(f"look at: {words}" for words in (*graded.suspicions, *graded.complaints)),
        "outcomes: " + ", ".join(f"{n} {outcome}" for outcome, n in graded.counts().items()),
        *(f"printed: {words[-PRINTED:]!r}" for words in graded.outputs if words),
        f"isolation: {graded.isolation}; seeds: {' '.join(graded.seeds)}",
        f"judging took {graded.seconds:.0f} s, {spent:.0f} s of CPU time",
    ]
    print("\n".join(lines))


def main() -> None:
    """Grade what lies in /autograder."""
    for name in PRIVATE:  # of whoever runs this, who is root there; submissions run as others
        with contextlib.suppress(OSError):
            (PLACE / name).chmod(0o700)
    os.umask(0o077)
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(line_buffering=True)
    grade(PLACE)


if __name__ == "__main__":
    main()
