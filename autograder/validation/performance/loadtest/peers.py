"""The same small task set for nbgrader and otter-grader: notebooks with equal assertions.

Three tasks of ours: the schedule, the denoiser, the training loss. Each has one cell or test with
the plain assertions below, far fewer than ours has checks: the peers are not made to work harder.
"""

import json
import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from .measuring import Cost, environment_for, measure

ASSIGNMENT, NOTEBOOK = "ps1", "ps1.ipynb"
TASKS = ("schedule", "denoiser", "forward")  # of grading.yaml
ANSWERS = ("denoiser.py", "ddpm.py")
POINTS = 5
SCHEDULE = """\
import torch
tables = ddpm_schedule(1e-4, 0.02, 300)
assert set(tables) >= {"betas", "alphas", "alpha_bars"}
assert all(tables[key].shape == (301,) for key in ("betas", "alphas", "alpha_bars"))
assert abs(tables["betas"][1].item() - 1e-4) < 1e-7
assert abs(tables["betas"][300].item() - 0.02) < 1e-6
product = torch.cumprod(1 - tables["betas"].double(), 0)
assert torch.allclose(tables["alpha_bars"].double(), product, atol=1e-6)
"""
DENOISER = """\
import torch
torch.manual_seed(0)
x = torch.rand(16, 1, 28, 28)
noise = (add_noise(x, 0.5) - x) / 0.5
assert noise.shape == x.shape and noise.dtype == x.dtype
assert abs(noise.mean().item()) < 0.05 and abs(noise.std().item() - 1) < 0.05
loss = denoising_loss(torch.nn.Identity(), x, 0.5)
assert loss.shape == () and abs(loss.item() - 0.25) < 0.02
"""
FORWARD = """\
import torch
seen = []
def unet(x, t):
    seen.append(t)
    return torch.zeros_like(x)
tables = ddpm_schedule(1e-4, 0.02, 300)
loss = ddpm_forward(unet, tables, torch.rand(64, 1, 28, 28), 300)
assert loss.shape == () and abs(loss.item() - 1) < 0.05
assert seen[0].shape == (64,) and 0 < seen[0].min() and seen[0].max() <= 1
"""
ASSERTIONS = dict(zip(TASKS, (SCHEDULE, DENOISER, FORWARD), strict=True))


Points = dict[str, float]  # name of the submission -> what a peer gave


def answers(package: Path) -> list[str]:
    """The student's code as cells of a notebook, without markers, which nbgrader refuses."""
    lines = [(package / name).read_text().splitlines(keepends=True) for name in ANSWERS]
    return ["".join(line for line in text if "### " not in line) for text in lines]


def nbgrader(folder: Path, submissions: Sequence[tuple[str, Path]]) -> tuple[Points, Cost]:
    """Autograde these packages with nbgrader, in a course of its own below `folder`."""
    _write(folder / "source" / ASSIGNMENT, _for_nbgrader(["", ""]))
    for name, package in submissions:
        _write(folder / "submitted" / name / ASSIGNMENT, _for_nbgrader(answers(package)))
    (folder / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.root = {str(folder)!r}\n"
    )
    command, env = [sys.executable, "-m", "nbgrader"], _environment_of(Path(sys.executable))
    measure([*command, "generate_assignment", ASSIGNMENT], folder, env)
    cost = measure([*command, "autograde", ASSIGNMENT], folder, env)
    from nbgrader.api import Gradebook  # late: it takes a second to import

    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        scores: dict[str, Any] = {
            name: book.find_submission(ASSIGNMENT, name).score for name, _ in submissions
        }
    return scores, cost


def _for_nbgrader(texts: Sequence[str]) -> list[nbformat.NotebookNode]:
    names = [name.removesuffix(".py") for name in ANSWERS]
    cells = [_cell(name, text, solution=True) for name, text in zip(names, texts, strict=True)]
    tests = {"grade": True, "locked": True, "points": POINTS}
    return cells + [_cell(f"test_{task}", text, **tests) for task, text in ASSERTIONS.items()]


def _cell(grade_id: str, text: str, **metadata: object) -> nbformat.NotebookNode:
    plain = {"grade": False, "locked": False, "solution": False, "task": False}
    about = {**plain, "schema_version": 3, "cell_type": "code", "grade_id": grade_id, **metadata}
    return new_code_cell(text, metadata={"nbgrader": about})


def otter(
    folder: Path, submissions: Sequence[tuple[str, Path]], python: Path
) -> tuple[Points, Cost]:
    """Run these packages through `otter run`, each alone, as its manual says.

    `python` is the interpreter of an environment that holds otter-grader.
    """
    tests = folder / "tests"
    tests.mkdir(parents=True)
    for task, assertions in ASSERTIONS.items():
        (tests / f"{task}.py").write_text(_for_otter(task, assertions))
    otter, env, archive = [str(python), "-m", "otter"], _environment_of(python), "autograder.zip"
    options = ["--no-requirements", "--no-environment"]
    measure([*otter, "generate", "-t", "tests", "-o", archive, *options], folder, env)
    scores, cost = {}, Cost()
    for name, package in submissions:
        place = folder / "submitted" / name
        _write(place, [new_code_cell(text) for text in answers(package)])
        run = ["run", "-a", str(folder / archive), "-o", str(place), "--no-logo", NOTEBOOK]
        cost += measure([*otter, *run], place, env)
        results = json.loads((place / "results.json").read_text())
        scores[name] = sum(test.get("score", 0) for test in results["tests"])
    return scores, cost


def _for_otter(task: str, assertions: str) -> str:
    """A test file in otter's format of exceptions; the student's names come as arguments."""
    defined = ("ddpm_schedule", "ddpm_forward", "add_noise", "denoising_loss")
    wanted = ", ".join(name for name in defined if name in assertions)
    return (
        "from otter.test_files import test_case\n\nOK_FORMAT = False\n"
        f"name = {task!r}\npoints = {POINTS}\n\n\n"
        f"@test_case()\ndef test_{task}({wanted}):\n{textwrap.indent(assertions, '    ')}"
    )


def _environment_of(python: Path) -> dict[str, str]:
    """Both call programs that lie beside their interpreter by name."""
    return environment_for(PATH=os.pathsep.join([str(python.parent), os.environ.get("PATH", "")]))


def _write(folder: Path, cells: list[nbformat.NotebookNode]) -> None:
    """Write a notebook of these cells into a folder."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / NOTEBOOK)
