"""What grading takes of a notebook, and what its student should know of it."""

from collections.abc import Mapping, Sequence

from .contract import defined_in
from .modules import Module
from .notebook import Notebook, read

LISTED = 8
MOST_REMARKS = 30


def collect(cells: Sequence[Mapping], contract: Mapping) -> dict:
    """The modules that the cells of a notebook make, as plain values.

    Args:
        cells: {"number", "grade_id", "id", "is_code", "source"} of each cell, in order. A mark
            that several cells have is none.
        contract: see `contract_of`.

    Returns:
        {"modules": name -> lines to put behind those of the starter's module,
        "places": name -> [line there, lines, cell, line in the cell] of each statement,
        "future": whether annotations stay unevaluated,
        "remarks": what its student should read,
        "faults": those of them that cost points,
        "missing": names that no cell defines, or only as an untouched stub}.
    """
    notebook = read(cells, contract)
    imports = {name: set(own["imports"]) for name, own in contract.items()}
    modules = [Module(name, notebook, imports) for name, own in contract.items() if own["stubs"]]
    faults = [*_broken(notebook), *(words for module in modules for words in module.unmet())]
    remarks = [*_several(notebook, modules), *_elsewhere(notebook), *_nowhere(notebook, cells)]
    if notebook.dropped:
        lines = _listed([line[:60] for line in notebook.dropped], 4)
        remarks.append(f"lines for IPython or the shell were left out: {lines}")
    return {
        "modules": {module.name: module.lines for module in modules},
        "places": {module.name: module.places for module in modules},
        "future": notebook.future,
        "remarks": [*faults, *remarks][:MOST_REMARKS],
        "faults": faults[:MOST_REMARKS],
        "missing": [
            n for n in notebook.home if n not in notebook.chosen and n not in notebook.broken
        ],
    }


# --------------------------------------------------------------------------------- what to say


def _broken(notebook: Notebook) -> list[str]:
    """Cells of which something is needed, and Python cannot read them."""
    words = []
    for cell, names in sorted(notebook.lost.items()):
        count = "counts" if len(names) == 1 else "count"
        words.append(f"{notebook.problem(cell)}; {_and(names)} {count} as wrong")
    return words


def _several(notebook: Notebook, modules: Sequence[Module]) -> list[str]:
    """Names with several definitions: which one counts, and which others do not."""
    taken = {unit for module in modules for unit in module.taken}
    same: dict[tuple[int, tuple[int, ...]], list[str]] = {}
    for unit in sorted(taken, key=lambda unit: unit.position):
        for name in unit.binds if unit.kind in ("def", "class") else ():
            of_name = notebook.candidates(name)
            others = {u.cell for u in of_name if u not in taken and u.text != unit.text}
            others |= {notebook.broken[name][1]} if name in notebook.broken else set()
            if others := others - {unit.cell}:
                same.setdefault((unit.cell, tuple(sorted(others))), []).append(name)
    named = notebook.names
    return [
        f"of several definitions the last that can be read counts: {_and(names)} of cell"
        f" {named[cell]}, not of {_and([f'cell {named[other]}' for other in others])}"
        for (cell, others), names in same.items()
    ]


def _elsewhere(notebook: Notebook) -> list[str]:
    """Names that were found in another cell than one of the assignment for their module."""
    words = []
    for module in notebook.contract:
        found: dict[str, list[str]] = {}
        for name, unit in notebook.chosen.items():
            cell = notebook.names[unit.cell]
            if notebook.home[name] == module and not cell.startswith(f"{module}-"):
                found.setdefault(cell, []).append(name)
        if found:
            places = "; ".join(f"{', '.join(names)} in cell {c}" for c, names in found.items())
            words.append(f"found for {module}.py: {places}")
    return words


def _nowhere(notebook: Notebook, cells: Sequence[Mapping]) -> list[str]:
    """Names that no cell of code defines, not even as a stub."""
    text = "\n".join(cell["source"] for cell in cells if not cell["is_code"])
    there, words = {*defined_in(text, notebook.contract)}, []
    missing = [
        name
        for name in notebook.home
        if not notebook.binding.get(name) and name not in notebook.broken
    ]
    if gone := [name for name in missing if name not in there]:
        count = "counts" if len(gone) == 1 else "count"
        words.append(f"no cell defines {_listed(gone)}, which {count} as not attempted")
    if inside := [name for name in missing if name in there]:
        words.append(
            f"a text cell defines {_listed(inside)}, so this counts as not attempted: make it a"
            " code cell"
        )
    if missing and not notebook.lost:  # it may stand in one of these
        words += map(notebook.problem, notebook.problems)
    return words


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _listed(names: Sequence[str], most: int = LISTED) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
