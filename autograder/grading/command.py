"""`autograder grade`: grade submissions, write the reports and the gradebook, print a table.

`batch.run` decides what has to be judged; `judging.pipeline` judges one submission.
"""

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograder.config import GradingError, load_course
from autograder.exit_codes import ExitCode, UserError, remedy
from autograder.progress import Progress
from checkkit.text import one_line

from .batch.journal import NAME as JOURNAL
from .batch.journal import Journal
from .batch.parallelism import GRADING, jobs_here
from .batch.pool import JudgePool, LocalPool, silence_of
from .batch.run import Batch
from .batch.settings import Settings
from .gradebook.canvas import INCOMPLETE
from .gradebook.grades_csv import keys_of
from .gradebook.saved_tables import load_adjustments, save_tables
from .intake import gather
from .intake.naming import listed
from .intake.policy import policy_of
from .judging.observers import Observer, Observers
from .judging.result import SubmissionResult
from .judging.scope import Setup, chosen_tasks
from .judging.seeds import run_seed
from .reports.bar import Bar
from .reports.recorder import CANVAS, Recorder
from .reports.terminal import table
from .review.twins import with_twins
from .sandbox.choice import NAMES

OUTDATED = "written by an earlier version of the autograder; everything is judged again"

AGAIN = "written again, for an earlier run wrote it; delete it to change that"


def run(
    paths: Sequence[Path],
    output: Path,
    *,
    only: Sequence[str] = (),
    training: bool = True,
    isolation: str = "auto",
    seed: str | None = None,
    published: bool = False,
    jobs: int | None = None,
    force: bool = False,
    scheduler: str | None = None,
    cluster: Path | None = None,
    tables: Mapping[str, Path | None] | None = None,
    formats: Sequence[str] = ("plain",),
    partial: bool = False,
    profile: str | None = None,
    gradebook: Path | None = None,
    replace: bool = False,
) -> ExitCode:
    """Grade submissions; the exit code never depends on the grades.

    Args:
        only: tasks to grade; all if empty.
        jobs: how many submissions to judge at once; as many as the machine allows if None.
        tables: CSV files of staff, see `gradebook.saved_tables`.
        partial: canvas.csv has the totals of what was judged.
        gradebook: nbgrader's, which gets the scores of record.
        replace: the gradebook may lose rows of the last run.

    Raises:
        UserError: there is a problem with an option, a file or the machine.
    """
    messages = Console(stderr=True, soft_wrap=True)
    results: list[SubmissionResult] = []
    interrupted = False
    tables = tables or {}
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        try:
            course = load_course(profile=profile)
            record = None
            if gradebook is not None:
                if isolation == "none":
                    raise UserError("--gradebook: scores without isolation are not of record")
                from .gradebook.nbgrader import open_record  # late: nbgrader is slow to import

                record = open_record(gradebook, course)
            tasks = chosen_tasks(course, only)
            if isolation not in NAMES:
                raise UserError(f"--isolation {isolation}: choose from {', '.join(NAMES)}")
            _check_output(output)
            _check_paths(paths)
            submissions = gather(paths, policy_of(course))
            if not submissions:
                raise UserError(f"{', '.join(map(str, paths))}: no submissions")
            submissions = with_twins(submissions)
            adjustments, notices, saved = load_adjustments(output, tables, course, submissions)
            if "canvas" not in formats and (output / CANVAS).exists():
                formats = (*formats, "canvas")
                notices.append(f"{output / CANVAS}: {AGAIN}")
            if partial and "canvas" not in formats:
                raise UserError("--partial: it is for canvas.csv; add --format canvas")
            rows = [key for one in submissions for key in keys_of(one)]
            recorder = Recorder(output, published, adjustments, formats, partial, rows)
            journal = stack.enter_context(Journal(output))
            if not replace:
                _refuse_losses(output, journal.rows, rows)
            save_tables(output, saved)
            if journal.outdated:
                notices.append(f"{journal.path}: {OUTDATED}")
            for notice in notices:
                messages.print(Text(notice, style="yellow"))
            seed = run_seed(seed or (None if force else journal.seed))
            each = 60 * course.submission_minutes
            settings = Settings(seed, tuple(tasks), training, isolation, course.profile, each)
            batch = Batch(submissions, course, settings, journal, force)
            journal.begin(seed, rows)
            silence = silence_of(course.auto_tasks[name].time_limit for name in tasks)
            pool = stack.enter_context(_pool(batch, silence, jobs, scheduler, cluster))

            def begin(setup: Setup) -> Observer:
                for problem in setup.inconsistencies:
                    messages.print(Text(f"Warning: {problem}", style="yellow"))
                stack.enter_context(recorder)
                progress = Progress(messages, "starting workers", own_lines=True)
                shown = stack.enter_context(progress)
                bar = Bar(shown, len(submissions), setup.scope.checks, adjustments)
                return Observers(recorder, bar)

            try:
                for result in batch.run(pool, begin):
                    results.append(result)
            except KeyboardInterrupt:
                interrupted = True
                # A second one must not cut short the writing of what is finished.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            if record and not interrupted:
                for notice in record.write(results, adjustments):
                    messages.print(Text(notice))
        except OSError as error:
            raise UserError(remedy(error) or str(error)) from None
        except (GradingError, ValueError) as error:
            raise UserError(str(error)) from None
    if not training:
        words = "Checks that train did not run; their points are left out of all totals."
        messages.print(Text(words, "yellow"))
    messages.print(Text(f"Repeat with the same inputs: --seed {seed}"))
    _print_results(results, recorder, messages, partial)
    if interrupted:
        messages.print(Text(_of_the_interruption(recorder, len(rows)), "yellow"))
        return ExitCode.INTERRUPTED
    return ExitCode.OK if any(result.finished for result in results) else ExitCode.FAILED


def _of_the_interruption(recorder: Recorder, rows: int) -> str:
    words = "Interrupted; finished results are saved. The same command continues."
    missing = rows - len(recorder.rows)
    if recorder.keeps_tables:
        stay = "the gradebook and index.html are still those of the run before"
        return f"{words} {missing} of {rows} rows were not reached: {stay}."
    return f"{words} {missing} of {rows} rows are missing in the gradebook." if missing else words


def _check_output(output: Path) -> None:
    """Do not mix reports with other files, for example with submissions."""
    if not output.is_dir() or any((output / name).exists() for name in (JOURNAL, "grades.csv")):
        return
    if any(path.is_dir() and not path.name.startswith(".") for path in output.iterdir()):
        raise UserError(f"--output {output}: has folders that no run wrote; choose another folder")


def _check_paths(paths: Sequence[Path]) -> None:
    """A mistyped path is no submission: its row would take the place of a whole class."""
    if missing := [one_line(str(path), 500) for path in paths if not os.path.lexists(path)]:
        raise UserError(f"{', '.join(missing)}: no such file or folder; nothing was graded")


def _refuse_losses(output: Path, before: Sequence[str], now: Sequence[str]) -> None:
    """A run of one submission must not leave a gradebook of one row where a class was."""
    lost = [key for key in before if key not in {*now}]
    if lost and len(before) > 1:
        are = "is" if len(lost) == 1 else "are"
        raise UserError(
            f"--output {output}: {len(lost)} of the {len(before)} in its gradebook {are} not in "
            f"this run ({listed(lost)}), and would be removed. Name the submissions of the others "
            "too: what has not changed is not graded again. Or choose another --output. Or use "
            "--replace to remove them; files in their folders stay"
        )


def _pool(
    batch: Batch, silence: float, jobs: int | None, scheduler: str | None, cluster: Path | None
) -> AbstractContextManager[JudgePool]:
    """Processes on this machine, or a cluster."""
    if scheduler and cluster:
        raise UserError("--scheduler: give it or --cluster, whose file names one, but not both")
    if not scheduler and not cluster:
        size = jobs or min(jobs_here(GRADING), len(batch.submissions))
        return LocalPool(batch.settings, size, silence)
    if jobs:
        raise UserError("--jobs is for one machine; on a cluster it is the threads of the workers")
    from .cluster.description import Cluster, read_cluster
    from .cluster.pool import dask_pool

    described = read_cluster(cluster) if cluster else Cluster(scheduler=scheduler)
    return dask_pool(described, batch.settings, silence)


def _print_results(
    results: Sequence[SubmissionResult], recorder: Recorder, messages: Console, partial: bool
) -> None:
    for result in results:
        if result.problem:
            path = one_line(str(result.path), 500)
            messages.print(Text(f"{path}: {result.problem}", style="bold red"))
    if unchanged := sum(not result.fresh for result in results):
        words = f"{unchanged} of {len(results)} unchanged: taken from the journal."
        messages.print(Text(words))
    if results:
        Console().print(table(recorder.rows))
        messages.print(Text(f"All results: {recorder.overview}"))
    for reason, names in recorder.not_in_canvas.items():
        rows = "1 row" if len(names) == 1 else f"{len(names)} rows"
        messages.print(Text(f"canvas.csv: {rows} left out, {reason}: {', '.join(names)}", "yellow"))
    if not partial and any(why.startswith(INCOMPLETE) for why in recorder.not_in_canvas):
        messages.print(Text("--partial writes the totals of what was judged.", "yellow"))
