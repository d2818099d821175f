"""What an interrupted run has found, kept for the next run of the same command.

The journal lies beside the results and is deleted when a run comes to its end. What was found with
other code, from another seed or with other options does not count.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from autograder.config.paths import REPOSITORY, files_in
from autograder.grading.batch.journal import Journal
from autograder.grading.batch.keys import version_of
from autograder.grading.judging.seeds import run_seed

from .forking import Ended

READ = (".py", ".yaml", ".npz", ".safetensors", ".json", ".txt")


class Kept:
    """The jobs that have ended. `seed` is the one to use: that of the run that goes on here.

    Args:
        journal: an open journal.
        seed: the one that was asked for, if one was.
        options: what else the reports depend on.
    """

    def __init__(self, journal: Journal, seed: str | None, options: str):
        self.seed = run_seed(seed or journal.seed)
        self._journal, self._options = journal, options
        journal.begin(self.seed)

    def ended(self, job: str, number: int) -> Ended | None:
        """What became of a job; None where it is still to be done. `number` goes into the answer.

        `job` names it among all jobs of the run.
        """
        record = self._journal.records.get(self._key(job))
        if not isinstance(record, Mapping) or not isinstance(record.get("report"), str):
            return None
        return Ended(number, record["report"].encode(), "", float(record["seconds"]))

    def add(self, job: str, ended: Ended) -> None:
        """Keep what became of a job; one without a report is done again."""
        if ended.report:
            record = {"report": ended.report.decode(), "seconds": ended.seconds}
            self._journal.add(self._key(job), job, record)

    def forget(self) -> None:
        """The run is at its end: the next one starts anew."""
        self._journal.path.unlink()

    def _key(self, job: str) -> str:
        words = repr((_version(), self.seed, self._options, job))
        return hashlib.sha256(words.encode()).hexdigest()


@contextmanager
def kept_in(folder: Path, name: str, seed: str | None, options: str = "") -> Iterator[Kept]:
    """What the last run of the command `name` left in `folder`, if it did not come to its end.

    Raises:
        JournalInUse: another run is writing there.
        OSError: the folder cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with Journal(folder, f".{name}.unfinished.jsonl") as journal:
        try:
            yield Kept(journal, seed, options)
        finally:
            if not journal.records:
                journal.path.unlink(missing_ok=True)


@cache
def _version() -> str:
    """Of the solution, of the checks and of all code that judges: equal where their bytes are."""
    ours, own_tests = REPOSITORY, REPOSITORY.own_tests
    read = {ours.grading, ours.resume_test}  # the test judges too: see mutation/trial.py
    for folder in (ours.solution, ours.checkkit, ours.checks, ours.autograder):
        read |= {path for path in files_in(folder, *READ) if own_tests not in path.parents}
    return version_of(ours, sorted(read))
