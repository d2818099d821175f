"""`autograder validate --mutation`: judge every mutant of cosmic-ray and print the score."""

from collections.abc import Iterator, Sequence
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
from autograder.grading.judging.seeds import submission_seed
from autograder.validation.known_bugs.apply import solution_files
from autograder.validation.known_bugs.forking import JobResult
from autograder.validation.known_bugs.resumable import Job, ResumableRun, resumable
from autograder.validation.reach import Files, Reach
from autograder.validation.terminal import refuse_unknown, refusing

from .equivalents import load_equivalents
from .mutations import Mutation, mutations_of
from .report import summary, table, write_csv
from .score import FRESH_SEEDS, Score, Trial
from .trial import killer_of, own_tasks, try_mutant

# data.py is given, and no check grades it. better_unet.py may have any design: most of its mutants
# are right. training.py is last: its figures are its own.
FILES = (
    "blocks.py",
    "unet.py",
    "denoiser.py",
    "ddpm.py",
    "cfg.py",
    "ddim.py",
    "metrics.py",
    "flow.py",
    "edm.py",
    "training.py",
)
# The same for everybody, so that scores can be compared.
SEED = "5eed"
# Seconds for all checks of one mutant; usually two.
TIME_LIMIT = 300.0


def run(
    output: Path, *, jobs: int | None = None, only: tuple[str, ...] = (), seed: str | None = None
) -> ExitCode:
    """Judge, print and write the score; return the exit status.

    Args:
        output: folder for the results.
        jobs: processes at once; None for as many as this machine can carry.
        only: files to mutate; all of them if empty.
        seed: for the checks.
    """
    torch.set_num_threads(1)  # before anything is computed: threads do not survive a fork
    messages, console = Console(stderr=True, soft_wrap=True), Console(soft_wrap=True)
    with refusing(messages):
        wanted = [name if name.endswith(".py") else f"{name}.py" for name in only]
        refuse_unknown(wanted, FILES, "mutated file")
        files = [file for file in FILES if not only or file in wanted]
        equivalents, course = load_equivalents(), load_course().with_all_tasks
        scope, problems = scope_of(course, tuple(course.auto_tasks))
        if problems:
            raise ValueError("\n".join(problems))
        try:
            every = [one for file in files for one in mutations_of(file, solution_files()[file])]
        except ModuleNotFoundError as error:
            raise ValueError(f"{error}: pip install -e '.[staff,dev]' installs it") from None
    mutations = [mutation for mutation in every if not mutation.in_annotation]
    with resumable(output, "mutation", messages, jobs=jobs, seed=seed or SEED) as forked:
        faults = list(_faults_of_solution(forked, scope, files[-1]))
        trials = [] if faults else _try_all(forked, scope, mutations)
    if faults:
        for fault in faults:
            messages.print(Text(f"The solution itself fails: {fault}", style="bold red"))
        return ExitCode.FAILED
    score = Score(trials, equivalents, whole=not only)
    path = write_csv(output, score)
    if forked.interrupted:
        words = f"Interrupted; {path} has the results so far. The same command goes on."
        messages.print(Text(words, style="yellow"))
        return ExitCode.INTERRUPTED
    console.print(table(score))
    for line in summary(score, len(every) - len(mutations)):
        console.print(line)
    messages.print(Text(f"Seed {forked.seed}. Every mutant: {path}"))
    return ExitCode.OK if score.good else ExitCode.FAILED


def _fresh_seeds(seed: str) -> list[str]:
    return [submission_seed(seed, "fresh", attempt=number) for number in range(1, FRESH_SEEDS + 1)]


def _faults_of_solution(forked: ResumableRun, scope: Scope, file: str) -> Iterator[str]:
    """Checks that fail on the solution at any seed: they would kill every mutant."""
    source = solution_files()[file]
    jobs = [
        (f"the solution at seed {seed}", partial(try_mutant, file, source, scope, seed))
        for seed in (forked.seed, *_fresh_seeds(forked.seed))
    ]
    for result in forked.results(jobs, TIME_LIMIT, _describe):
        if result.problem:
            yield f"{jobs[result.number][0]}: {result.problem}"
        elif killer := killer_of(result.report):
            yield f"{jobs[result.number][0]}: {killer.check}: {killer.message}"


def _try_all(forked: ResumableRun, scope: Scope, mutations: Sequence[Mutation]) -> list[Trial]:
    """All mutants at the run's seed, and the survivors again at fresh ones."""
    trials = [Trial(mutation) for mutation in mutations]
    reach = Reach.observed(forked, scope, Judge(forked.seed, training=False), TIME_LIMIT)
    files = solution_files()
    for seeds in ([forked.seed], _fresh_seeds(forked.seed)):
        again = [t for t in trials if not (t.killers or t.problem or forked.interrupted)]
        pairs = [(trial, seed) for trial in again for seed in seeds]
        jobs = [
            _job(one.mutation, files, seed, seed == forked.seed, scope, reach)
            for one, seed in pairs
        ]
        for result in forked.results(jobs, TIME_LIMIT, _describe):
            trial, _ = pairs[result.number]
            trial.problem = trial.problem or result.problem
            trial.outcomes.append(killer_of(result.report))
    return [trial for trial in trials if trial.outcomes]


def _job(
    mutation: Mutation, files: Files, seed: str, first: bool, scope: Scope, reach: Reach
) -> Job:
    file = mutation.address.file
    changed = {**files, file: mutation.source}
    scope = reach.within(scope, files, changed, own_tasks(scope, file))
    name = f"{file}:{mutation.line} {mutation.address.operator}"
    if not first:
        name += f", seed {seed[:8]}"
    return name, partial(try_mutant, file, mutation.source, scope, seed)


def _describe(result: JobResult) -> str:
    killer = killer_of(result.report)
    return f"killed by {killer.check}" if killer else "lives"
