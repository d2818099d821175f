"""Which cells a course needs: those of its tasks, and the code that these use."""

from collections.abc import Mapping, Sequence

from autograder.config import Course
from autograder.course.passages import asked, is_for

from .extraction import bound_names, used_names
from .source import SourceCell


def selected(
    cells: Sequence[SourceCell], code: Mapping[int, str], course: Course
) -> list[SourceCell]:
    """The cells that stay, in their order.

    A cell of a task stays where the course has the task. Code that others use stays with them,
    whoever grades it.

    Args:
        cells: all cells of the source.
        code: of every cell that has some, by its line.
        course: with its profile.
    """
    wanted = asked(course) | {
        f"{(task.file or '').removesuffix('.py')}.{name}"
        for task in course.auto_tasks.values()
        for name in task.stubs
    }
    stays = {cell.line for cell in cells if is_for(_reasons(cell), wanted) or not _reasons(cell)}
    bound = {line: bound_names(text) for line, text in code.items()}
    uses = {line: used_names(text) - bound[line] for line, text in code.items()}
    more = stays
    while more:  # and the cells that define what these use
        used = set().union(*(uses[line] for line in stays & code.keys()))
        more = {line for line, names in bound.items() if line not in stays and names & used}
        stays |= more
    return [cell for cell in cells if cell.line in stays]


def _reasons(cell: SourceCell) -> set[str]:
    """What a cell is there for: tasks, their kinds, figures, and names of the solution."""
    reasons = {*cell.needed_by, *cell.extracted}
    if cell.directive == "figure" or (cell.directive == "check" and cell.value != "hidden"):
        reasons.add(cell.value)
    return reasons
