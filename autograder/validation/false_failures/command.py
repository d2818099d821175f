"""`autograder validate --false-failures`: run every statistical check with many seeds.

No list says which checks are statistical: each check runs once on the solution, and those that
compute a p-value are.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from rich.console import Console
from rich.text import Text

from autograder.config import load_course
from autograder.config.files import write_bytes_whole
from autograder.config.paths import REPOSITORY, Repository
from autograder.exit_codes import ExitCode
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.scope import scope_of
from autograder.validation.known_bugs.apply import package_files, solution_files
from autograder.validation.known_bugs.entries import load_entries
from autograder.validation.known_bugs.forking import JobResult, run_forked
from autograder.validation.known_bugs.resumable import ResumableRun, resumable
from autograder.validation.reach import Reach
from autograder.validation.terminal import refuse_unknown, refusing, section

from .pages import write_pages
from .running import IMPLEMENTATIONS, REPORT, SOLUTION, Chunk, Report
from .verdicts import Findings, failure_bound

CHUNK = 50  # seeds in one process: less than a minute, so that the progress moves
TIME_LIMIT, TIME_LIMIT_A_SEED = 600.0, 120.0  # seconds; a usual seed takes less than one


def run(
    output: Path,
    *,
    seeds: int = 2000,
    jobs: int | None = None,
    only: tuple[str, ...] = (),
    seed: str | None = None,
    write: bool = False,
    implementations: tuple[str, ...] = tuple(IMPLEMENTATIONS),
    folders: tuple[Path, ...] = (),
) -> ExitCode:
    """Run, print and write the findings; return the exit status.

    Args:
        output: folder for the results.
        seeds: how many for each implementation.
        jobs: processes at once; None for as many as this machine can carry.
        only: checks; every statistical check if empty.
        seed: of an earlier run, to repeat it.
        write: also replace the picture in docs/.
        implementations: names, of IMPLEMENTATIONS.
        folders: of checks; both of the repository if empty.
    """
    torch.set_num_threads(1)  # before anything is computed: threads do not survive a fork
    messages, console = Console(stderr=True, soft_wrap=True), Console(soft_wrap=True)
    with refusing(messages):
        refuse_in_vain(only, write)
    options = (folders, only)
    with resumable(
        output, "false-failures", messages, jobs=jobs, seed=seed, options=options
    ) as forked:
        with refusing(messages):
            checks = choose(_statistical_checks(folders, forked.seed), only)
        reached = dict.fromkeys(implementations, checks)
        if not folders:
            reached = _reached(forked, checks, implementations)
        chunks = [
            Chunk(name, range(first, min(first + CHUNK, seeds + 1)), forked.seed, folders, some)
            for first in range(1, seeds + 1, CHUNK)
            for name, some in reached.items()
            if some
        ]
        findings, seconds = _run_chunks(forked, chunks)
    for line in _summary(findings):
        console.print(line)
    about = {"seed": forked.seed, "seeds": seeds, "implementations": implementations}
    page = write_pages(output, findings, about | {"seconds": sum(seconds.values())})
    for name, spent in seconds.items():
        messages.print(Text(f"{name}: {spent:.0f} s of CPU"))
    messages.print(Text(f"Seed {forked.seed}. Page: {page}"))
    if forked.interrupted:
        words = "Interrupted; the page has the results so far. The same command goes on."
        messages.print(Text(words, style="yellow"))
        return ExitCode.INTERRUPTED
    if write:
        picture = page.with_suffix(".png").read_bytes()
        write_bytes_whole(REPOSITORY.false_failures_picture, picture)
        messages.print(Text(f"Picture: {Repository.false_failures_picture}"))
    return ExitCode.FAILED if any(findings.faults()) else ExitCode.OK


def refuse_in_vain(only: Sequence[str], write: bool) -> None:
    """Raise ValueError at once for what would fail after half an hour."""
    known = {SOLUTION, *(variant.name for variant in load_entries().variants)}
    if lost := sorted(set(IMPLEMENTATIONS) - known):
        raise ValueError(
            f"false_failures/running.py names {', '.join(lost)}, which {Repository.right} "
            "does not hold; choose others in it"
        )
    if write and only:
        picture = Repository.false_failures_picture
        raise ValueError(f"--write with --only: {picture} shows every check; leave out one")


def _statistical_checks(folders: Sequence[Path], seed: str) -> list[str]:
    """The checks that compute p-values in one run on the solution."""
    chunk = Chunk(SOLUTION, [0], seed, folders)
    (result,) = run_forked([chunk.run], 1, TIME_LIMIT + TIME_LIMIT_A_SEED)
    if result.problem:
        raise ValueError(f"the checks cannot be run on the solution: {result.problem}")
    runs = REPORT.validate_json(result.report).runs[0]
    if not any(run.p_values for run in runs):
        raise ValueError(f"no check of {', '.join(map(str, folders))} computes a p-value")
    return [run.check for run in runs if run.p_values]


def choose(checks: Sequence[str], only: Sequence[str]) -> list[str]:
    """The checks that are named: by whole name, or by that of the function."""
    functions = [check.partition("::")[2] for check in checks]
    refuse_unknown(only, [*functions, *checks], "statistical check")
    pairs = zip(checks, functions, strict=True)
    return [check for check, name in pairs if not only or {check, name} & set(only)]


def _reached(
    forked: ResumableRun, checks: Sequence[str], implementations: Sequence[str]
) -> dict[str, list[str]]:
    """The checks that can tell each implementation from the solution; all for the solution."""
    course, judge = load_course().with_all_tasks, Judge(forked.seed, training=False)
    scope, _ = scope_of(course, tuple(course.auto_tasks))
    reach = Reach.observed(forked, scope, judge, TIME_LIMIT)
    variants = {variant.name: variant for variant in load_entries().variants}
    found = {}
    for name in implementations:
        reached = None
        if name != SOLUTION:
            reached = reach.checks(solution_files(), package_files(variants[name]))
        found[name] = [check for check in checks if reached is None or check in reached]
    return found


def _run_chunks(forked: ResumableRun, chunks: Sequence[Chunk]) -> tuple[Findings, dict[str, float]]:
    """Every chunk in a process of its own; also the CPU seconds of each implementation."""
    jobs = [(f"{c.implementation}, seeds {c.numbers[0]} to {c.numbers[-1]}", c.run) for c in chunks]
    limit = TIME_LIMIT + TIME_LIMIT_A_SEED * max(len(chunk.numbers) for chunk in chunks)
    findings, seconds = Findings(), dict.fromkeys((c.implementation for c in chunks), 0.0)
    reports: dict[int, Report] = {}
    for result in forked.results(jobs, limit, _failures):
        if result.problem:
            findings.problems.append(f"{jobs[result.number][0]}: {result.problem}")
        else:
            reports[result.number] = REPORT.validate_json(result.report)
    for number, report in sorted(reports.items()):
        chunk = chunks[number]
        seconds[chunk.implementation] += report.seconds
        for one, runs in report.runs.items():
            for check_run in runs:
                findings.add(chunk.implementation, chunk.seed_of(one), check_run)
    return findings, seconds


def _failures(result: JobResult) -> str:
    runs = [run for runs in REPORT.validate_json(result.report).runs.values() for run in runs]
    return f"{sum(run.failed for run in runs)} failures in {len(runs)} runs of checks"


def _summary(findings: Findings) -> Iterator[Text]:
    """A line a check, the result, and the faults."""
    for check in findings.checks.values():
        worst = f", least KS p {check.worst.ks_p:.2g} ({check.worst.name})" if check.worst else ""
        yield Text(
            f"{check.name}: {len(check.failures)} failures in {check.runs:,} runs, stated rate "
            f"{check.rate:.0e}, smallest p {check.smallest:.1e}{worst}"
        )
    bound = failure_bound(findings.failures, findings.runs)
    yield Text(
        f"{findings.failures} failures in {findings.runs:,} runs of statistical checks "
        f"({len(findings.checks)} of them): a rate of at most {bound:.1g} (95 %, Clopper-Pearson)"
    )
    follow, total = sum(one.follows for one in findings.statistics), len(findings.statistics)
    yield Text(f"{follow} of {total} statistics follow the null that they claim")
    yield from section("faults", list(findings.faults()), most=40)
