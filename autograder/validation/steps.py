"""The steps of a validation: the command of each, and the files that it reads.

A step runs again if a file that it reads has changed since it last passed.
"""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.config.paths import Named, Repository, files_in
from autograder.grading.batch.keys import version_of

AUTOGRADER = (sys.executable, "-m", "autograder")
CHECKS = (Repository.solution, Repository.checkkit, Repository.checks, Repository.hidden)
CHECKS += (Repository.grading,)
JUDGING = (*CHECKS, Repository.judge, Repository.sandbox, Repository.known_bugs)


@dataclass(frozen=True)
class Step:
    """One question about the checks.

    `command` answers it with its exit status, 0 or not, and writes below the folder that follows
    `--output`, if it takes one. `reads` is everything on which the answer depends.
    """

    name: str
    question: str
    command: tuple[str, ...]
    reads: tuple[Named, ...]
    options: tuple[str, ...] = ("--output", "--jobs")

    def command_line(self, folder: Path, jobs: int | None) -> list[str]:
        """The command, with the options that it takes; results go below `folder`."""
        values = {"--output": folder / self.name, "--jobs": jobs}
        pairs = [(option, str(values[option])) for option in self.options if values[option]]
        return [*self.command, *(word for pair in pairs for word in pair)]

    def version(self, repository: Repository) -> str:
        """SHA-256 of everything that the step reads, of its command, and of Python's version."""
        paths = [place.below(repository.root) for place in self.reads]
        files = [file for path in paths for file in ([path] if path.is_file() else files_in(path))]
        about = repr((self.command[1:], sys.version_info[:2], version_of(repository, files)))
        return hashlib.sha256(about.encode()).hexdigest()


STEPS = (
    Step(
        "known-bugs",
        "do the checks catch every known bug, and pass every correct version?",
        (*AUTOGRADER, "validate", "--known-bugs"),
        JUDGING,
    ),
    Step(
        "false-failures",
        "do the statistical checks fail correct submissions as rarely as promised?",
        (*AUTOGRADER, "validate", "--false-failures"),
        (*JUDGING, Repository.false_failures),
    ),
    Step(
        "mutation",
        "do the checks catch bugs that are not in the list of known bugs?",
        (*AUTOGRADER, "validate", "--mutation"),
        (*JUDGING, Repository.mutation, Repository.resume_test),
    ),
    Step(
        "digits",
        "do the limits of the digits' check fit the code with which they were measured?",
        (sys.executable, "-m", "autograder.validation.digits.recalibrate"),
        (*CHECKS, Repository.known_bugs),
        options=("--output",),
    ),
    Step(
        "notebooks",
        "does the solved notebook of every profile run, with all points and figures?",
        (sys.executable, "-m", "pytest", "-m", "validation", "--quiet"),
        (Repository.autograder, *CHECKS, Repository.notebook_source, Repository.handout),
        options=(),
    ),
)


def chosen(names: Sequence[str]) -> tuple[Step, ...]:
    """The steps of these names, all of them where there are none.

    Raises:
        ValueError: there is no such step.
    """
    known = {step.name: step for step in STEPS}
    for name in names:
        if name not in known:
            raise ValueError(f"{name}: there is no such step; choose from {', '.join(known)}")
    return tuple(step for step in STEPS if not names or step.name in names)
