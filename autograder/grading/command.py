"""`autograder grade`: from the words of the command line to graded submissions and a table.

Read on in `batch.run`, what has to be judged, and `judging.pipeline`, the way of one submission.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from autograder.config import Course, GradingError, load_course
from autograder.exit_codes import ExitCode
from checkkit.text import harmless, one_line

from .batch.jobs import GRADING, jobs_here
from .batch.journal import NAME as JOURNAL
from .batch.journal import Journal, JournalInUse
from .batch.pool import JudgePool, LocalPool, PoolFailed
from .batch.run import Batch
from .batch.settings import Settings
from .gradebook.input_tables import BadTable
from .gradebook.saved_tables import load_adjustments, save_tables
from .intake import SubmissionSource, gather
from .intake.policy import policy_of
from .judging.observers import Listener, Listeners
from .judging.result import SubmissionResult
from .judging.scope import Setup, chosen_tasks
from .judging.seeds import run_seed
from .reports.bar import Bar
from .reports.recorder import Recorder
from .reports.terminal import table
from .sandbox.choice import NAMES

if TYPE_CHECKING:
    from .gradebook.nbgrader import Record

OUTDATED = "an earlier version of the autograder wrote it; everything is judged again"
MOST_WORDS = 20_000  # characters of a refusal, which may list every fault of a file


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for; `only` empty means every task, no `jobs` as many as the machine bears."""

    paths: Sequence[Path]
    output: Path
    only: tuple[str, ...] = ()
    training: bool = True
    isolation: str = "auto"
    seed: str | None = None
    published: bool = False
    jobs: int | None = None
    force: bool = False
    scheduler: str | None = None
    cluster: Path | None = None
    tables: Mapping[str, Path | None] = field(default_factory=dict)  # what people say: `said`
    formats: tuple[str, ...] = ("plain",)
    profile: str | None = None
    gradebook: Path | None = None


def run(request: Request) -> ExitCode:
    """Grade, and show the table; return the exit status, which never depends on the grades."""
    messages = Console(stderr=True, soft_wrap=True)
    with ExitStack() as stack:
        try:
            course = load_course(profile=request.profile)
            record = _record(request, course)
            tasks = chosen_tasks(course, request.only)
            if request.isolation not in NAMES:
                raise ValueError(f"--isolation {request.isolation}: give one of {', '.join(NAMES)}")
            _refuse_others_work(request.output)
            submissions = gather(request.paths, policy_of(course))
            if not submissions:
                raise ValueError(f"{', '.join(map(str, request.paths))}: there is no submission")
            said, told = load_adjustments(request.output, request.tables, course, submissions)
            recorder = Recorder(request.output, request.published, said, request.formats)
            journal = stack.enter_context(Journal(request.output))
            save_tables(request.output, request.tables)
            if journal.outdated:
                told = [*told, f"{journal.path}: {OUTDATED}"]
            for words in told:
                messages.print(Text(words, style="yellow"))
            batch = _batch(request, course, tasks, submissions, journal)
            silence = 120 + 2 * max(course.auto_tasks[name].time_limit for name in tasks)
            judges = stack.enter_context(_judges(request, batch, silence))
            graded, whole = _graded(batch, judges, recorder, messages, stack)
            for words in record.write(graded, said) if record and whole else ():
                messages.print(Text(words))
        except (GradingError, BadTable, PoolFailed, JournalInUse, ValueError, OSError) as error:
            messages.print(Text(harmless(str(error), MOST_WORDS), style="bold red"))
            return ExitCode.BAD_REQUEST
    if not request.training:
        messages.print(Text("Checks that train did not run; their points are missing.", "yellow"))
    messages.print(Text(f"The same inputs again: --seed {batch.settings.seed}"))
    return _conclude(graded, whole, recorder, messages)


def _refuse_others_work(output: Path) -> None:
    """Reports that are strewn over somebody's files, submissions say, are hard to pick out."""
    if not output.is_dir() or any((output / name).exists() for name in (JOURNAL, "grades.csv")):
        return
    if any(path.is_dir() and not path.name.startswith(".") for path in output.iterdir()):
        raise ValueError(f"--output {output}: holds folders that no run has written; name another")


def _record(request: Request, course: Course) -> "Record | None":
    """The gradebook of nbgrader, looked at before hours of judging."""
    if request.gradebook is None:
        return None
    if request.isolation == "none":
        raise ValueError("--gradebook takes scores of record, and --isolation none makes none")
    from .gradebook.nbgrader import open_record  # late: who has no gradebook needs no nbgrader

    return open_record(request.gradebook, course)


def _batch(
    request: Request,
    course: Course,
    tasks: Sequence[str],
    submissions: Sequence[SubmissionSource],
    journal: Journal,
) -> Batch:
    before = None if request.force else journal.seed
    seed = run_seed(request.seed or before)
    settings = Settings(seed, tuple(tasks), request.training, request.isolation, course.profile)
    batch = Batch(submissions, course, settings, journal, request.force)
    journal.begin(seed)
    return batch


def _judges(request: Request, batch: Batch, silence: float) -> AbstractContextManager[JudgePool]:
    """Processes of this machine, or a cluster."""
    if request.scheduler and request.cluster:
        raise ValueError("--scheduler: the --cluster file names it; give one of the two")
    if not request.scheduler and not request.cluster:
        size = request.jobs or min(jobs_here(GRADING), len(batch.submissions))
        return LocalPool(batch.settings, size, silence)
    if request.jobs:
        raise ValueError("--jobs is for this machine; on a cluster each thread of a worker is one")
    from .cluster.description import Cluster, read_cluster
    from .cluster.pool import DaskPool

    described = request.cluster and read_cluster(request.cluster)
    return DaskPool(described or Cluster(scheduler=request.scheduler), batch.settings, silence)


def _graded(
    batch: Batch, judges: JudgePool, recorder: Recorder, messages: Console, stack: ExitStack
) -> tuple[list[SubmissionResult], bool]:
    """What could be graded, and whether that is all."""

    def begin(setup: Setup) -> Listener:
        for end in setup.loose:
            messages.print(Text(f"Not in order: {end}", style="yellow"))
        bar = Bar(messages, len(batch.submissions), setup.scope.checks)
        return Listeners(stack.enter_context(recorder), stack.enter_context(bar))

    return _until_interrupted(batch.run(judges, begin))


def _until_interrupted(
    submissions: Iterable[SubmissionResult],
) -> tuple[list[SubmissionResult], bool]:
    graded = []
    try:
        for finished in submissions:
            graded.append(finished)
    except KeyboardInterrupt:
        return graded, False
    return graded, True


def _conclude(
    graded: list[SubmissionResult], whole: bool, recorder: Recorder, messages: Console
) -> ExitCode:
    for one in graded:
        if one.problem:
            messages.print(Text(f"{one_line(str(one.path), 500)}: {one.problem}", style="bold red"))
    kept = sum(not one.fresh for one in graded)
    if kept:
        messages.print(Text(f"{kept} of {len(graded)} unchanged: taken from the journal."))
    if graded:
        Console().print(table(graded))
        messages.print(Text(f"Every outcome: {recorder.overview}"))
    if lacking := recorder.not_in_canvas:
        rows = "1 row is" if lacking == 1 else f"{lacking} rows are"
        why = "unfinished, handed in twice, or of a student whom nobody knows"
        messages.print(Text(f"canvas.csv: {rows} left out: {why}.", "yellow"))
    if not whole:
        messages.print(
            Text(
                "Interrupted; what was finished is in the files. The same command goes on.",
                "yellow",
            )
        )
        return ExitCode.INTERRUPTED
    return ExitCode.OK if any(one.finished for one in graded) else ExitCode.FAILED
