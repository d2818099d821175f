"""Notebooks as students hand them in: the released one, its cells filled and changed at will."""

import importlib
import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from nbformat import NotebookNode, from_dict, reads
from nbformat.v4 import new_code_cell

from autograder.authoring.release.notebook import instructors, students
from autograder.config import load_course
from autograder.grading.intake.notebook import take_notebook
from autograder.grading.intake.policy import policy_of
from autograder.grading.review.notebook_reader import Answer, Place, put_together
from checkkit.cells import collect

from .submissions import make_folder

COURSE = load_course()
POLICY = policy_of(COURSE)
MODULES = ("blocks", "cfg", "ddpm", "denoiser", "training", "unet")
NUMBERS = itertools.count()


@cache
def _released(solved: bool) -> str:
    return (instructors if solved else students)(COURSE).decode()


def given() -> NotebookNode:
    """The notebook that students get."""
    return reads(_released(False), as_version=4)


def solved() -> NotebookNode:
    """The same with the solution in the cells that are to be filled."""
    notebook = given()
    solution = {cell.id: cell for cell in reads(_released(True), as_version=4).cells}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
            lines = solution[cell.id].source.split("\n")
            cell.source = "\n".join(line for line in lines if " SOLUTION" not in line)
    return notebook


def cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell with a mark."""
    return next(cell for cell in notebook.cells if cell.id == grade_id)


def place(notebook: NotebookNode, grade_id: str) -> int:
    return notebook.cells.index(cell(notebook, grade_id))


def own(source: str) -> NotebookNode:
    """A cell that a student has added."""
    return new_code_cell(source)


def saved(notebook: NotebookNode) -> bytes:
    """The file, as Jupyter writes it."""
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


def changed(*changes: Callable[[NotebookNode], object]) -> bytes:
    """The solved notebook, changed and saved."""
    notebook = solved()
    for change in changes:
        change(notebook)
    return saved(from_dict(notebook))


def broken() -> bytes:
    """Right blocks, a wrong schedule, a cell that is no Python, and nothing else."""
    notebook, right = given(), solved()
    for name in ("blocks-operations", "blocks-composed", "denoiser-loss"):
        cell(notebook, name).source = cell(right, name).source
    wrong = cell(right, "ddpm-schedule").source.replace("torch.cumprod", "torch.cumsum")
    assert wrong != cell(right, "ddpm-schedule").source
    cell(notebook, "ddpm-schedule").source = wrong
    cell(notebook, "cfg-forward").source = "def ddpm_cfg_forward(:\n"
    return saved(notebook)


@dataclass
class Taken:
    """What is collected of a notebook."""

    files: dict[str, bytes]
    places: dict[str, list[Place]]
    remarks: list[str]
    faults: list[str]
    missing: list[str]
    touched: bool


def take(content: bytes) -> Taken:
    """What is collected of a notebook; grading does the same in the sandbox."""
    cells = take_notebook(content, POLICY.contract)
    answer = collect(json.loads(cells.content), POLICY.contract)
    files, places = put_together(Answer.model_validate(answer), POLICY.starter)
    own = (answer[key] for key in ("remarks", "faults", "missing"))
    return Taken(files, places, *own, cells.touched)


def remarks(content: bytes) -> str:
    """What its student reads about it."""
    return "\n".join(take(content).remarks)


def values(folder: Path, content: bytes, *expressions: str, first: str = "blocks") -> list[object]:
    """What these expressions give in the package, laid over the starter and imported here."""
    place = make_folder(folder / f"{next(NUMBERS)}", {**POLICY.starter, **take(content).files})
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if _ours(name)}
    sys.path.insert(0, str(place))
    try:
        names = {n: importlib.import_module(f"diffusion.{n}") for n in (first, *MODULES)}
        return [eval(expression, {"torch": torch, **names}) for expression in expressions]
    finally:
        sys.path.remove(str(place))
        for name in list(filter(_ours, sys.modules)):
            del sys.modules[name]
        sys.modules |= before


def _ours(name: str) -> bool:
    return name.partition(".")[0] == "diffusion"
