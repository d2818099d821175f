"""The source of the notebook: percent cells, each with a directive that tells its kind."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from autograder.config import Course
from autograder.config.paths import MissingPath, Repository
from autograder.course.passages import PassageError, asked, shown
from autograder.course.strip import SourceError

SOURCE = Repository.notebook_source.name
DIRECTIVES = ("handout", "text", "code", "given", "open", "figure", "check", "manual")
MORE = ("id", "for")  # what else may stand in a cell's first line
OF_JUPYTEXT = ("lines_to_next_cell",)
OWN_CODE = ("given", "open", "figure")
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")


class NotebookError(SourceError):
    """The notebook cannot be made."""


@dataclass(frozen=True)
class SourceCell:
    """One cell: `directive="value"`, its own text or code, and the line on which it starts."""

    directive: str
    value: str
    body: str
    line: int
    id: str = ""
    needed_by: tuple[str, ...] = ()  # tasks and figures: it stays with any of them

    @property
    def extracted(self) -> tuple[str, ...]:
        """The names that it takes from the solution: ("ddpm.ddpm_schedule",)."""
        if self.directive == "code" or (self.directive == "given" and "." in self.value):
            return tuple(self.value.split())
        return ()

    def shown_to(self, course: Course) -> "SourceCell":
        """The cell without the passages that are for other courses.

        Raises:
            NotebookError: a passage does not end, or ends twice.
        """
        try:
            return replace(self, body=shown(self.body, SOURCE, asked(course)))
        except PassageError as error:
            raise self.problem(error.problem) from error

    def problem(self, text: str) -> NotebookError:
        """An error that points to this cell."""
        return NotebookError(SOURCE, self.line, f'the cell {self.directive}="{self.value}": {text}')


def read_source(root: Path) -> list[SourceCell]:
    """The cells of notebooks/diffusion.py.

    Raises:
        NotebookError: the file is missing, or a cell has no directive, an unknown one or several.
    """
    try:
        text = Repository(root).notebook_source.read_text(encoding="utf-8")
    except (MissingPath, OSError, UnicodeDecodeError) as error:
        raise NotebookError(SOURCE, 1, f"cannot be read: {error}") from error
    return list(_cells_of(text))


@lru_cache(16)
def _cells_of(text: str) -> tuple[SourceCell, ...]:
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith("# %%")]
    cells = jupytext.reads(text, fmt="py:percent").cells
    cells = cells[len(cells) - len(lines) :]  # in front of the first one are comments
    result = [_cell(cell, line) for cell, line in zip(cells, lines, strict=True)]
    first: dict[tuple[str, str], int] = {}
    for cell in result:
        before = first.setdefault((cell.directive, cell.value), cell.line)
        if before != cell.line:
            raise cell.problem(f"stands on line {before} already")
    return tuple(result)


def _cell(cell: NotebookNode, line: int) -> SourceCell:
    metadata = cell.metadata
    directives = [key for key in DIRECTIVES if key in metadata]
    if len(directives) != 1 or metadata.keys() - {*DIRECTIVES, *MORE, *OF_JUPYTEXT}:
        problem = f"a cell says one of {', '.join(DIRECTIVES)}, and perhaps {' or '.join(MORE)}"
        raise NotebookError(SOURCE, line, f"{problem}, not {', '.join(metadata) or 'nothing'}")
    (directive,) = directives
    value, name = str(metadata[directive]), str(metadata.get("id", ""))
    needed_by = tuple(str(metadata.get("for", "")).split())
    result = SourceCell(directive, value, cell.source, line, name, needed_by)
    own = directive == "text" or (directive in OWN_CODE and not result.extracted)
    is_text = cell.cell_type == "markdown"
    for faulty, problem in (
        (own and not cell.source.strip(), "write its content below it"),
        (cell.source.strip() and not own, "remove what stands below it"),
        (is_text != (directive == "text"), "text is [markdown], and nothing else is"),
        (own and not SLUG.fullmatch(value), "a name is lower-case letters, digits, - and _"),
        (directive == "code" and not name, 'say id="module-slug"'),
    ):
        if faulty:
            raise result.problem(problem)
    return result
