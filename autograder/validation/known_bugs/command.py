"""`autograder validate --known-bugs`: judge every known bug and variant, and print the result."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch
from rich.console import Console
from rich.text import Text

from autograder.config import load_course
from autograder.exit_codes import ExitCode
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.result import Scope
from autograder.grading.judging.scope import scope_of
from autograder.validation.baseline import NAME, failures, solution_job
from autograder.validation.reach import Files, Reach
from autograder.validation.terminal import refuse_unknown, refusing, section
from checkkit.plugin import cuda_available
from checkkit.text import one_line

from .apply import package_files, solution_files, write_files
from .diagnoses import GOAL, misleading, share_right
from .entries import Entry, KnownBug, load_entries
from .forking import JobResult, run_forked
from .judging import Row, endings_of, judge_package
from .matrix import FAULTS, Matrix, Verdict
from .pages import write_pages
from .resumable import Job, resumable
from .rules import broken_rules, tasks_of

# Seconds for all checks of one package; usually three, and thirty with training.
TIME_LIMIT, TIME_LIMIT_TRAINING = 300.0, 1800.0


def run(
    output: Path,
    *,
    jobs: int | None = None,
    training: bool = False,
    only: tuple[str, ...] = (),
    seed: str | None = None,
) -> ExitCode:
    """Judge, print and write the kill matrix; return the exit status.

    Args:
        output: folder for the results.
        jobs: processes at once; None for as many as this machine can carry.
        training: also run the checks that train.
        only: names of entries; all of them if empty.
        seed: of an earlier run, to repeat it.
    """
    torch.set_num_threads(1)  # before anything is computed: threads do not survive a fork
    messages, console = Console(stderr=True, soft_wrap=True), Console(soft_wrap=True)
    with refusing(messages):
        course, entries = load_course().with_all_tasks, load_entries()
        refuse_unknown(only, [entry.name for entry in entries.all], "known bug or variant")
        chosen = [entry for entry in entries.all if not only or entry.name in only]
        scope, inconsistencies = scope_of(course, tuple(course.auto_tasks))
        if problems := [*broken_rules(entries, course, scope.checks), *inconsistencies]:
            raise ValueError("\n".join(map(str, problems)))
    gpu = training and _in_a_child(cuda_available)
    options, rows = (training, gpu), {}
    with resumable(output, "known-bugs", messages, jobs=jobs, seed=seed, options=options) as forked:
        judge = Judge(forked.seed, training, gpu)
        limit = TIME_LIMIT_TRAINING if training else TIME_LIMIT
        for result in forked.results([(NAME, solution_job(scope, judge))], limit, _kills):
            if faults := list(failures(result)):
                for line in section("checks that the solution itself fails", faults):
                    messages.print(line)
                messages.print(Text("No known bug was graded; correct the solution or the check."))
                return ExitCode.FAILED
        reach = Reach.observed(forked, scope, judge, limit)
        if forked.interrupted:
            return _interrupted(messages)
        before = solution_files()
        packages = [_job(entry, before, reach, scope, judge) for entry in chosen]
        for result in forked.results(packages, limit, _kills):
            ends, entry = endings_of(result.report), chosen[result.number]
            rows[result.number] = Row(entry, ends, result.problem, result.seconds)
    matrix = Matrix([rows[number] for number in sorted(rows)], scope.checks, whole=not only)
    for line in _summary(matrix):
        console.print(line)
    page = write_pages(output, matrix, forked.seed)
    messages.print(Text(f"Seed {forked.seed}. Matrix: {page}"))
    if forked.interrupted:
        return _interrupted(messages)
    return ExitCode.OK if matrix.good else ExitCode.FAILED


def _job(entry: Entry, before: Files, reach: Reach, scope: Scope, judge: Judge) -> Job:
    """What judges an entry by the checks that its edits can reach, and by those of its tasks.

    `before` are the files of the solution.
    """
    own = tasks_of(entry) if isinstance(entry, KnownBug) else ()
    files = package_files(entry)
    reached = reach.within(scope, before, files, own)
    write = partial(write_files, files)
    return entry.name, partial(judge_package, entry.name, write, [reached], judge)


def _interrupted(messages: Console) -> ExitCode:
    messages.print(Text("Interrupted; the same command continues.", style="yellow"))
    return ExitCode.INTERRUPTED


def _in_a_child(question: Callable[[], bool]) -> bool:
    """Ask about a GPU in another process: that may start it, and it does not survive a fork."""
    (result,) = run_forked([lambda: b"yes" if question() else b""], 1, 60)
    return result.report == b"yes"


def _kills(result: JobResult) -> str:
    return f"{sum(ending.kills for ending in endings_of(result.report).values())} kills"


def _summary(matrix: Matrix) -> Iterator[Text]:
    """A line for each entry, then what is wrong, survivors first."""
    for verdict, row in reversed(matrix.sorted_rows):
        kills = ", ".join(f"{task} {count}" for task, count in matrix.kills_by_task(row).items())
        style = "red" if verdict in FAULTS else ""
        yield Text(f"{row.entry.name}: {verdict}{f': {kills}' if kills else ''}", style=style)
    faults = {str(verdict): list(map(_describe, matrix.having(verdict))) for verdict in FAULTS}
    if matrix.whole:
        idle = [f"{check.name} ({check.task})" for check in matrix.idle]
        faults["checks that kill no bug of their task"] = idle
    faults["messages that students should not read"] = matrix.overshared
    faults["wrong diagnoses"] = [
        f"{row.entry.name}: {'; '.join(misleading(row))}" for row in matrix.misdiagnosed
    ]
    for title, lines in faults.items():
        yield from section(title, lines)
    yield Text(f"{'diagnosis':42} right silent  wrong   share")
    for group, n in matrix.diagnoses.items():
        counts = f"{n['right']:5} {n['silent']:6} {n['wrong']:6}  {share_right(n):>6}"
        yield Text(f"{group:42} {counts}")
    if matrix.whole and not matrix.enough_diagnoses:
        yield Text(f"✗ fewer than {GOAL:.0%} of the known mistakes are named", "bold red")
    counts = [(len(matrix.having(verdict)), verdict) for verdict in Verdict]
    yield Text("\n" + ", ".join(f"{count} {verdict}" for count, verdict in counts if count))


def _describe(row: Row) -> str:
    reasons = [
        f"{name}: {one_line(row.endings[name].message.partition(chr(10))[0], 160)}"
        for name in row.killers[:4]
    ]
    details = row.problem or "; ".join(reasons)
    return f"{row.entry.name}: {row.entry.words}{f' [{details}]' if details else ''}"
