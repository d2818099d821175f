"""The solved notebook, executed from its first cell to its last at the smallest size."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder.authoring.findings import Finding
from autograder.authoring.release.student import student_files
from autograder.authoring.release.writing import write_files
from autograder.config import Course
from autograder.config.paths import REPOSITORY

from .building import instructors, students
from .cells import slug
from .source import SOURCE, read_source

TINY = {"DIFFUSION_SIZE": "tiny", "OMP_NUM_THREADS": "1"}
SECONDS = 600  # for one cell
SMALLEST_PNG = 1000  # bytes in base64; an empty picture has fewer


@dataclass(frozen=True)
class Executed:
    """A notebook that a kernel has run."""

    notebook: NotebookNode

    def outputs(self, cell_id: str) -> list[NotebookNode]:
        """The outputs of a cell."""
        (cell,) = (cell for cell in self.notebook.cells if cell.id == cell_id)
        return cell.outputs

    def printed(self, cell_id: str, name: str = "stdout") -> str:
        """What a cell printed, to stdout or to stderr."""
        streams = (out for out in self.outputs(cell_id) if out.output_type == "stream")
        return "".join(out.text for out in streams if out.name == name)

    def value(self, cell_id: str) -> str | None:
        """The value of a cell, as text."""
        results = [o for o in self.outputs(cell_id) if o.output_type == "execute_result"]
        return results[0].data["text/plain"] if results else None

    def error(self, cell_id: str) -> str | None:
        """What a cell raised: "NameError: name 'x' is not defined"."""
        errors = [out for out in self.outputs(cell_id) if out.output_type == "error"]
        return f"{errors[0].ename}: {errors[0].evalue}" if errors else None


def execute(
    notebook: NotebookNode,
    folder: Path,
    on_cell: Callable[[int], None] = lambda number: None,
    **variables: str,
) -> Executed:
    """Run a notebook in a folder, in a kernel of its own; errors end a cell, not the run.

    Args:
        notebook: gets the outputs.
        folder: the kernel's working directory.
        on_cell: called before each cell with its number.
        variables: further variables of the kernel's environment.
    """
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=lambda cell, cell_index: on_cell(cell_index),
    )
    client.execute(env={**os.environ, **variables})
    return Executed(notebook)


def execution_findings(
    course: Course,
    root: Path = REPOSITORY.root,
    on_cell: Callable[[int, int], None] = lambda number, total: None,
) -> Iterator[Finding]:
    """Run the solved notebook beside the files of students; yield what goes wrong.

    No cell may raise or write to stderr, every check of it passes and every figure is drawn.

    Args:
        course: with its profile.
        root: the repository.
        on_cell: called before each cell with its number and the number of all cells.
    """
    solved = nbformat.reads(instructors(course, root).decode(), as_version=4)
    with tempfile.TemporaryDirectory() as scratch:
        write_files(Path(scratch), student_files(root, course, students(course, root)))
        total = len(solved.cells)
        executed = execute(solved, Path(scratch), lambda number: on_cell(number, total), **TINY)
    for cell_id, words in _faults(executed, course):
        yield Finding(SOURCE, _line(root, cell_id), f"executed, the cell {cell_id} {words}")


def _faults(executed: Executed, course: Course) -> Iterator[tuple[str, str]]:
    for cell in executed.notebook.cells:
        if cell.cell_type == "code" and (error := executed.error(cell.id)):
            yield cell.id, f"raises {error}"
            return  # cells below it fail in its wake
    for cell in executed.notebook.cells:
        if cell.cell_type == "code" and (written := executed.printed(cell.id, "stderr")):
            yield cell.id, f"writes to stderr: {written.strip().splitlines()[0]}"
    for task in course.auto_tasks.values():
        if not task.hidden:
            printed = executed.printed(f"check-{task.id}")
            points = float(executed.value(f"check-{task.id}") or 0)
            trains = "training=True" in printed  # such checks wait until they are asked for
            if "✗" in printed or (points != task.regular and not trains):
                yield f"check-{task.id}", f"gives {points:g} of {task.regular:g} points:\n{printed}"
    for figure in dict.fromkeys(figure for task in course.tasks for figure in task.figures):
        outputs = executed.outputs(f"figure-{figure}")
        pictures = [out.data["image/png"] for out in outputs if "image/png" in out.get("data", {})]
        if len(pictures) != 1 or len(pictures[0]) <= SMALLEST_PNG:
            yield f"figure-{figure}", "draws no picture, or more than one"


def _line(root: Path, cell_id: str) -> int:
    """The line of the source from which a cell is made."""
    for cell in read_source(root):
        name = slug(cell.value.rpartition(".")[2])
        if cell_id in (cell.id, f"{cell.directive}-{cell.id or name}", f"check-{cell.value}"):
            return cell.line
    return 1
