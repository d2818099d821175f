"""`autograder grade`: from the words of the command line to graded submissions and a table.

Read on in `judge.batch`: the way that each submission takes.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.plugin import cuda_available

from .config import Course, GradingError, load_course
from .judge.batch import grade_all
from .judge.checks import collect_checks
from .judge.graded import Graded, Scope
from .judge.judging import Judge
from .judge.listening import Listeners
from .judge.seeds import run_seed
from .judge.ties import loose_ends
from .judge.waiting import Waiting
from .naming import named
from .progress import Bar
from .report.recorder import Recorder
from .report.terminal import table
from .sandbox import IsolationUnavailable, choose

GRADED, NOTHING_GRADED, BAD_REQUEST, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True)
class Request:
    """What was asked for; `only` empty means every task."""

    paths: Sequence[Path]
    output: Path
    only: tuple[str, ...] = ()
    training: bool = True
    isolation: str = "auto"
    seed: str | None = None
    published: bool = False


def run(request: Request) -> int:
    """Grade, and show the table; return the exit status, which never depends on the grades."""
    messages = Console(stderr=True, soft_wrap=True)
    try:
        course = load_course()
        tasks = chosen_tasks(course, request.only)
        isolation = choose(request.isolation)
        recorder = Recorder(request.output, request.published)
    except (GradingError, IsolationUnavailable, ValueError, OSError) as error:
        messages.print(Text(str(error), style="bold red"))
        return BAD_REQUEST
    submissions, seed = named(request.paths), run_seed(request.seed)
    with Waiting(submissions, isolation) as waiting:
        waiting.prepare()  # workers start while the checks are collected
        scope, loose = scope_of(course, tasks)
        for end in loose:
            messages.print(Text(f"Not in order: {end}", style="yellow"))
        with recorder, Bar(messages, len(submissions), scope.checks) as bar:
            judge = Judge(
                seed,
                request.training,
                isolation.lends_gpu and cuda_available(),
                Listeners(recorder, bar),
            )
            graded, whole = _until_interrupted(grade_all(waiting, scope, judge))
    if not request.training:
        messages.print(Text("Checks that train did not run; their points are missing.", "yellow"))
    messages.print(Text(f"The same inputs again: --seed {seed}"))
    return _conclude(graded, whole, recorder, messages)


def chosen_tasks(course: Course, only: Sequence[str]) -> tuple[str, ...]:
    """The tasks to grade, in the order of grading.yaml.

    Raises:
        ValueError: a name is no task that checks grade.
    """
    known = tuple(course.auto_tasks)
    for name in only:
        if name not in known:
            if any(task.id == name for task in course.tasks):
                raise ValueError(f"--only {name}: a person grades this task; no check can")
            close = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean {close[0]}?" if close else f"tasks: {', '.join(known)}"
            raise ValueError(f"--only {name}: there is no such task; {meant}")
    return tuple(name for name in known if not only or name in only)


def scope_of(course: Course, tasks: Sequence[str]) -> tuple[Scope, list[str]]:
    """The tasks with their checks, and what is not in order between the two."""
    collected = collect_checks()
    checks = tuple(check for check in collected.checks if check.task in tasks)
    return Scope(course, checks, tuple(tasks)), list(loose_ends(course, collected))


def _until_interrupted(submissions: Iterable[Graded]) -> tuple[list[Graded], bool]:
    graded = []
    try:
        for finished in submissions:
            graded.append(finished)
    except KeyboardInterrupt:
        return graded, False
    return graded, True


def _conclude(graded: list[Graded], whole: bool, recorder: Recorder, messages: Console) -> int:
    for one in graded:
        if one.problem:
            messages.print(Text(f"{one.path}: {one.problem}", style="bold red"))
    if graded:
        Console().print(table(graded))
        messages.print(Text(f"Every outcome: {recorder.overview}"))
    if not whole:
        messages.print(Text("Interrupted; what was finished is in the files.", style="yellow"))
        return INTERRUPTED
    return GRADED if any(one.finished for one in graded) else NOTHING_GRADED
