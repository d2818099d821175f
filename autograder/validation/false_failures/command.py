"""`autograder validate --false-failures`: run every statistical check over many seeds.

Which checks are statistical is seen, not listed: each check runs once on the solution, and those
that compute a p-value are it.
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograder.config.files import write_bytes_whole
from autograder.config.paths import REPOSITORY, Repository
from autograder.config.reading import BadYaml
from autograder.exit_codes import ExitCode
from autograder.grading.batch.jobs import FORKED, jobs_here
from autograder.grading.batch.journal import JournalInUse
from autograder.validation.known_bugs.forking import Ended, run_forked
from autograder.validation.known_bugs.keeping import Kept, kept_in
from autograder.validation.known_bugs.watching import watched

from .pages import write_pages
from .running import (
    IMPLEMENTATIONS,
    SOLUTION,
    Chunk,
    Report,
    missing_implementations,
    report_of,
    run_chunk,
)
from .verdicts import Findings, failure_bound

CHUNK = 50  # seeds in one process: less than a minute, so that a bar moves
PATIENCE, PATIENCE_A_SEED = 600.0, 120.0  # seconds; a usual seed takes less than one


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for; `only` empty means every statistical check.

    `jobs` None means what the machine bears. `write` also replaces the picture in docs/.
    """

    output: Path
    seeds: int = 2000
    jobs: int | None = None
    only: tuple[str, ...] = ()
    seed: str | None = None
    write: bool = False
    implementations: tuple[str, ...] = tuple(IMPLEMENTATIONS)
    folders: tuple[Path, ...] = ()  # of checks; both of the repository unless given


def run(request: Request) -> ExitCode:
    """Run, print and write what was found; return the exit status."""
    import torch

    torch.set_num_threads(1)  # before anything is computed: no threads to lose in a fork
    messages = Console(stderr=True, soft_wrap=True)
    try:
        refuse(request)
        options = repr((request.folders, request.only))
        with kept_in(request.output, "nulls", request.seed, options) as kept:
            seed = kept.seed
            checks = chosen(_statistical(request, seed), request.only)
            findings, seconds, whole = _observe(request, kept, checks, messages)
            if whole:
                kept.forget()
    except (BadYaml, JournalInUse, ValueError) as error:
        messages.print(Text(str(error), style="bold red"))
        return ExitCode.BAD_REQUEST
    console = Console(soft_wrap=True)
    for line in _summary(findings):
        console.print(line)
    about = {"seed": seed, "seeds": request.seeds, "seconds": sum(seconds.values())}
    page = write_pages(
        request.output, findings, about | {"implementations": request.implementations}
    )
    for name, spent in seconds.items():
        messages.print(Text(f"{name}: {spent:.0f} s of CPU"))
    messages.print(Text(f"Seed {seed}. Page: {page}"))
    if not whole:
        said = "Interrupted; the page has what was run. The same command goes on."
        messages.print(Text(said, style="yellow"))
        return ExitCode.INTERRUPTED
    if request.write:
        write_bytes_whole(REPOSITORY.nulls_picture, (request.output / "nulls.png").read_bytes())
        messages.print(Text(f"Picture: {Repository.nulls_picture}"))
    return ExitCode.FAILED if any(True for _ in findings.faults()) else ExitCode.OK


def refuse(request: Request) -> None:
    """Raise ValueError at once for what would come to nothing after half an hour."""
    if lost := missing_implementations():
        raise ValueError(
            f"false_failures/running.py names {', '.join(lost)}, which {Repository.right} "
            "does not hold; choose others there"
        )
    if request.write and request.only:
        raise ValueError("--write with --only: docs/nulls.png shows every check; leave out one")
    try:
        request.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"--output {request.output}: {error.strerror}; name a folder that can be written"
        raise ValueError(problem) from None


def _statistical(request: Request, seed: str) -> list[str]:
    """The checks that compute p-values, as one run of each on the solution shows."""
    chunk = Chunk(SOLUTION, [0], seed, request.folders)
    (ended,) = run_forked([partial(run_chunk, chunk)], 1, PATIENCE + PATIENCE_A_SEED)
    if ended.problem:
        raise ValueError(f"the checks cannot be run on the solution: {ended.problem}")
    runs = report_of(ended.report).runs[0]
    if not any(run.seen for run in runs):
        raise ValueError(f"no check of {', '.join(map(str, request.folders))} computes a p-value")
    return [run.check for run in runs if run.seen]


def chosen(checks: Sequence[str], only: Sequence[str]) -> list[str]:
    """The checks asked for: by whole name, or by that of the function."""
    for name in only:
        if not any(name in (check, _function(check)) for check in checks):
            close = difflib.get_close_matches(name, [*checks, *map(_function, checks)], n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"--only {name}: no statistical check has this name{meant}")
    return [c for c in checks if not only or c in only or _function(c) in only]


def _function(check: str) -> str:
    return check.partition("::")[2]


def _observe(
    request: Request, kept: Kept, checks: Sequence[str], messages: Console
) -> tuple[Findings, dict[str, float], bool]:
    """Every chunk in a process of its own; the CPU's seconds of each implementation; whether all
    ended before Ctrl-C.
    """
    chunks = [
        Chunk(name, range(first, min(first + CHUNK, request.seeds + 1)), kept.seed, request.folders,
              frozenset(checks))
        for first in range(1, request.seeds + 1, CHUNK)
        for name in request.implementations
    ]  # fmt: skip
    jobs = [
        (f"{chunk.implementation}, seeds {chunk.numbers[0]} to {chunk.numbers[-1]}",
         partial(run_chunk, chunk))
        for chunk in chunks
    ]  # fmt: skip
    limit = PATIENCE + PATIENCE_A_SEED * min(CHUNK, request.seeds)
    findings, seconds = Findings(), dict.fromkeys(request.implementations, 0.0)
    answers: dict[int, Report] = {}
    at_once = request.jobs or jobs_here(FORKED)
    for ended in watched(jobs, at_once, limit, messages, _told, kept):
        if ended.problem:
            findings.problems.append(f"{jobs[ended.number][0]}: {ended.problem}")
        answers[ended.number] = report_of(ended.report) if ended.report else Report({}, 0.0)
    for number in sorted(answers):
        chunk = chunks[number]
        seconds[chunk.implementation] += answers[number].seconds
        for one, runs in answers[number].runs.items():
            for check_run in runs:
                findings.add(chunk.implementation, chunk.seed_of(one), check_run)
    return findings, seconds, len(answers) == len(chunks)


def _told(ended: Ended) -> str:
    runs = [run for runs in report_of(ended.report).runs.values() for run in runs]
    return f"{sum(run.failed for run in runs)} failures in {len(runs)} runs of checks"


def _summary(findings: Findings) -> Iterator[Text]:
    """A line a check, the result, and the faults."""
    for check in findings.checks.values():
        worst = f", least KS p {check.worst.ks_p:.2g} ({check.worst.name})" if check.worst else ""
        yield Text(
            f"{check.name}: {len(check.failures)} failures in {check.runs:,} runs, stated rate "
            f"{check.rate:.0e}, smallest p {check.smallest:.1e}{worst}"
        )
    statistics, faults = findings.statistics, list(findings.faults())
    bound = failure_bound(findings.failures, findings.runs)
    yield Text(
        f"{findings.failures} failures in {findings.runs:,} runs of statistical checks "
        f"({len(findings.checks)} of them): a rate of at most {bound:.1g} (95 %, Clopper-Pearson)"
    )
    follow = sum(one.follows for one in statistics)
    yield Text(f"{follow} of {len(statistics)} statistics follow the null that they claim")
    sign, style = ("✗", "bold red") if faults else ("✓", "green")
    yield Text(f"{sign} faults: {len(faults)}", style=style)
    yield from (Text(f"    {fault}") for fault in faults[:40])
