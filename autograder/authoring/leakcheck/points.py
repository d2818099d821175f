"""Points that an artefact states, held against `grading.yaml`."""

import re
from collections.abc import Iterator

from autograder.authoring.release.parts import PARTS, parts_text
from autograder.config import Course
from autograder.config.paths import Repository

from .members import Member

STATED = re.compile(r"(\d+(?:\.\d+)?)\s*(?:\*\*)?\s*(?:points?|pts?|marks?|Punkte?)\b", re.I)
CELL = re.compile(r"(?P<kind>check|manual)-(?P<task>\w+)")
NUMBER = re.compile(r"\**(\d+(?:\.\d+)?)\**")
GRADING = "; grading.yaml says"


def point_lines(
    member: Member, course: Course, repository: Repository
) -> Iterator[tuple[int, str]]:
    """Lines that state other points of a task, a part or an assignment than the course has."""
    if not member.is_text:
        return
    if member.name.endswith(PARTS) and not member.inner:
        if member.content != parts_text(course, repository).encode():
            yield 1, f"has other parts or tasks than the course{GRADING} so"
        return
    known = _known(course)
    for number, line in enumerate(member.text.splitlines(), 1):
        stated = [float(points) for points in _stated(line)]
        right = _right(line, known) if stated else set()
        wrong = [points for points in stated if points not in right]
        if right and wrong:
            correct = " or ".join(f"{points:g}" for points in sorted(right))
            yield number, f"says {wrong[0]:g} points{GRADING} {correct}"


def _known(course: Course) -> dict[str, set[float]]:
    """What a line may call a thing, and the points that it has."""
    known: dict[str, set[float]] = {}
    for assignment in course.assignments:
        known.setdefault(assignment.title, set()).add(assignment.points)
        for part in assignment.parts:
            shown = sum(task.regular for task in part.tasks if not task.hidden)
            both = {shown, sum(task.regular for task in part.tasks)}
            for name in {part.title, part.title.partition(":")[0]}:
                known.setdefault(name, set()).update(both)
            for task in part.tasks:
                for name in (task.title, f"`{task.id}`", f"task {task.id}", f"task={task.id}"):
                    known.setdefault(name, set()).add(task.points)
    return known


def _right(line: str, known: dict[str, set[float]]) -> set[float]:
    """The points of all that a line names; "Part 1" in a longer name is not yet the part."""
    named = [name for name in known if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line)]
    whole = [name for name in named if not any(name != n and name in n for n in named)]
    return {points for name in whole for points in known[name]}


def _stated(line: str) -> list[str]:
    """The points that a line states: in words, or as the last cell of a row."""
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if line.lstrip().startswith("|") and (last := NUMBER.fullmatch(cells[-1])):
        return [last[1]]
    return STATED.findall(line)


def notebook_problems(member: Member, course: Course) -> Iterator[tuple[int, str]]:
    """Cells of nbgrader with other points than their tasks have, and tasks without a cell."""
    if member.inner or not member.name.lower().endswith(".ipynb"):
        return
    try:
        metadata = [cell["metadata"].get("nbgrader", {}) for cell in member.parsed["cells"]]
    except (KeyError, TypeError, AttributeError):
        yield 1, "is no notebook that can be read"
        return
    tasks = {task.id: task for task in course.tasks}
    graded = set()
    for at, cell in enumerate(metadata):
        match = CELL.fullmatch(str(cell.get("grade_id", "")))
        if not cell.get("grade") or not match:
            continue
        name = match["task"]
        graded.add(name)
        if name not in tasks:
            yield 1, f"cells[{at}] is graded for {name}, which is no task of the course"
        elif cell.get("points") != tasks[name].regular:
            states = f"cells[{at}] gives {cell.get('points')} points for {name}"
            yield 1, f"{states}{GRADING} {tasks[name].regular:g}"
    if graded and (missing := [name for name in tasks if name not in graded]):
        yield 1, f"has no cell for {', '.join(missing)}, which grading.yaml gives points for"
