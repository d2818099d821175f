"""A notebook that was handed in: its cells, as they go on to the sandbox, where they are parsed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from checkkit.cells import defined_in, fills_in

from .reading import MAX_NOTEBOOK_BYTES, BadNotebook, read_cells

__all__ = ["MAX_NOTEBOOK_BYTES", "BadNotebook", "NotebookCells", "take_notebook"]


@dataclass(frozen=True)
class NotebookCells:
    """The cells as JSON, and whether something of the contract is filled in.

    `remarks` and `doubts` are as in `Submission`.
    """

    content: bytes
    remarks: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    touched: bool = True


def take_notebook(content: bytes, contract: Mapping) -> NotebookCells:
    """The cells of a notebook.

    Args:
        content: the file.
        contract: see `checkkit.cells.contract_of`.

    Raises:
        BadNotebook: it is none, or defines nothing of the contract.
    """
    cells = read_cells(content)
    code = [cell.source for cell in cells if cell.is_code]
    if not any(defined_in(source, contract) for source in code):
        raise BadNotebook(
            "defines none of the assignment's functions; hand in the notebook that you were given,"
            " filled in"
        )
    touched = any(fills_in(source, contract) for source in code)
    return NotebookCells(json.dumps(list(map(asdict, cells))).encode(), touched=touched)
