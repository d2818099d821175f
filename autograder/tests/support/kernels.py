"""Real kernels that run the cells of a notebook."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook


@dataclass(frozen=True)
class Ran:
    """A notebook that a kernel has run."""

    notebook: NotebookNode

    def outputs(self, cell_id: str) -> list[NotebookNode]:
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


Run = Callable[[NotebookNode, Path], Ran]


@pytest.fixture(scope="session")
def run(notebook_kernel: None) -> Run:
    """Run a notebook in a folder, in a kernel of its own; errors end a cell, not the run."""

    def run_in(notebook: NotebookNode, folder: Path) -> Ran:
        resources = {"metadata": {"path": str(folder)}}
        client = NotebookClient(
            notebook, timeout=300, kernel_name="python3", allow_errors=True, resources=resources
        )
        client.execute()
        return Ran(notebook)

    return run_in


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
