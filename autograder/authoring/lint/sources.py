"""What is inconsistent between grading.yaml, the package, the checks and the known bugs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.config import Course
from autograder.config.clock import change_of_clocks
from autograder.config.paths import Repository
from autograder.config.reading import BadYaml, Problem
from autograder.grading.judging.checks import CheckInfo
from autograder.validation.known_bugs.apply import solution_files
from autograder.validation.known_bugs.entries import load_entries
from autograder.validation.known_bugs.rules import broken_rules
from autograder.validation.mutation.equivalents import load_equivalents, stale_lines


def missing_files(root: Path, course: Course) -> Iterator[Finding]:
    """Tasks whose file the package does not hold."""
    present = sorted(path.name for path in Repository(root).solution_package.glob("*.py"))
    for task in course.auto_tasks.values():
        if task.file and task.file not in present:
            files = ", ".join(present)
            problem = f"task {task.id}: file names {task.file}; diffusion/ holds {files}"
            yield Finding(*place_of(root, problem), problem)


def consistency_findings(root: Path, inconsistencies: Iterable[str]) -> Iterator[Finding]:
    """Tasks without checks, checks without tasks, and other inconsistencies between the two."""
    for problem in inconsistencies:
        yield Finding(*place_of(root, problem), problem)


def clock_findings(root: Path, course: Course) -> Iterator[Finding]:
    """Dates across a change of the clocks, in a course without a time zone."""
    if why := change_of_clocks(course):
        file = Repository(root).grading
        lines = file.read_text(encoding="utf-8").splitlines()
        line = next((n for n, text in enumerate(lines, 1) if re.match(r"\s+due:", text)), 1)
        remedy = "write timezone: Europe/Berlin, or where your course is, above the assignments"
        yield Finding(file.name, line, f"due: {why}; {remedy}")


def known_bug_findings(
    root: Path, course: Course, checks: Sequence[CheckInfo]
) -> Iterator[Finding]:
    """Known bugs, right versions and equivalents that no longer fit the solution."""
    repository = Repository(root)
    try:
        entries = load_entries(repository.known_bugs)
        yield from as_findings(root, broken_rules(entries, course, checks, root))
        path = repository.equivalents
        lost = stale_lines(load_equivalents(path), solution_files(root), path)
        yield from as_findings(root, lost)
    except BadYaml as error:
        yield from as_findings(root, error.problems)


def as_findings(root: Path, problems: Iterable[Problem]) -> Iterator[Finding]:
    """Problems of a YAML file, as findings."""
    for problem in problems:
        file = problem.file.relative_to(root).as_posix()
        yield Finding(file, problem.line, f"{problem.field}: {problem.advice}")


def place_of(root: Path, problem: str) -> tuple[str, int]:
    """The file and line of the task or test that an inconsistency is about."""
    if task := re.match(r"task (\w+):", problem):
        files, wanted = [Repository.grading.name], rf"\bid: {task[1]}\b"
    elif test := re.match(r"(\w+)::(\w+)", problem):
        files = [f"{folder}/{test[1]}.py" for folder in (Repository.checks, Repository.hidden)]
        wanted = rf"\s*def {test[2]}\("
    elif broken := re.match(r"(\S+\.py)(?::(\d+))?: ", problem):  # it cannot be imported
        return broken[1], int(broken[2] or 1)
    else:
        return Repository.checks.name, 1
    for file in files:
        path = Repository(root).at(file)
        lines = path.read_text().splitlines() if path.is_file() else []
        for number, line in enumerate(lines, start=1):
            if re.search(wanted, line):
                return file, number
    return files[0], 1
