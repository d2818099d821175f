"""The source of the notebook: percent cells, each with a directive that says what it becomes."""

import re
from dataclasses import dataclass
from pathlib import Path

import jupytext

from autograder.config.paths import MissingPath, Repository
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
    wanted_by: tuple[str, ...] = ()  # tasks and figures: it stays with any of them

    @property
    def pulled(self) -> tuple[str, ...]:
        """The names that it takes from the solution: ("ddpm.ddpm_schedule",)."""
        if self.directive == "code" or (self.directive == "given" and "." in self.value):
            return tuple(self.value.split())
        return ()

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
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith("# %%")]
    cells = jupytext.reads(text, fmt="py:percent").cells
    cells = cells[len(cells) - len(lines) :]  # in front of the first one stand comments
    found = [_cell(cell, line) for cell, line in zip(cells, lines, strict=True)]
    first: dict[tuple[str, str], int] = {}
    for cell in found:
        before = first.setdefault((cell.directive, cell.value), cell.line)
        if before != cell.line:
            raise cell.problem(f"stands on line {before} already")
    return found


def _cell(cell, line: int) -> SourceCell:
    said = {key: value for key, value in cell.metadata.items() if key in DIRECTIVES}
    others = set(cell.metadata) - set(said) - {*MORE, *OF_JUPYTEXT}
    if len(said) != 1 or others:
        wrong = f"not {', '.join(sorted(others))}" if others else f"not {len(said)} of them"
        problem = f"a cell says one of {', '.join(DIRECTIVES)}, and perhaps {' or '.join(MORE)}"
        raise NotebookError(SOURCE, line, f"{problem}, {wrong}")
    ((directive, value),) = said.items()
    more = {key: str(cell.metadata.get(key, "")) for key in MORE}
    found = SourceCell(
        directive, str(value), cell.source, line, more["id"], tuple(more["for"].split())
    )
    own = directive == "text" or (directive in OWN_CODE and not found.pulled)
    if bool(cell.source.strip()) != own:
        raise found.problem("write its content below it" if own else "remove what stands below it")
    if (cell.cell_type == "markdown") != (directive == "text"):
        raise found.problem("text is [markdown], and nothing else is")
    if own and not SLUG.fullmatch(found.value):
        raise found.problem("a name is lower-case letters, digits, - and _")
    if directive == "code" and not found.id:
        raise found.problem('say id="module-slug"')
    return found
