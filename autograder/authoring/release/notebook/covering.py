"""Nothing of the course and nothing of the solution is left out of the notebook's source."""

import ast
from collections.abc import Sequence
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import Repository

from .pulling import defined_names
from .source import SOURCE, NotebookError, SourceCell

KINDS = ("manual", "check", "figure", "given")


def check_tasks(cells: Sequence[SourceCell], course: Course) -> None:
    """Every task of the course has its cell, and every figure that a task names is drawn.

    Raises:
        NotebookError: otherwise.
    """
    said = {kind: {c.value for c in cells if c.directive == kind} for kind in KINDS}
    wanted = [("manual", "others"), ("check", "hidden"), ("given", "imports")]
    for task in course.tasks:
        if task.kind == "auto" and not task.hidden:
            wanted.append(("check", task.id))
        wanted += [("figure", figure) for figure in task.figures]
    for kind, value in wanted:
        if value not in said[kind]:
            raise NotebookError(
                SOURCE, 1, f'no cell says {kind}="{value}", and the course needs it'
            )


def check_names(cells: Sequence[SourceCell], modules: Sequence[str], root: Path) -> None:
    """Every cell takes what is there, from one module; everything that is there is taken.

    What the imports of the notebook take from the files of the assignment counts as taken, and so
    does what begins with an underscore.

    Args:
        modules: those that students fill, without their suffix.

    Raises:
        NotebookError: otherwise.
    """
    package = Repository(root).solution_package
    there = {
        f"{module}.{name}"
        for module in modules
        for name in defined_names((package / f"{module}.py").read_text())
        if not name.startswith("_")
    }
    taken = set()
    for cell in cells:
        of = {name.partition(".")[0] for name in cell.pulled}
        if len(of) > 1 or of - set(modules):
            raise cell.problem(f"takes names from one of {', '.join(modules)}")
        if cell.directive == "code" and not cell.id.startswith(f"{min(of)}-"):
            raise cell.problem(f"its id begins with the module: {min(of)}-...")
        for name in cell.pulled:
            if name not in there or name in taken:
                problem = "is taken by a cell above" if name in taken else "is not in the solution"
                raise cell.problem(f"{name} {problem}")
            taken.add(name)
    for cell in cells:
        if (cell.directive, cell.value) == ("given", "imports"):
            taken |= set(_imported(cell.body))
    for name in sorted(there - taken):
        raise NotebookError(SOURCE, 1, f"no cell takes {name} of the solution")


def _imported(code: str) -> list[str]:
    """Names like "training.load_checkpoint", of what is imported from the package."""
    return [
        f"{node.module.removeprefix('diffusion.')}.{alias.name}"
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    ]
