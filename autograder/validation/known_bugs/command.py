"""`autograder validate --known-bugs`: judge every known bug and every right version."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograder.config import GradingError, load_course
from autograder.config.reading import BadYaml
from autograder.exit_codes import ExitCode
from autograder.grading.batch.jobs import FORKED, jobs_here
from autograder.grading.batch.journal import JournalInUse
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.result import Scope
from autograder.grading.judging.scope import scope_of
from checkkit.plugin import cuda_available
from checkkit.text import one_line

from .apply import write_package
from .entries import Entries, Entry, load_entries
from .forking import Ended, run_forked
from .judging import endings_of, judged
from .keeping import Kept, kept_in
from .matrix import FAULTS, Matrix, Verdict
from .pages import write_pages
from .rows import Row
from .rules import broken_rules
from .watching import watched

# Seconds for all checks of one package; a usual one takes three, and thirty with training.
PATIENCE, PATIENCE_TRAINING = 300.0, 1800.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for; `only` empty means every entry, `jobs` None what the machine bears."""

    output: Path
    jobs: int | None = None
    training: bool = False
    only: tuple[str, ...] = ()
    seed: str | None = None


def run(request: Request) -> ExitCode:
    """Judge, print and write the kill matrix; return the exit status."""
    import torch

    torch.set_num_threads(1)  # before anything is computed: no threads to lose in a fork
    messages = Console(stderr=True, soft_wrap=True)
    try:
        course, entries = load_course().with_all_tasks, load_entries()
        chosen = _chosen(entries, request.only)
        scope, loose = scope_of(course, tuple(course.auto_tasks))
        if problems := [*broken_rules(entries, course, scope.checks), *loose]:
            raise ValueError("\n".join(map(str, problems)))
    except (GradingError, BadYaml, ValueError) as error:
        messages.print(Text(str(error), style="bold red"))
        return ExitCode.BAD_REQUEST
    gpu = _gpu(request)
    try:
        with kept_in(request.output, "mutants", request.seed, f"{request.training} {gpu}") as kept:
            seed = kept.seed
            judge = Judge(seed, request.training, gpu)
            rows = _judge_all(chosen, scope, judge, request, messages, kept)
            if len(rows) == len(chosen):
                kept.forget()
    except (JournalInUse, OSError) as error:
        messages.print(Text(f"--output {request.output}: {error}", style="bold red"))
        return ExitCode.BAD_REQUEST
    matrix = Matrix(rows, scope.checks, whole=not request.only)
    console = Console(soft_wrap=True)
    for line in _summary(matrix):
        console.print(line)
    messages.print(Text(f"Seed {seed}. Matrix: {write_pages(request.output, matrix, seed)}"))
    if len(rows) < len(chosen):
        messages.print(Text("Interrupted; the same command goes on.", style="yellow"))
        return ExitCode.INTERRUPTED
    return ExitCode.OK if matrix.good else ExitCode.FAILED


def _chosen(entries: Entries, only: Sequence[str]) -> list[Entry]:
    known = {entry.name: entry for entry in entries.all}
    for name in only:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"--only {name}: there is no such mutant or variant{meant}")
    return [entry for name, entry in known.items() if not only or name in only]


def _gpu(request: Request) -> bool:
    # Asking for a GPU may start it, and what has been started does not survive a fork.
    return False if not request.training else _asked_of_a_child(cuda_available)


def _asked_of_a_child(question: Callable[[], bool]) -> bool:
    (ended,) = run_forked([lambda: b"yes" if question() else b""], 1, 60)
    return ended.report == b"yes"


def _judge_all(
    chosen: Sequence[Entry],
    scope: Scope,
    judge: Judge,
    request: Request,
    messages: Console,
    kept: Kept,
) -> list[Row]:
    """Each entry in a process of its own; those that were judged before Ctrl-C."""
    jobs = [
        (entry.name, partial(judged, entry.name, partial(write_package, entry), [scope], judge))
        for entry in chosen
    ]
    limit = PATIENCE_TRAINING if request.training else PATIENCE
    at_once = request.jobs or jobs_here(FORKED)
    rows = {
        ended.number: _row(chosen[ended.number], ended)
        for ended in watched(jobs, at_once, limit, messages, _kills, kept)
    }
    return [rows[number] for number in sorted(rows)]


def _kills(ended: Ended) -> str:
    return f"{sum(ending.kills for ending in endings_of(ended.report).values())} kills"


def _row(entry: Entry, ended: Ended) -> Row:
    endings = endings_of(ended.report) if ended.report else {}
    return Row(entry, endings, ended.problem, ended.seconds)


def _summary(matrix: Matrix) -> Iterator[Text]:
    """The matrix by task, then what is wrong with it: survivors first, idle checks third."""
    for verdict, row in reversed(matrix.sorted_rows):
        kills = ", ".join(f"{task} {count}" for task, count in matrix.kills_by_task(row).items())
        style = "red" if verdict in FAULTS else ""
        yield Text(f"{row.entry.name}: {verdict}{f': {kills}' if kills else ''}", style=style)
    for verdict in FAULTS[:3]:
        yield from _listed(str(verdict), [_told(row) for row in matrix.having(verdict)])
    if matrix.whole:
        idle = [f"{check.name} ({check.task})" for check in matrix.idle]
        yield from _listed("checks that kill no mutant of their task", idle)
    for verdict in FAULTS[3:]:
        yield from _listed(str(verdict), [_told(row) for row in matrix.having(verdict)])
    yield from _listed("messages that students should not read", matrix.overshared)
    yield from _diagnoses(matrix)
    counts = [(len(matrix.having(verdict)), verdict) for verdict in Verdict]
    yield Text("\n" + ", ".join(f"{count} {verdict}" for count, verdict in counts if count))


def _diagnoses(matrix: Matrix) -> Iterator[Text]:
    """The table of diagnoses, and each wrong one."""
    found = matrix.diagnoses
    told = [f"{row.entry.name}: {'; '.join(found.misleading(row))}" for row in found.wrong]
    yield from _listed("wrong diagnoses", told)
    yield Text(f"{'diagnosis':42} right silent  wrong   share")
    for group in found.table:
        yield Text(
            f"{group.title:42} {group.right:5} {group.silent:6} {group.wrong:6}  {group.share:>6}"
        )
    if matrix.whole and not found.enough:
        yield Text(f"✗ fewer than {found.GOAL:.0%} of the known mistakes are named", "bold red")


def _listed(title: str, lines: Sequence[str]) -> Iterator[Text]:
    sign, style = ("✗", "bold red") if lines else ("✓", "green")
    yield Text(f"{sign} {title}: {len(lines)}", style=style)
    yield from (Text(f"    {line}") for line in lines)


def _told(row: Row) -> str:
    said = [f"{name}: {_first_line(row.endings[name].message)}" for name in row.killers[:4]]
    more = row.problem or "; ".join(said)
    return f"{row.entry.name}: {row.entry.words}{f' [{more}]' if more else ''}"


def _first_line(text: str) -> str:
    return one_line(text.partition("\n")[0], 160)
