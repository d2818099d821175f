"""A notebook that was handed in becomes the modules that the judge knows: text, nothing is run.

Reading and sorting are done in the judge, line by line; whether the text is Python at all is found
out in the sandbox, as with modules that were handed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.grading.intake.naming import listed

from .assembling import assemble
from .exercises import as_given, exercises
from .matching import CellMatch
from .reading import MAX_NOTEBOOK_BYTES, BadNotebook, read_cells

__all__ = ["MAX_NOTEBOOK_BYTES", "BadNotebook", "NotebookModules", "as_given", "take_notebook"]

PACKAGE = "diffusion"
MOST_REMARKS = 30


@dataclass(frozen=True)
class NotebookModules:
    """The modules by path, what to say, and whether a cell is not as it was given."""

    files: dict[str, bytes]
    remarks: list[str] = field(default_factory=list)
    touched: bool = True


def take_notebook(
    content: bytes, starter: Mapping[str, bytes], renamed: Mapping[str, str]
) -> NotebookModules:
    """The modules that a notebook stands for.

    Args:
        content: the file.
        starter: the modules that students of the course start from, by path.
        renamed: "unet.TimeConditionalUNet" -> what the course calls it.

    Raises:
        BadNotebook: it is none, or holds nothing of the assignment.
    """
    match = CellMatch(read_cells(content), exercises(starter, renamed), starter)
    modules, remarks = assemble(match, starter)
    remarks = [*match.remarks, *remarks]
    if dropped := [line for cells in match.of_module.values() for c in cells for line in c.dropped]:
        remarks.append(f"lines for IPython or the shell were left out: {listed(dropped)}")
    files = {
        f"{PACKAGE}/{name}.py": text.encode(errors="surrogatepass")
        for name, text in modules.items()
    }
    return NotebookModules(files, remarks[:MOST_REMARKS], match.touched)
