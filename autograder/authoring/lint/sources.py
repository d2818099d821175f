"""What does not hold between grading.yaml, the package, the checks and the known bugs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.config import Course
from autograder.config.paths import Repository
from autograder.config.reading import BadYaml, Problem
from autograder.grading.judging.checks import Check, Collected
from autograder.grading.judging.consistency import loose_ends
from autograder.validation.known_bugs.apply import solution_files
from autograder.validation.known_bugs.entries import load_entries
from autograder.validation.known_bugs.rules import broken_rules
from autograder.validation.mutation.equivalents import load_equivalents, stale_lines


def missing_files(root: Path, course: Course) -> Iterator[Finding]:
    """Tasks whose file the package does not hold."""
    held = sorted(path.name for path in Repository(root).solution_package.glob("*.py"))
    for task in course.auto_tasks.values():
        if task.file and task.file not in held:
            end = f"task {task.id}: file names {task.file}; diffusion/ holds {', '.join(held)}"
            yield Finding(*place_of(root, end), end)


def consistency_findings(root: Path, course: Course, collected: Collected) -> Iterator[Finding]:
    """Tasks without checks, checks without tasks, and what else does not fit between the two."""
    for end in loose_ends(course, collected):
        yield Finding(*place_of(root, end), end)


def mutant_findings(root: Path, course: Course, checks: Sequence[Check]) -> Iterator[Finding]:
    """Mutants and variants that can no longer be run, since something changed below them."""
    try:
        entries = load_entries(Repository(root).known_bugs)
        problems = list(broken_rules(entries, course, checks, root))
    except BadYaml as error:
        problems = error.problems
    yield from as_findings(root, problems)


def equivalent_findings(root: Path) -> Iterator[Finding]:
    """Equivalent mutants of lines that the solution no longer has."""
    path = Repository(root).equivalents
    try:
        problems = list(stale_lines(load_equivalents(path), solution_files(root), path))
    except BadYaml as error:
        problems = error.problems
    yield from as_findings(root, problems)


def as_findings(root: Path, problems: Iterable[Problem]) -> Iterator[Finding]:
    """Problems of a YAML file, as findings."""
    for problem in problems:
        file = problem.file.relative_to(root).as_posix()
        yield Finding(file, problem.line, f"{problem.field}: {problem.advice}")


def place_of(root: Path, end: str) -> tuple[str, int]:
    """Where a loose end between tasks and checks is to be tied: its task or its test."""
    if task := re.match(r"task (\w+):", end):
        files, wanted = [Repository.grading.name], rf"\bid: {task[1]}\b"
    elif test := re.match(r"(\w+)::(\w+)", end):
        files = [f"{folder}/{test[1]}.py" for folder in (Repository.checks, Repository.hidden)]
        wanted = rf"\s*def {test[2]}\("
    else:
        return Repository.checks.name, 1  # a file of checks that cannot be read names itself
    for file in files:
        path = Repository(root).at(file)
        if path.is_file():
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                if re.search(wanted, line):
                    return file, number
    return files[0], 1
