"""What does not hold between deliverables, profiles, checks, the notebook and docs/handouts.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.authoring.findings import REGENERATE, Finding
from autograder.authoring.release.notebook.source import NotebookError, read_source
from autograder.config import Course, GradingError, load_course
from autograder.config.paths import Repository
from autograder.config.profiles import FOLDER as PROFILES
from autograder.config.profiles import profile_names
from autograder.config.reading import BadYaml, Problem
from autograder.course.starter import generated
from autograder.course.strip import StripError
from autograder.grading.judging.checks import Collected
from autograder.grading.judging.consistency import loose_ends

from .deliverables import FOLDER, Handout, line_of_row, load_handouts
from .handouts_page import PAGE, page


def coverage_findings(root: Path, collected: Collected) -> Iterator[Finding]:
    """Profiles that cannot be released, deliverables that lead nowhere, and a page behind them."""
    try:
        courses = _courses(root)
        handouts = load_handouts(root)
    except BadYaml as error:
        yield from (_finding(root, problem) for problem in error.problems)
        return
    for name, course in courses.items():
        yield from _profile_findings(root, name, course, collected)
    broken = [*_unmatched(root, courses, handouts)]
    for name in courses.keys() & handouts.keys():
        broken += _row_findings(root, name, handouts[name], courses[name])
    broken.sort(key=lambda finding: (finding.file, finding.line))
    yield from broken
    if handouts and not broken and _kept(root) != page(handouts, courses, collected.checks):
        problem = f"profiles, deliverables or checks are others: {REGENERATE}"
        yield Finding(PAGE, 1, problem)


def fresh_page(root: Path, collected: Collected) -> str | None:
    """What docs/handouts.md should hold; None where it does so, or cannot be made."""
    try:
        courses, handouts = _courses(root), load_handouts(root)
    except BadYaml:
        return None
    if not handouts or any(_unmatched(root, courses, handouts)):
        return None
    if any(_row_findings(root, name, handouts[name], courses[name]) for name in handouts):
        return None
    fresh = page(handouts, courses, collected.checks)
    return None if _kept(root) == fresh else fresh


def _kept(root: Path) -> str:
    path = Repository(root).handouts_page
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _courses(root: Path) -> dict[str, Course]:
    problems, courses = [], {}
    grading = Repository(root).grading
    for name in profile_names(grading):
        try:
            courses[name] = load_course(grading, name)
        except GradingError as error:
            problems += error.problems
    if problems:
        raise BadYaml(list(dict.fromkeys(problems)))
    return courses


def _profile_findings(
    root: Path, name: str, course: Course, collected: Collected
) -> Iterator[Finding]:
    try:
        generated(root, course)
    except StripError as error:
        problem = f"with --profile {name}: {error.problem}"
        yield Finding(error.file, error.line, problem)
    for end in loose_ends(course, collected):
        yield Finding((PROFILES / f"{name}.yaml").as_posix(), 1, end)


def _unmatched(
    root: Path, courses: Mapping[str, Course], handouts: Mapping[str, Handout]
) -> Iterator[Finding]:
    for name in sorted(courses.keys() - handouts.keys()):
        file = (PROFILES / f"{name}.yaml").as_posix()
        yield Finding(file, 1, f"nobody says what its handout asks: write {FOLDER}/{name}.yaml")
    for name in sorted(handouts.keys() - courses.keys()):
        file = (FOLDER / f"{name}.yaml").as_posix()
        yield Finding(file, 1, f"there is no profile {name}: write {PROFILES}/{name}.yaml")


def _row_findings(root: Path, name: str, handout: Handout, course: Course) -> list[Finding]:
    """Rows that name what is not there, and tasks and figures that no row names."""
    known = {task.id: task for task in course.tasks}
    drawn = _drawn(root)
    found: list[Finding] = []
    for number, row in enumerate(handout.rows):
        wrong = [f"{task} is no task of the profile" for task in row.tasks if task not in known]
        theirs = {figure for task in row.tasks if task in known for figure in known[task].figures}
        wrong += [f"{f} is no figure of its tasks" for f in row.figures if f not in theirs]
        wrong += [f"the notebook has no figure {f}" for f in row.figures if f not in drawn]
        if wrong:
            path, line = line_of_row(root, name, number)
            found += [Finding(_inside(root, path), line, f"{row.asks}: {w}") for w in wrong]
    named = {task for row in handout.rows for task in row.tasks}
    shown = {(task, figure) for row in handout.rows for task in row.tasks for figure in row.figures}
    file = (FOLDER / f"{name}.yaml").as_posix()
    for task in course.tasks:
        if task.id not in named:
            found.append(
                Finding(file, 1, f"no deliverable is graded by {task.id}: add it to a row")
            )
        found += [
            Finding(file, 1, f"no deliverable shows figure {f} of {task.id}: add it to a row")
            for f in task.figures
            if (task.id, f) not in shown
        ]
    return found


def _drawn(root: Path) -> set[str]:
    """The figures of the notebook."""
    try:
        return {cell.value for cell in read_source(root) if cell.directive == "figure"}
    except (NotebookError, OSError):
        return set()


def _finding(root: Path, problem: Problem) -> Finding:
    return Finding(_inside(root, problem.file), problem.line, f"{problem.field}: {problem.advice}")


def _inside(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
