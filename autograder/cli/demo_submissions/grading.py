"""`autograder demo`: grade four example submissions and compare each with its expected result."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograder.config import Course, load_course
from autograder.config.paths import REPOSITORY
from autograder.exit_codes import ExitCode
from autograder.grading.intake import read_submission
from autograder.grading.judging.job import Job
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.observers import Observers
from autograder.grading.judging.pipeline import grade_all
from autograder.grading.judging.prefetch import Prefetch
from autograder.grading.judging.result import Scope, SubmissionResult
from autograder.grading.judging.scope import Setup, scope_of
from autograder.grading.judging.seeds import run_seed
from autograder.grading.reports.bar import Bar
from autograder.grading.reports.recorder import Recorder
from autograder.grading.reports.terminal import table
from autograder.grading.sandbox import Isolation, IsolationUnavailable, choose
from autograder.progress import Progress
from checkkit.plugin import cuda_available

from . import THREE_BUGS, write_three_bugs

DIGITS = ("digits", "digits_gpu")
HOSTILE_SECONDS = 2.0


@dataclass(frozen=True)
class DemoSubmission:
    """A submission, what is graded of it, and the expected result."""

    name: str
    path: Path
    scope: Scope
    expected: str
    holds: Callable[[SubmissionResult], bool]


def run(output: Path) -> ExitCode:
    """Grade them; OK if every result is as expected, else FAILED."""
    console = Console(soft_wrap=True)
    isolation, confined = _isolation(console)
    with tempfile.TemporaryDirectory() as folder:
        demos = _demo_submissions(load_course(), write_three_bugs(Path(folder)), confined)
        recorder = Recorder(output)
        with recorder:
            graded = [_grade(demo, isolation, recorder) for demo in demos]
    console.print(table(recorder.rows))
    kept = [_print_verdict(console, demo, done) for demo, done in zip(demos, graded, strict=True)]
    console.print(f"\nDigits and all outcomes: {recorder.overview.resolve()}")
    return ExitCode.OK if all(kept) else ExitCode.FAILED


def _isolation(console: Console) -> tuple[Isolation, bool]:
    try:
        return choose("auto"), True
    except IsolationUnavailable as reason:
        console.print(Text(f"Submissions cannot be isolated here: {reason}", style="yellow"))
        console.print(
            "The demo runs its own code without isolation and leaves out the submission `hostile`."
        )
        return choose("none"), False


def _demo_submissions(course: Course, three_bugs: Path, confined: bool) -> list[DemoSubmission]:
    whole, _ = scope_of(course, tuple(course.auto_tasks))
    demos = [
        DemoSubmission(
            "solution",
            REPOSITORY.solution,
            whole,
            "full marks, and digits in the report",
            _full_marks,
        ),
        DemoSubmission(
            "starter", REPOSITORY.starter, whole, "0 points, everything not attempted", _untouched
        ),
        DemoSubmission(
            "three_bugs",
            three_bugs,
            _without(whole, DIGITS),
            f"loses {', '.join(bug.task for bug in THREE_BUGS)} and their hidden checks",
            _loses_what_its_bugs_cost,
        ),
    ]
    if confined:
        impatient = _without(whole, DIGITS, _impatient(course))
        demos.append(
            DemoSubmission(
                "hostile", REPOSITORY.hostile, impatient, "gets 0 points", _nothing_gained
            )
        )
    return demos


def _grade(demo: DemoSubmission, isolation: Isolation, recorder: Recorder) -> SubmissionResult:
    console = Console(stderr=True, soft_wrap=True)
    setup = Setup(demo.scope, isolation.name, isolation.of_record)
    job = Job(demo.name, demo.path, read_submission(demo.path))
    progress = Progress(console, "starting workers", own_lines=True)
    with Prefetch([job], isolation, demo.scope.course) as jobs, progress:
        bar = Bar(progress, 1, demo.scope.checks)
        gpu = isolation.lends_gpu and cuda_available()
        judge = Judge(run_seed(None), gpu=gpu, observer=Observers(recorder, bar))
        return next(grade_all(jobs, setup, judge))


def _print_verdict(console: Console, demo: DemoSubmission, graded: SubmissionResult) -> bool:
    kept = demo.holds(graded)
    sign, style = ("✓", "green") if kept else ("✗", "bold red")
    console.print(Text(f"{sign} {demo.name}: {demo.expected}", style=style))
    return kept


# ----------------------------------------------------------------------------- what is graded


def _without(scope: Scope, tasks: Sequence[str], course: Course | None = None) -> Scope:
    checks = tuple(check for check in scope.checks if check.task not in tasks)
    names = tuple(name for name in scope.tasks if name not in tasks)
    return Scope(course or scope.course, checks, names)


def _impatient(course: Course) -> Course:
    """The same course with short time limits."""
    data = course.model_dump(exclude_unset=True)
    for assignment in data["assignments"]:
        for part in assignment["parts"]:
            for task in part["tasks"]:
                if task.get("kind", "auto") == "auto":
                    task["time_limit"] = HOSTILE_SECONDS
    return Course.model_validate(data)


# ------------------------------------------------------------------------------- expectations


def _lost(graded: SubmissionResult) -> set[str]:
    return {score.task.id for score in graded.scores() if score.earned < score.task.points}


def _full_marks(graded: SubmissionResult) -> bool:
    return graded.finished and not _lost(graded)


def _untouched(graded: SubmissionResult) -> bool:
    ended = {str(outcome) for outcome in graded.counts()}
    return graded.finished and not graded.total and ended <= {"not attempted", "blocked", "not run"}


def _loses_what_its_bugs_cost(graded: SubmissionResult) -> bool:
    visible = {bug.task for bug in THREE_BUGS}
    hidden = {bug.hidden_task for bug in THREE_BUGS}
    return graded.finished and visible <= _lost(graded) <= visible | hidden


def _nothing_gained(graded: SubmissionResult) -> bool:
    return graded.finished and not graded.total
