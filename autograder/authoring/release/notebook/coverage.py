"""The source of the notebook is complete: every task, figure and name of the solution is in it."""

import ast
from collections.abc import Sequence
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import Repository

from .extraction import defined_names
from .source import SOURCE, NotebookError, SourceCell


def check_tasks(cells: Sequence[SourceCell], course: Course) -> None:
    """Every task of the course has its cell, and every figure that a task names is drawn.

    Raises:
        NotebookError: otherwise.
    """
    needed = [("manual", "others"), ("check", "hidden"), ("given", "imports")]
    for task in course.tasks:
        if task.kind == "auto" and not task.hidden:
            needed.append(("check", task.id))
        needed += [("figure", figure) for figure in task.figures]
    present = {(cell.directive, cell.value) for cell in cells}
    for kind, value in needed:
        if (kind, value) not in present:
            problem = f'no cell says {kind}="{value}", and the course needs it'
            raise NotebookError(SOURCE, 1, problem)


def check_names(cells: Sequence[SourceCell], modules: Sequence[str], root: Path) -> None:
    """Every cell takes names of one module, and every name of the solution is taken once.

    What the notebook imports from the files of the assignment counts as taken. Names that begin
    with an underscore may be left out.

    Args:
        cells: all cells of the source.
        modules: those that students fill, without their suffix.
        root: the repository.

    Raises:
        NotebookError: otherwise.
    """
    package = Repository(root).solution_package
    names = {
        f"{module}.{name}"
        for module in modules
        for name in defined_names((package / f"{module}.py").read_text())
        if not name.startswith("_")
    }
    taken = set()
    for cell in cells:
        of = {name.partition(".")[0] for name in cell.extracted}
        if len(of) > 1 or of - set(modules):
            raise cell.problem(f"takes names from one of {', '.join(modules)}")
        if cell.directive == "code" and not cell.id.startswith(f"{min(of)}-"):
            raise cell.problem(f"its id begins with the module: {min(of)}-...")
        for name in cell.extracted:
            if name not in names or name in taken:
                problem = "is taken by a cell above" if name in taken else "is not in the solution"
                raise cell.problem(f"{name} {problem}")
            taken.add(name)
    for cell in cells:
        if (cell.directive, cell.value) == ("given", "imports"):
            taken |= set(_imported(cell.body))
    for name in sorted(names - taken):
        raise NotebookError(SOURCE, 1, f"no cell takes {name} of the solution")


def _imported(code: str) -> list[str]:
    """Names like "training.load_checkpoint", of what is imported from the package."""
    return [
        f"{node.module.removeprefix('diffusion.')}.{alias.name}"
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    ]
