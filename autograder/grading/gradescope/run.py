"""Grades one submission on the platform: what run_autograder starts.

This process watches the process that judges, writes results.json after every check, and ends a
minute before the platform would end it, because the platform then keeps no results. What it prints
is for staff.
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
from autograder.grading.batch.pool import LocalPool, PoolFailed, silence_of
from autograder.grading.batch.run import LOST, Batch
from autograder.grading.batch.settings import Settings
from autograder.grading.gradebook.grades import SubmissionGrades, grades_of
from autograder.grading.intake import source_at
from autograder.grading.intake.policy import policy_of
from autograder.grading.judging.observers import Observer
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scope import Setup
from autograder.grading.judging.seeds import run_seed
from checkkit.points import in_points, written
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

from .document import STOPPED, TIME_IS_UP, cut_short, document, trouble
from .metadata import Metadata, read_metadata

PLACE = Path("/autograder")
MARGIN = 60.0  # seconds between our end and the platform's: it starts its clock before we start
REST = 60.0  # seconds of these for starting workers, reading the source and the reports
PRINTED = 2000  # characters of the end of each worker's output
PRIVATE = ("source", "submission", "results", "submission_metadata.json")


class OutOfTime(BaseException):
    """The time is up; not an Exception, so that no error handler catches it."""


@dataclass
class Writer(Observer):
    """Keeps results.json up to date; results stay if the process that judged them dies."""

    path: Path
    known: Metadata
    judged: SubmissionResult | None = field(default=None, init=False)
    stopped: str = field(default="", init=False)

    def begin(self, result: SubmissionResult) -> None:
        """Judging begins, perhaps again after a judging process has died."""
        for name, check in (self.judged.results if self.judged else {}).items():
            result.results.setdefault(name, check)
        self._keep(result)

    def result(self, result: SubmissionResult, check: CheckResult) -> None:
        self._keep(result)

    def finish(self, result: SubmissionResult) -> None:
        """It is done, or was given up because judging processes died."""
        if result.problem == LOST and self.judged and self.judged.results:
            self.stop(STOPPED)
        else:
            self._keep(result)

    def _keep(self, result: SubmissionResult) -> None:
        self.judged = result
        self.write()

    def stop(self, why: str) -> None:
        """Nothing more will be judged. Students are told if a check that they see lacked time."""
        assert self.judged is not None
        self.stopped = why
        missing = cut_short(self.judged, why.partition(";")[0] + ".")
        tasks = self.judged.scope.course.auto_tasks
        late = [r for r in self.judged.results.values() if r.outcome is Outcome.TIMED_OUT]
        seen = any(not tasks[one.task].hidden for one in (*missing, *late))
        self.write((why,) if seen else ())

    def write(self, notes: tuple[str, ...] = ()) -> None:
        """Write results.json."""
        write_whole(self.path, document(self.grades, notes))

    @property
    def grades(self) -> SubmissionGrades:
        """The grades so far."""
        assert self.judged is not None
        return grades_of(self.judged, self.known.adjustments)


def grade(place: Path, seconds: float | None = None) -> None:
    """Grade the submission; results.json is written whatever happens.

    Args:
        place: the folder that the platform calls /autograder.
        seconds: the time that grading may take, if not that of grading.yaml.
    """
    results = place / "results" / "results.json"
    try:
        course = load_course()
        known = read_metadata(place / "submission_metadata.json", course)
        writer = Writer(results, known)
        _grade(place / "submission", course, writer, seconds or seconds_of(course))
    except (GradingError, PoolFailed) as error:
        _report_trouble(results, str(error))
    except Exception:
        _report_trouble(results, traceback.format_exc())
    else:
        _summary(writer)


def seconds_of(course: Course) -> float:
    """How long grading may take before the platform would end it."""
    return course.gradescope.minutes * 60 - MARGIN


def budget_of(seconds: float) -> float:
    """How much of this time the checks may take."""
    return max(seconds - REST, seconds / 2)


def _grade(submission: Path, course: Course, writer: Writer, seconds: float) -> None:
    known = writer.known
    source = replace(
        source_at("submission", submission, policy_of(course)),
        students=known.students,
        submitted_at=known.submitted_at,
    )
    tasks = tuple(t for t in course.auto_tasks if t not in course.gradescope.leave_out)
    budget = budget_of(seconds)
    settings = Settings(run_seed(None), tasks, True, "auto", course.profile, budget)
    silence = silence_of(course.auto_tasks[name].time_limit for name in tasks)

    def begin(setup: Setup) -> Observer:
        for problem in setup.inconsistencies:
            print(f"Warning: {problem}")
        return writer

    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="grading-") as folder, Journal(Path(folder)) as journal:
        batch = Batch([source], course, settings, journal)
        try:
            with _at_most(seconds), LocalPool(settings, 1, silence) as pool:
                list(batch.run(pool, begin))
        except OutOfTime:
            if writer.judged is None:
                raise PoolFailed("the time ran out before a check could begin") from None
            writer.judged.seconds = time.monotonic() - started
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


def _report_trouble(results: Path, words: str) -> None:
    print(f"The autograder cannot grade:\n{words}")
    write_whole(results, trouble())


def _summary(writer: Writer) -> None:
    grades = writer.grades
    result = grades.result
    late = [one.late for one in grades.shared.assignments if one.late.days]
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    lines = [
        *(
            f"{one.task.id}: {written(one.earned)} of {in_points(one.possible, one.task.bonus)}"
            for one in result.scores()
        ),
        *(f"late: -{written(one.deduction)} ({one.text})" for one in late),
        f"total: {written(grades.shared.total)}",
        *(f"remark: {words}" for words in (*writer.known.remarks, writer.stopped) if words),
        *(f"flag: {words}" for words in result.flags()),
        *(f"look at: {words}" for words in (*result.suspicions, *result.complaints)),
        "outcomes: " + ", ".join(f"{n} {outcome}" for outcome, n in result.counts().items()),
        *(f"printed: {words[-PRINTED:]!r}" for words in result.outputs if words),
        f"isolation: {result.isolation}; seeds: {' '.join(result.seeds)}",
        f"judging took {result.seconds:.0f} s, {cpu:.0f} s of CPU time",
    ]
    print("\n".join(lines))


def main() -> None:
    """Grade the submission in /autograder."""
    for name in PRIVATE:  # submissions run as other users
        with contextlib.suppress(OSError):
            (PLACE / name).chmod(0o700)
    os.umask(0o077)
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(line_buffering=True)
    grade(PLACE)


if __name__ == "__main__":
    main()
