"""`autograder validate --mutation`: judge every mutant of cosmic-ray and print the score."""

from collections.abc import Iterator, Sequence
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
from autograder.grading.judging.result import Scope
from autograder.grading.judging.scope import scope_of
from autograder.grading.judging.seeds import submission_seed
from autograder.validation.known_bugs.apply import solution_files
from autograder.validation.known_bugs.forking import Ended
from autograder.validation.known_bugs.keeping import Kept, kept_in
from autograder.validation.known_bugs.watching import Job, watched

from .equivalents import load_equivalents
from .mutations import Mutation, mutations_of
from .report import summary, table, write_csv
from .score import FRESH_SEEDS, Score, Trial
from .trial import killer_of, tried

# data.py is given, and no check grades it. training.py is last: its figure is its own.
FILES = ("blocks.py", "unet.py", "denoiser.py", "ddpm.py", "cfg.py", "training.py")
# The same for everybody: the figure is to be compared.
SEED = "5eed"
# Seconds for all checks of one mutant; a usual one takes two.
PATIENCE = 300.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for; `only` empty means every file, `jobs` None what the machine bears."""

    output: Path
    jobs: int | None = None
    only: tuple[str, ...] = ()
    seed: str | None = None


def run(request: Request) -> ExitCode:
    """Judge, print and write the score; return the exit status."""
    import torch

    torch.set_num_threads(1)  # before anything is computed: no threads to lose in a fork
    messages, console = Console(stderr=True, soft_wrap=True), Console(soft_wrap=True)
    try:
        files = _chosen(request.only)
        excuses = load_equivalents()
        scope, loose = scope_of(course := load_course().with_all_tasks, tuple(course.auto_tasks))
        if loose:
            raise ValueError("\n".join(loose))
        found = [one for file in files for one in mutations_of(file, solution_files()[file])]
    except ModuleNotFoundError as error:
        messages.print(Text(f"{error}: pip install -e '.[staff,dev]' brings it", style="bold red"))
        return ExitCode.BAD_REQUEST
    except (GradingError, BadYaml, ValueError) as error:
        messages.print(Text(str(error), style="bold red"))
        return ExitCode.BAD_REQUEST
    counted = [mutation for mutation in found if not mutation.in_annotation]
    try:
        with kept_in(request.output, "mutation", request.seed or SEED) as kept:
            rounds = _Rounds(scope, kept, request.jobs or jobs_here(FORKED), messages)
            faults = list(rounds.faults_of_solution(files[-1]))
            trials = [] if faults else rounds.trials(counted)
            if not rounds.interrupted:
                kept.forget()
    except (JournalInUse, OSError) as error:
        messages.print(Text(f"--output {request.output}: {error}", style="bold red"))
        return ExitCode.BAD_REQUEST
    if faults:
        for fault in faults:
            messages.print(Text(f"The solution itself fails: {fault}", style="bold red"))
        return ExitCode.FAILED
    score = Score(trials, excuses, whole=not request.only)
    path = write_csv(request.output, score)
    if rounds.interrupted:
        said = f"Interrupted; {path} has what was judged. The same command goes on."
        messages.print(Text(said, style="yellow"))
        return ExitCode.INTERRUPTED
    console.print(table(score))
    for line in summary(score, len(found) - len(counted)):
        console.print(line)
    messages.print(Text(f"Seed {rounds.seed}. Every mutant: {path}"))
    return ExitCode.OK if score.good else ExitCode.FAILED


def _chosen(only: Sequence[str]) -> list[str]:
    wanted = {name if name.endswith(".py") else f"{name}.py" for name in only}
    if unknown := sorted(wanted - set(FILES)):
        raise ValueError(f"--only {unknown[0]}: is not mutated; name one of {', '.join(FILES)}")
    return [file for file in FILES if not only or file in wanted]


class _Rounds:
    """Who is judged from which seeds."""

    def __init__(self, scope: Scope, kept: Kept, at_once: int, messages: Console):
        self.seed, self.interrupted, self._kept = kept.seed, False, kept
        self._fresh = [submission_seed(self.seed, "fresh", n) for n in range(1, FRESH_SEEDS + 1)]
        self._scope, self._at_once, self._messages = scope, at_once, messages

    def faults_of_solution(self, file: str) -> Iterator[str]:
        """What the checks say of the solution at any seed: mutants could not be told from it."""
        source = solution_files()[file]
        jobs = [
            (f"the solution at seed {seed}", partial(tried, file, source, self._scope, seed))
            for seed in (self.seed, *self._fresh)
        ]
        for ended in self._watched(jobs):
            name = jobs[ended.number][0]
            if ended.problem:
                yield f"{name}: {ended.problem}"
            elif killer := killer_of(ended.report):
                yield f"{name}: {killer.check}: {killer.message}"

    def trials(self, mutations: Sequence[Mutation]) -> list[Trial]:
        """All at the run's seed, and the survivors again."""
        trials = [Trial(mutation) for mutation in mutations]
        judged = set()
        for ended in self._watched([self._job(trial, self.seed) for trial in trials]):
            trial = trials[ended.number]
            judged.add(ended.number)
            trial.problem = ended.problem
            trial.killer = killer_of(ended.report) if ended.report else None
        again = [trials[n] for n in sorted(judged) if trials[n].survived_once]
        pairs = [] if self.interrupted else [(one, seed) for one in again for seed in self._fresh]
        for ended in self._watched([self._job(*pair) for pair in pairs]):
            trial, _ = pairs[ended.number]
            trial.problem = trial.problem or ended.problem
            trial.again.append(killer_of(ended.report) if ended.report else None)
        return [trials[n] for n in sorted(judged)]

    def _job(self, trial: Trial, seed: str) -> Job:
        address = trial.mutation.address
        name = f"{address.file}:{trial.mutation.line} {address.operator}"
        if seed != self.seed:
            name += f", seed {seed[:8]}"
        return name, partial(tried, address.file, trial.mutation.source, self._scope, seed)

    def _watched(self, jobs: Sequence[Job]) -> Iterator[Ended]:
        count = 0
        for ended in watched(jobs, self._at_once, PATIENCE, self._messages, _told, self._kept):
            count += 1
            yield ended
        self.interrupted |= count < len(jobs)


def _told(ended: Ended) -> str:
    killer = killer_of(ended.report)
    return f"killed by {killer.check}" if killer else "lives"
