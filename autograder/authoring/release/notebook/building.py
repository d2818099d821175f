"""From the source, the solution, the handout and the course to the bytes of a notebook."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ComputeChecksums, LockCells

from autograder.authoring.release.preface import for_course, note_of
from autograder.config import Course, Task
from autograder.config.paths import REPOSITORY, MissingPath, Repository
from autograder.course.passages import asked, shown
from autograder.course.starter import generated, solved
from autograder.course.strip import find_regions
from checkkit.points import in_points
from checkkit.runner.names import in_course_words

from . import cells
from .coverage import check_names, check_tasks
from .extraction import extract, preamble
from .figures import figure_problems
from .handout import sections
from .selection import selected
from .source import SOURCE, NotebookError, SourceCell, read_source

HANDOUT = Repository.handout.name
# What nbgrader puts into an answer of which it takes the solution away.
ANSWER = "YOUR ANSWER HERE"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
    "accelerator": "GPU",  # what Colab offers to those who open it
    "colab": {"provenance": [], "toc_visible": True},
}
WITH_CODE = ("code", "given", "open", "figure")
# In the message of a stub: here the code goes into the cell, not into the file.
IN_FILE = re.compile(r' in diffusion/\w+\.py(?="\)$)', re.MULTILINE)
ROOM = "room for functions that the cells below share, if you want any"
LATER = "# Further checks decide about these points, once you have handed in.\n0"


def students(course: Course, root: Path = REPOSITORY.root) -> bytes:
    """The notebook that students get: stubs, locked cells and checksums, as nbgrader makes them.

    Raises:
        NotebookError: the source names something that is not there, or leaves something out.
        StripError: a module of the solution cannot be stripped.
    """
    notebook = _Builder(course, root, with_solution=False).notebook()
    for step in (LockCells(), ComputeChecksums()):
        notebook, _ = step.preprocess(notebook, {})
    return _bytes(notebook)


def instructors(course: Course, root: Path = REPOSITORY.root) -> bytes:
    """The notebook that staff keep: the solution between its markers, and marking schemes.

    Raises:
        NotebookError, StripError: as for `students`.
    """
    return _bytes(_Builder(course, root, with_solution=True).notebook())


def _bytes(notebook: NotebookNode) -> bytes:
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    return f"{nbformat.writes(notebook)}\n".encode()


@dataclass(frozen=True)
class _Builder:
    course: Course
    root: Path
    with_solution: bool

    def notebook(self) -> NotebookNode:
        source = read_source(self.root)
        check_tasks(source, self.course)
        check_names(source, self._modules, self.root)
        if problems := figure_problems(source, self.course, self.root):
            raise problems[0]
        code = {cell.line: self._code(cell, True) for cell in source if cell.directive in WITH_CODE}
        kept = selected(source, code, self.course)
        answers = self._answers(kept)
        built = []
        for cell in kept:
            built += self._built(cell)
            for task in answers.get(cell.line, ()):
                built += self._manual(task)
        return new_notebook(cells=built, metadata=METADATA)

    def _answers(self, kept: list[SourceCell]) -> dict[int, list[Task]]:
        """Line of a cell -> the tasks for people whose answers come after it."""
        after: dict[int, list[Task]] = {}
        for task in self.course.tasks:
            if task.kind == "manual":
                figures = [cell.line for cell in kept if cell.value in task.figures]
                others = [cell.line for cell in kept if cell.directive == "manual"]
                after.setdefault((figures or others)[-1], []).append(task)
        return after

    # ------------------------------------------------------------------------ one cell

    def _built(self, cell: SourceCell) -> Iterator[NotebookNode]:
        code = self._code(cell, self.with_solution) if cell.directive in WITH_CODE else ""
        name = cell.id or cells.slug(cell.value.rpartition(".")[2])
        if cell.directive == "handout":
            if cell.value not in self._all_sections:
                raise cell.problem(f"{HANDOUT} has no section of this heading")
            if cell.value in self._sections:
                section = for_course(self.course, self._sections[cell.value])
                yield cells.text_cell(cells.slug(cell.value), section)
        elif cell.directive == "text":
            text = self._own(cell).replace("{title}", self.course.title)
            yield cells.text_cell(cell.value, self._renamed(text))
        elif cell.directive == "code" and self._is_given(cell):
            yield cells.given_cell(cell.id, code)
        elif cell.directive == "code":
            yield from self._notes(cell)
            yield cells.graded(new_code_cell(code), cell.id, solution=True)
        elif cell.directive == "open":  # students may change it, and nobody grades it
            yield new_code_cell(code, id=f"open-{name}")
        elif cell.directive == "figure" and find_regions(cell.body.splitlines(), SOURCE):
            yield cells.graded(new_code_cell(code), f"figure-{name}", solution=True)
        elif cell.directive in ("given", "figure"):
            yield cells.given_cell(f"{cell.directive}-{name}", code)
        elif cell.directive == "check" and cell.value == "hidden":
            for task in self.course.auto_tasks.values():
                if task.hidden:
                    yield cells.check_cell(task.id, task.regular, f"# {task.title}\n{LATER}")
        elif cell.directive == "check":
            task = self.course.auto_tasks[cell.value]
            yield cells.check_cell(task.id, task.regular, _call(task))

    def _notes(self, cell: SourceCell) -> Iterator[NotebookNode]:
        """The notes of this course on the tasks whose first name a cell takes."""
        for task in self.course.auto_tasks.values():
            first = f"{(task.file or '').removesuffix('.py')}.{(*task.stubs, '')[0]}"
            if task.note and first in cell.extracted:
                note = self._renamed(note_of(self.course, task.id))
                yield cells.text_cell(f"note-{cells.slug(task.id)}", note)

    def _code(self, cell: SourceCell, with_solution: bool) -> str:
        modules = self._solved if with_solution else self._stripped
        if not cell.extracted:
            own = self._renamed(self._own(cell))
            if not with_solution:
                own = _without_regions(own, cell.value)
            if (cell.directive, cell.value) != ("given", "imports"):
                return own
            return f"{preamble(list(self._stripped.values()))}\n\n{own}"
        module = cell.extracted[0].partition(".")[0]
        text = self._extracted(cell, modules)
        if module not in self._stripped:  # the solution alone uses it
            return text or f"# {ROOM[0].upper()}{ROOM[1:]}"
        return f"# diffusion/{module}.py" + (f"\n{text}" if text else f": {ROOM}")

    def _extracted(self, cell: SourceCell, modules: Mapping[str, str]) -> str:
        """What a cell takes from these modules; "" if the course has none of it there."""
        module = cell.extracted[0].partition(".")[0]
        names = [self.course.names.get(n, n.partition(".")[2]) for n in cell.extracted]
        if module not in modules:
            return ""
        return IN_FILE.sub("", extract(cell, module, modules[module], names))

    def _is_given(self, cell: SourceCell) -> bool:
        """Whether a cell has code, and nothing in it that students write."""
        stubs = {
            f"{(task.file or '').removesuffix('.py')}.{stub}"
            for task in self.course.auto_tasks.values()
            for stub in task.stubs
        }
        return not stubs & set(cell.extracted) and bool(self._extracted(cell, self._stripped))

    def _manual(self, task: Task) -> Iterator[NotebookNode]:
        head = f"### {task.title} ({in_points(task.points, task.bonus)})"
        yield cells.text_cell(cells.slug(task.id), f"{head}\n\n{(task.question or '').strip()}")
        text = ANSWER
        if self.with_solution:
            lines = [line.strip() for line in (task.marking or "").splitlines() if line.strip()]
            marks = (line.partition(" ") for line in lines)
            scheme = "\n".join(f"- **{points}** {what}" for points, _, what in marks)
            begin, end = (f"<!-- ### {word} SOLUTION -->" for word in ("BEGIN", "END"))
            text = f"{begin}\n**Marking scheme**\n\n{scheme}\n\n{end}"
        answer, points = new_markdown_cell(text), task.regular
        yield cells.graded(answer, f"manual-{task.id}", grade=True, solution=True, points=points)

    def _own(self, cell: SourceCell) -> str:
        """The text or code of a cell, as far as it is for the course."""
        return cell.shown_to(self.course).body.rstrip("\n")

    def _renamed(self, text: str) -> str:
        return in_course_words(text, self.course.names)

    # ------------------------------------------------------------- what it is made from

    @cached_property
    def _sections(self) -> dict[str, str]:
        return self._sections_for(asked(self.course))

    @cached_property
    def _all_sections(self) -> dict[str, str]:
        return self._sections_for(None)

    def _sections_for(self, names: Collection[str] | None) -> dict[str, str]:
        try:
            handout = Repository(self.root).handout.read_text(encoding="utf-8")
            return sections(shown(handout, HANDOUT, names))
        except (MissingPath, OSError, ValueError) as error:
            raise NotebookError(HANDOUT, 1, str(error)) from error

    @cached_property
    def _modules(self) -> list[str]:
        """Those that students of some course fill, in the order of the tasks."""
        package = Repository(self.root).solution_package
        files = dict.fromkeys(task.file or "" for task in self.course.known_tasks.values())
        return [file.removesuffix(".py") for file in files if (package / file).is_file()]

    @cached_property
    def _stripped(self) -> dict[str, str]:
        return self._of_students(generated(self.root, self.course))

    @cached_property
    def _solved(self) -> dict[str, str]:
        return self._of_students(solved(self.root, self.course))

    def _of_students(self, made: dict[str, str]) -> dict[str, str]:
        """Module -> source of those that students fill, and of those that are given to them."""
        files = {module: f"diffusion/{module}.py" for module in self._modules}
        return {module: made[file] for module, file in files.items() if file in made}


def _without_regions(code: str, figure: str) -> str:
    """The code of a cell with a stub in place of each solution region."""
    lines = code.splitlines()
    for region in reversed(find_regions(lines, SOURCE)):
        lines[region.begin - 1 : region.end] = [
            f'raise NotImplementedError("Draw the figure {figure} here.")'
        ]
    return "\n".join(lines)


def _call(task: Task) -> str:
    weights = f", weights={task.weights!r}" if task.weights else ""
    bonus = ", bonus=True" if task.bonus else ""
    return f'check("{task.id}", points={task.points:g}{bonus}{weights})'
