"""Which cells a course needs: those of its tasks, and the code that these use."""

from collections.abc import Mapping, Sequence

from autograder.config import Course

from .pulling import bound_names, used_names
from .source import SourceCell


def chosen(
    cells: Sequence[SourceCell], code: Mapping[int, str], course: Course
) -> list[SourceCell]:
    """The cells that stay, in their order.

    A cell of a task stays where the course has the task. Code that others use stays with them,
    whoever grades it.

    Args:
        code: of every cell that has some, by its line.
    """
    wanted = {task.id for task in course.tasks}
    wanted |= {figure for task in course.tasks for figure in task.figures}
    wanted |= {
        f"{task.file.removesuffix('.py')}.{name}"
        for task in course.auto_tasks.values()
        if task.file
        for name in task.stubs
    }
    stays = {cell.line for cell in cells if wanted & _reasons(cell) or not _reasons(cell)}
    _add_used(cells, code, stays)
    return [cell for cell in cells if cell.line in stays]


def _reasons(cell: SourceCell) -> set[str]:
    """The tasks, figures and names of the solution for which a cell is there."""
    reasons = {*cell.wanted_by, *cell.pulled}
    if cell.directive == "figure" or (cell.directive == "check" and cell.value != "hidden"):
        reasons.add(cell.value)
    return reasons


def _add_used(cells: Sequence[SourceCell], code: Mapping[int, str], stays: set[int]) -> None:
    """Add, until nothing changes, the cells that define what the chosen ones use."""
    bound = {cell.line: bound_names(code[cell.line]) for cell in cells if cell.line in code}
    uses = {line: used_names(code[line]) - names for line, names in bound.items()}
    while True:
        used = set().union(*(uses[line] for line in stays if line in code))
        more = {line for line, names in bound.items() if line not in stays and names & used}
        if not more:
            return
        stays |= more
