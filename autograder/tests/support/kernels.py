"""Real kernels that run the cells of a notebook."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.release.notebook.execution import Executed, execute

Run = Callable[[NotebookNode, Path], Executed]


@pytest.fixture(scope="session")
def run(notebook_kernel: None) -> Run:
    """Run a notebook in a folder, in a kernel of its own; errors end a cell, not the run."""
    return execute


def made_of(*cells: NotebookNode | tuple[str, str]) -> NotebookNode:
    """A notebook of these cells, new ones as (id, code)."""
    made = []
    for cell in cells:
        if isinstance(cell, tuple):
            cell = new_code_cell(cell[1], id=cell[0])
        made.append(cell.copy())
    return new_notebook(cells=made)


def cells_of(notebook: NotebookNode, ids: Sequence[str]) -> list[NotebookNode]:
    """The cells of these ids, in this order."""
    by_id = {cell.id: cell for cell in notebook.cells}
    return [by_id[name] for name in ids]
