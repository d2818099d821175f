"""From the source, the solution, the handout and the course to the bytes of a notebook."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ComputeChecksums, LockCells

from autograder.config import Course, Task
from autograder.release.starter import generated
from tests.seam.names import spoken

from . import cells
from .choosing import chosen
from .handout import sections
from .pulling import defined_names, preamble, pull
from .source import SOURCE, NotebookError, SourceCell, read_source

ROOT = Path(__file__).resolve().parents[3]
HANDOUT = "starter/README.md"
# What nbgrader puts into an answer of which it takes the solution away.
ANSWER = "YOUR ANSWER HERE"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
    "accelerator": "GPU",  # what Colab offers to those who open it
    "colab": {"provenance": [], "toc_visible": True},
}
ROOM = ": room for functions that the cells below share, if you want any"
LATER = "# Further checks decide about these points, once you have handed in.\n0"


def students(course: Course, root: Path = ROOT) -> bytes:
    """The notebook that students get: stubs, locked cells and checksums, as nbgrader makes them.

    Raises:
        NotebookError: the source names something that is not there, or leaves something out.
        StripError: a module of the solution cannot be stripped.
    """
    notebook = _Builder(course, root, solved=False).notebook()
    for step in (LockCells(), ComputeChecksums()):
        notebook, _ = step.preprocess(notebook, {})
    return _bytes(notebook)


def instructors(course: Course, root: Path = ROOT) -> bytes:
    """The notebook that staff keep: the solution between its markers, and marking schemes.

    Raises:
        NotebookError, StripError: as for `students`.
    """
    return _bytes(_Builder(course, root, solved=True).notebook())


def _bytes(notebook: NotebookNode) -> bytes:
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    return f"{nbformat.writes(notebook)}\n".encode()


@dataclass(frozen=True)
class _Builder:
    course: Course
    root: Path
    solved: bool

    def notebook(self) -> NotebookNode:
        cells = read_source(self.root)
        self._check_tasks(cells)
        self._check_names(cells)
        code = {cell.line: self._code(cell, True) for cell in cells if _has_code(cell)}
        kept = chosen(cells, code, self.course)
        answers = self._answers(kept)
        built = []
        for cell in kept:
            built += self._built(cell)
            for task in answers.get(cell.line, ()):
                built += self._manual(task)
        for cell in built:
            cell.source = spoken(cell.source, self.course.names)
        return new_notebook(cells=built, metadata=METADATA)

    def _answers(self, kept: list[SourceCell]) -> dict[int, list[Task]]:
        """Line of a cell -> the tasks that people mark whose answers stand behind it."""
        after: dict[int, list[Task]] = {}
        for task in self.course.tasks:
            if task.kind == "manual":
                figures = [cell.line for cell in kept if cell.value in task.figures]
                others = [cell.line for cell in kept if cell.directive == "manual"]
                if not figures + others:
                    raise NotebookError(SOURCE, 1, 'no cell says manual="others"')
                after.setdefault((figures or others)[-1], []).append(task)
        return after

    # ------------------------------------------------------------------------ one cell

    def _built(self, cell: SourceCell) -> Iterator[NotebookNode]:
        if cell.directive == "handout":
            yield cells.text_cell(cells.slug(cell.value), self._section(cell))
        elif cell.directive == "text":
            text = cell.body.replace("{title}", self.course.title)
            yield cells.text_cell(cell.value, text)
        elif cell.directive == "code":
            yield cells.code_cell(cell.id, self._code(cell, self.solved))
        elif cell.directive in ("given", "figure", "open"):
            name = cell.id or cells.slug(cell.value.rpartition(".")[2])
            make = cells.open_cell if cell.directive == "open" else cells.given_cell
            yield make(f"{cell.directive}-{name}", self._code(cell, self.solved))
        elif cell.directive == "check" and cell.value == "hidden":
            for task in self.course.auto_tasks.values():
                if task.hidden:
                    yield cells.check_cell(task.id, task.points, f"# {task.title}\n{LATER}")
        elif cell.directive == "check":
            task = self.course.auto_tasks[cell.value]
            yield cells.check_cell(task.id, task.points, _call(task))

    def _code(self, cell: SourceCell, solved: bool) -> str:
        if not cell.pulled:
            if (cell.directive, cell.value) != ("given", "imports"):
                return cell.body
            return f"{preamble(list(self._stripped.values()))}\n\n{cell.body}"
        module = cell.pulled[0].partition(".")[0]
        source = (self._solution if solved else self._stripped)[module]
        names = [name.partition(".")[2] for name in cell.pulled]
        code = pull(cell, module, source, names)
        return f"# diffusion/{module}.py" + (f"\n{code}" if code else ROOM)

    def _manual(self, task: Task) -> Iterator[NotebookNode]:
        head = f"### {task.title} ({task.points:g} points)"
        yield cells.text_cell(cells.slug(task.id), f"{head}\n\n{(task.question or '').strip()}")
        text = ANSWER
        if self.solved:
            lines = [line.strip() for line in (task.marking or "").splitlines() if line.strip()]
            scheme = "\n".join(
                f"- **{n}** {rest}" for n, _, rest in (x.partition(" ") for x in lines)
            )
            begin, end = (f"<!-- ### {word} SOLUTION -->" for word in ("BEGIN", "END"))
            text = f"{begin}\n**Marking scheme**\n\n{scheme}\n\n{end}"
        yield cells.manual_cell(task.id, task.points, text)

    def _section(self, cell: SourceCell) -> str:
        if cell.value not in self._sections:
            raise cell.problem(f"{HANDOUT} has no section of this heading")
        return self._sections[cell.value]

    # ------------------------------------------------------------- what it is made from

    @cached_property
    def _sections(self) -> dict[str, str]:
        try:
            return sections((self.root / HANDOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise NotebookError(HANDOUT, 1, str(error)) from error

    @cached_property
    def _stripped(self) -> dict[str, str]:
        """Module -> the starter's source, for every module that students fill."""
        files = dict.fromkeys(f"diffusion/{t.file}" for t in self.course.known_tasks.values())
        made = generated(self.root, self.course)
        return {Path(file).stem: made[file] for file in files}

    @cached_property
    def _solution(self) -> dict[str, str]:
        folder = self.root / "solution" / "diffusion"
        return {name: (folder / f"{name}.py").read_text() for name in self._stripped}

    # ------------------------------------------------------------------ nothing left out

    def _check_tasks(self, cells: list[SourceCell]) -> None:
        """Every task of the course has its cell, and every figure that a task names is there."""
        checked = {cell.value for cell in cells if cell.directive == "check"}
        drawn = {cell.value for cell in cells if cell.directive == "figure"}
        for task in self.course.tasks:
            if task.kind == "auto" and not task.hidden and task.id not in checked:
                raise NotebookError(SOURCE, 1, f'no cell says check="{task.id}"')
            for figure in task.figures:
                if figure not in drawn:
                    problem = (
                        f'task {task.id} has the figure {figure}: no cell says figure="{figure}"'
                    )
                    raise NotebookError(SOURCE, 1, problem)

    def _check_names(self, cells: list[SourceCell]) -> None:
        """Every cell pulls from one module what it has; everything of the modules is somewhere."""
        pulled = {}
        for cell in cells:
            modules = {name.partition(".")[0] for name in cell.pulled}
            if len(modules) > 1 or modules - set(self._solution):
                raise cell.problem(f"names are of one of {', '.join(self._solution)}")
            if cell.directive == "code" and not cell.id.startswith(f"{min(modules)}-"):
                raise cell.problem(f"its id begins with the module: {min(modules)}-...")
            pulled |= dict.fromkeys(cell.pulled, cell)
        there = {
            f"{m}.{name}" for m, text in self._solution.items() for name in defined_names(text)
        }
        for name, cell in pulled.items():
            if name not in there:
                raise cell.problem(f"the solution has no {name}")
        imports = next(
            (c.body for c in cells if (c.directive, c.value) == ("given", "imports")), ""
        )
        given = {
            f"{node.module.removeprefix('diffusion.')}.{alias.name}"
            for node in ast.walk(ast.parse(imports))
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        for name in sorted(there - set(pulled) - given):
            if not name.partition(".")[2].startswith("_"):
                raise NotebookError(SOURCE, 1, f"no cell takes {name} of the solution")


def _has_code(cell: SourceCell) -> bool:
    return cell.directive in ("code", "given", "open", "figure")


def _call(task: Task) -> str:
    weights = f", weights={task.weights!r}" if task.weights else ""
    return f'check("{task.id}", points={task.points:g}{weights})'
