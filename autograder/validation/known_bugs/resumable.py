"""Forked jobs with progress; the results are kept, so that an interrupted run can go on.

The journal lies beside the results and is deleted when all jobs have ended. Results of other code,
of another seed or of other options do not count.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from rich.console import Console

from autograder.config.paths import REPOSITORY, files_in
from autograder.grading.batch.journal import Journal
from autograder.grading.batch.keys import version_of
from autograder.grading.batch.parallelism import FORKED, jobs_here
from autograder.grading.judging.seeds import run_seed
from autograder.progress import Progress
from autograder.validation.terminal import refusing

from .forking import JobResult, run_forked

READ = (".py", ".yaml", ".npz", ".safetensors", ".json", ".txt")
Job = tuple[str, Callable[[], bytes]]


class ResumableRun:
    """Runs jobs; those that ended in an interrupted run of the same command are not run again.

    `seed` is the one to use: that of the interrupted run, unless another one was given.
    `interrupted` tells whether Ctrl-C has left jobs undone.
    """

    def __init__(
        self, journal: Journal, console: Console, at_once: int, seed: str | None, options: str
    ):
        self.seed, self.interrupted = run_seed(seed or journal.seed), False
        self._journal, self._console = journal, console
        self._at_once, self._options = at_once, options
        journal.begin(self.seed)

    def results(
        self, jobs: Sequence[Job], time_limit: float, describe: Callable[[JobResult], str]
    ) -> Iterator[JobResult]:
        """Run every job; yield the results as they come, until Ctrl-C. Kept ones come first.

        Args:
            jobs: each with the name that the progress shows.
            time_limit: seconds for each.
            describe: puts a result into words, for the progress.
        """
        keys = [self._key(f"{number} {name}") for number, (name, _) in enumerate(jobs)]
        kept = [result for number, key in enumerate(keys) if (result := self._kept(key, number))]
        left = sorted({*range(len(jobs))} - {result.number for result in kept})
        done = len(kept)
        progress = Progress(self._console, "", len(jobs), unit="jobs", own_lines=True, forks=True)
        forked = run_forked(
            [jobs[number][1] for number in left], self._at_once, time_limit, progress.tick
        )
        try:
            with progress, suppress(KeyboardInterrupt):
                if kept:
                    progress.update(done=done)
                    progress.line(f"{done} of {len(jobs)} are known from an interrupted run.")
                yield from kept
                for forked_result in forked:
                    result = replace(forked_result, number=left[forked_result.number])
                    done, name = done + 1, jobs[result.number][0]
                    if not result.problem:  # else it is run again
                        record = {"report": result.report.decode(), "seconds": result.seconds}
                        self._journal.add(keys[result.number], name, record)
                    progress.update(done=done, doing=name)
                    words = result.problem or f"{describe(result)} ({result.seconds:.1f} s)"
                    progress.line(f"{done}/{len(jobs)} {name}: {words}")
                    yield result
        finally:
            self.interrupted |= done < len(jobs)

    def _kept(self, key: str, number: int) -> JobResult | None:
        record = self._journal.records.get(key)
        if not isinstance(record, Mapping) or not isinstance(record.get("report"), str):
            return None
        return JobResult(number, record["report"].encode(), "", float(record["seconds"]))

    def _key(self, job: str) -> str:
        words = repr((_version(), self.seed, self._options, job))
        return hashlib.sha256(words.encode()).hexdigest()


@contextmanager
def resumable(
    folder: Path,
    name: str,
    console: Console,
    *,
    jobs: int | None = None,
    seed: str | None = None,
    options: object = (),
) -> Iterator[ResumableRun]:
    """A run of the command `name`, which goes on where an interrupted one in `folder` stopped.

    Args:
        folder: of the results.
        name: of the command.
        console: for the progress.
        jobs: processes at once; None for as many as this machine can carry.
        seed: None for that of the interrupted run, or a new one.
        options: everything else on which the reports depend.

    Raises:
        typer.Exit: another run is writing there, or the folder cannot be made or written.
    """
    with refusing(console):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            journal = Journal(folder, f".{name}.unfinished.jsonl")
        except OSError as error:
            problem = f"{error.strerror}; name a folder that can be written"
            raise ValueError(f"--output {folder}: {problem}") from None
    with journal:
        run = ResumableRun(journal, console, jobs or jobs_here(FORKED), seed, repr(options))
        try:
            yield run
            if not run.interrupted:
                journal.records.clear()
        finally:
            if not journal.records:
                journal.path.unlink()


@cache
def _version() -> str:
    """Of the solution, of the checks and of all code that judges: equal where their bytes are."""
    ours, own_tests = REPOSITORY, REPOSITORY.own_tests
    read = {ours.grading, ours.resume_test}  # the test judges too: see mutation/trial.py
    for folder in (ours.solution, ours.checkkit, ours.checks, ours.autograder):
        read |= {path for path in files_in(folder, *READ) if own_tests not in path.parents}
    return version_of(ours, sorted(read))
