"""What is inconsistent between deliverables, profiles, checks, notebook and docs/handouts.md.

A course's own profile needs no list of deliverables; with one, the page shows it too.
"""

from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.authoring.release.notebook.figures import figure_problems
from autograder.authoring.release.notebook.source import read_source
from autograder.authoring.release.preface import question_problems
from autograder.config import Course, load_course
from autograder.config.paths import Repository
from autograder.config.profiles import profile_names
from autograder.config.reading import BadYaml, line_of, parse
from autograder.course.starter import generated
from autograder.course.strip import SourceError
from autograder.grading.judging.checks import Collected
from autograder.grading.judging.consistency import inconsistencies

from .deliverables import Handout, load_handouts
from .generated import outdated
from .handouts_page import PAGE, page
from .sources import as_findings


def coverage_findings(root: Path, collected: Collected) -> Iterator[Finding]:
    """Profiles that cannot be released, faulty deliverables, and an outdated page."""
    findings, fresh = _coverage(root, collected)
    yield from findings
    if fresh:
        yield from outdated(root, PAGE, fresh)


def fresh_page(root: Path, collected: Collected) -> str | None:
    """The text of docs/handouts.md; None where a fault prevents it."""
    return _coverage(root, collected)[1]


def _coverage(root: Path, collected: Collected) -> tuple[list[Finding], str | None]:
    grading = Repository(root).grading
    try:
        courses = {name: load_course(grading, name) for name in profile_names(grading)}
        handouts = load_handouts(root)
    except BadYaml as error:
        return list(as_findings(root, error.problems)), None
    figures = {cell.value for cell in read_source(root) if cell.directive == "figure"}
    findings, broken = [], []
    for name in sorted(courses.keys() | handouts.keys()):
        profile = f"{Repository.profiles}/{name}.yaml"
        deliverables = f"{Repository.deliverables}/{name}.yaml"
        if name in handouts and name not in courses:
            broken.append(Finding(deliverables, 1, f"its profile is missing: write {profile}"))
        elif name in handouts:
            broken += _row_findings(root, deliverables, handouts[name], courses[name], figures)
        if name in courses:
            findings += _profile_findings(root, name, profile, courses[name], collected)
    if broken or not handouts:
        return findings + broken, None
    return findings, page(handouts, courses, collected.checks)


def _profile_findings(
    root: Path, name: str, file: str, course: Course, collected: Collected
) -> Iterator[Finding]:
    try:
        generated(root, course)
    except SourceError as error:
        yield Finding(error.file, error.line, f"with --profile {name}: {error.problem}")
    for problem in inconsistencies(course, collected):
        yield Finding(file, 1, problem)
    for problem in figure_problems(read_source(root), course, root):
        yield Finding(file, 1, problem.problem)
    for problem in question_problems(course, Repository(root)):
        yield Finding(file, 1, problem)


def _row_findings(
    root: Path, file: str, handout: Handout, course: Course, drawn: set[str]
) -> Iterator[Finding]:
    """Rows that name what does not exist, and tasks and figures that no row names."""
    tasks = {task.id: task for task in course.tasks}
    data = parse(Repository(root).at(file))
    for number, row in enumerate(handout.rows):
        own = {figure for name in row.tasks if name in tasks for figure in tasks[name].figures}
        wrong = [f"{name} is no task of the profile" for name in row.tasks if name not in tasks]
        wrong += [f"{f} is no figure of its tasks" for f in row.figures if f not in own]
        wrong += [f"the notebook has no figure {f}" for f in row.figures if f not in drawn]
        line = line_of(data, ("rows", number))
        yield from (Finding(file, line, f"{row.asks}: {problem}") for problem in wrong)
    covered = {(name, f) for row in handout.rows for name in row.tasks for f in (*row.figures, "")}
    for task in course.tasks:
        for figure in ("", *task.figures):
            if (task.id, figure) not in covered:
                how = f"shows figure {figure} of" if figure else "is graded by"
                yield Finding(file, 1, f"no deliverable {how} {task.id}: add it to a row")
