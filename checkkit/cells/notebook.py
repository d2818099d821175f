"""The cells of a notebook as statements, and which definition of each name counts.

It is the last that is no untouched stub, as in the kernel.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from .magics import FUTURE, python_of
from .units import UNREADABLE, Unit, salvaged, seems_to_define, units_of


@dataclass
class Notebook:
    """The cells as units, and for each name of the contract the definition that counts.

    `names` are those of cells in messages. `problems` are what Python says of cells that it cannot
    read, `broken` the names that these seem to define, and `lost` those that something needs.
    """

    contract: Mapping
    home: dict[str, str]  # name of the contract -> its module
    units: list[Unit] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    binding: dict[str, list[Unit]] = field(default_factory=dict)
    chosen: dict[str, Unit] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)
    broken: dict[str, tuple[str, int]] = field(default_factory=dict)  # name -> kind, cell
    lost: dict[int, list[str]] = field(default_factory=dict)  # cell -> names
    dropped: list[str] = field(default_factory=list)
    future: bool = False

    def last(self, name: str, package: bool) -> Unit | None:
        """The last that binds a name, of those that import from the package or of the others."""
        units = reversed(self.binding.get(name, ()))
        return next((unit for unit in units if (unit.package is not None) == package), None)

    def candidates(self, name: str) -> list[Unit]:
        """The definitions of a name that are no untouched stubs."""
        stub = self.contract[self.home[name]]["stubs"][name] if name in self.home else None
        return [
            unit
            for unit in self.binding.get(name, ())
            if unit.package is None and unit.kind != "other" and name not in unit.overwrites
            if stub is None or unit.measures.get(name) != stub
        ]

    def can_hold(self, unit: Unit) -> bool:
        """Whether it can stand in a module, which runs before anything is called or trained."""
        if unit.kind in ("def", "class", "import"):
            return True
        return unit.kind in ("value", "block") and not self.runs_the_assignment(unit)

    def runs_the_assignment(self, unit: Unit) -> bool:
        """Whether it calls a function of the assignment's when it runs, directly or not."""
        waiting, seen = list(unit.calls), set()
        while waiting:
            if (name := waiting.pop()) in seen:
                continue
            seen.add(name)
            if name in self.home or any(name in own["functions"] for own in self.contract.values()):
                return True
            for other in self.binding.get(name, ()):
                if other.package is not None:
                    return True
                waiting += other.now | other.later if other.kind in ("def", "class") else ()
        return False

    def depends(self, unit: Unit, names: Collection[str]) -> bool:
        """Whether a unit needs one of these names, directly or not."""
        waiting, seen = [*unit.now, *unit.later], set()
        while waiting:
            if (name := waiting.pop()) in names:
                return True
            if name not in seen:
                seen.add(name)
                for other in self.binding.get(name, ()):
                    waiting += other.now | other.later
        return False

    def problem(self, cell: int) -> str:
        """What Python says of a cell that it cannot read."""
        return f"cell {self.names[cell]} cannot be read by Python: {self.problems[cell]}"


def read(cells: Sequence[Mapping], contract: Mapping) -> Notebook:
    """Parse the cells; nothing is run."""
    home = {name: module for module, own in contract.items() for name in own["stubs"]}
    notebook = Notebook(contract, home)
    notebook.future = any(FUTURE in cell["source"] for cell in cells if cell["is_code"])
    marks = Counter(_mark(cell, contract) for cell in cells if cell["is_code"])
    for cell in cells:
        if not cell["is_code"]:
            continue
        number, mark = cell["number"], _mark(cell, contract)
        notebook.names[number] = mark if mark and marks[mark] == 1 else f"number {number}"
        text, dropped = python_of(cell["source"])
        notebook.dropped += dropped
        try:
            found = units_of(number, text, notebook.future)
        except UNREADABLE as error:
            found = _of_broken(notebook, number, text, error)
        notebook.units += found
    for at, unit in enumerate(notebook.units):
        unit.position = at
        for name in unit.binds:
            notebook.binding.setdefault(name, []).append(unit)
    for name in home:
        if candidates := notebook.candidates(name):
            notebook.chosen[name] = candidates[-1]
    return notebook


def _mark(cell: Mapping, contract: Mapping) -> str:
    """The mark that nbgrader keeps, else the id where that is the assignment's."""
    ours = cell["id"].partition("-")[0] in contract
    return cell["grade_id"] or (cell["id"] if ours else "")


def _of_broken(notebook: Notebook, number: int, text: str, error: Exception) -> list[Unit]:
    """The kernel runs nothing of such a cell; what it seems to define raises when it is called."""
    line = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
    words = error.msg if isinstance(error, SyntaxError) else f"{type(error).__name__} {error}"
    notebook.problems[number] = f"{line}{words[:200]}"
    for name, kind in seems_to_define(text).items():
        notebook.broken[name] = kind, number
    return salvaged(number, text)
