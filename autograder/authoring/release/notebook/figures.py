"""The figures of the notebook: their numbers, and the tasks whose functions they call."""

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import Repository
from autograder.course.strip import tree_of

from .extraction import bound_names, used_names
from .source import OWN_CODE, NotebookError, SourceCell, read_source


def figure_numbers(root: Path) -> dict[str, int]:
    """The numbers of the figures, which are those of "Hand in" in the handout, in any course.

    Raises:
        NotebookError: the source of the notebook cannot be read.
    """
    figures = [cell.value for cell in read_source(root) if cell.directive == "figure"]
    return {figure: number for number, figure in enumerate(figures, 1)}


def figure_problems(
    source: Sequence[SourceCell], course: Course, root: Path
) -> list[NotebookError]:
    """The figures that the course asks for without a task that they need.

    Args:
        source: all cells of the notebook's source.
        course: with its profile.
        root: the repository.

    Raises:
        NotebookError: a passage within a cell does not end.
    """
    own = {(task.file, stub) for task in course.auto_tasks.values() for stub in task.stubs}
    missing = {  # names of functions -> the task that the course leaves out
        f"{(task.file or '').removesuffix('.py')}.{stub}": task.id
        for task in course.optional
        for stub in task.stubs
        if (task.file, stub) not in own
    }
    seen = [cell.shown_to(course) for cell in source]
    cells = {cell.value: cell for cell in seen if cell.directive == "figure"}
    problems = []
    for task in course.tasks:
        for figure in task.figures:
            needs = needs_of(cells[figure], seen, source, root) if figure in cells else set()
            for name in sorted(needs & missing.keys()):
                problem = (
                    f"task {task.id} asks for the figure {figure}, which needs "
                    f"{name.partition('.')[2]} of the task {missing[name]}; the course leaves that "
                    f"out: add {missing[name]}, or remove the figure"
                )
                problems.append(cells[figure].problem(problem))
    return problems


def needs_of(
    figure: SourceCell, seen: Sequence[SourceCell], source: Sequence[SourceCell], root: Path
) -> set[str]:
    """The functions and classes of the solution that students write and a figure calls.

    Code that is given counts with what it calls; the solutions of students' functions do not.

    Args:
        figure: as the course shows it.
        seen: all cells, as the course shows them.
        source: all cells with all passages: a name that only a passage for other courses binds
            needs what this passage uses.
        root: the repository.

    Returns:
        Names like "cfg.ddpm_cfg_sample".
    """
    package = Repository(root).solution_package
    written = {  # name -> the cell in which students write it
        name.partition(".")[2]: name
        for cell in source
        if cell.directive == "code"
        for name in cell.extracted
    }
    bound, bound_elsewhere = (
        [
            (bound_names(code), used_names(code) - bound_names(code))
            for code in (_code(cell, package) for cell in cells if cell.directive in OWN_CODE)
        ]
        for cells in (seen, source)
    )
    needs: set[str] = set()
    waiting, found = [*(used_names(figure.body) - bound_names(figure.body))], set()
    while waiting:
        name = waiting.pop()
        if name in written:
            needs.add(written[name])
        elif name not in found:
            found.add(name)
            here = [uses for names, uses in bound if name in names]
            here = here or [uses for names, uses in bound_elsewhere if name in names]
            waiting += [other for uses in here for other in uses]
    return needs


def _code(cell: SourceCell, package: Path) -> str:
    """The code of a cell; of given functions of the solution, their definitions."""
    if not cell.extracted:
        return cell.body
    module = cell.extracted[0].partition(".")[0]
    text = (package / f"{module}.py").read_text(encoding="utf-8")
    names = {name.partition(".")[2] for name in cell.extracted}
    nodes: Mapping[str, ast.stmt] = {getattr(node, "name", ""): node for node in tree_of(text).body}
    return "\n".join(
        ast.get_source_segment(text, nodes[name]) or "" for name in names & nodes.keys()
    )
