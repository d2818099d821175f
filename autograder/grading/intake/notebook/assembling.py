"""From the cells of a notebook to the modules of the package.

A notebook has one namespace; a package has one for each module. So a module is the starter's text,
then what its cells need from elsewhere, then the cells in the notebook's order: what they define
takes the place of the stubs. A name that a cell uses and its module lacks comes from the module
that has it, else with the import, definition or plain value of another cell that brings it. What
only a running notebook would have, the result of a call, is named to the student.
"""

import builtins
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from graphlib import TopologicalSorter

from autograder.grading.intake.naming import listed

from .exercises import modules_of
from .magics import FUTURE
from .marks import END, marked
from .matching import CellMatch, Code
from .statements import Statement, top_level

ALWAYS = frozenset(dir(builtins)) | {"__file__", "__name__"}
FOR_NOTEBOOKS = {"display", "get_ipython", "check"}  # there in every notebook, nowhere else
LISTED = 8
OWN = "of-your-own"  # how messages name cells that are none of the assignment's


def assemble(match: CellMatch, starter: Mapping[str, bytes]) -> tuple[dict[str, str], list[str]]:
    """The modules that a notebook's cells make of the starter's, by name, and what to say of it."""
    sources = modules_of(starter)
    order = _order(sources)
    modules = {
        name: _Module(name, sources[name], match.of_module[name])
        for name in order
        if name in match.of_module
    }
    names = {
        name: modules[name].names if name in modules else _defined(sources[name]) for name in order
    }
    remarks = []
    for name, module in modules.items():
        module.resolve(names, match.others)
        if module.unknown:
            remarks.append(
                f"{name}.py uses {listed(sorted(module.unknown), LISTED)}, which exists only in a"
                " running notebook, set by cells outside of the assignment; define it where it is"
                " used"
            )
    if tried := [code.name for module in modules.values() for code in module.cells if code.tries]:
        remarks.append(
            f"lines outside of definitions were left out of {listed(tried, LISTED)}: calls, loops,"
            " values"
        )
    if carried := set().union(*(module.carried for module in modules.values())):
        names_carried = listed(sorted(carried), LISTED)
        remarks.append(f"also taken from other cells: {names_carried}")
    return {name: module.text() for name, module in modules.items()}, remarks


def _order(sources: Mapping[str, str]) -> list[str]:
    """The modules, each behind those that it imports."""
    imports = {
        name: [line.split()[1][1:] for line in text.splitlines() if line.startswith("from .")]
        for name, text in sorted(sources.items())
    }
    return [name for name in TopologicalSorter(imports).static_order() if name in sources]


class _Module:
    """A module to be: the starter's text, its cells, and lines for what they use from elsewhere.

    `unknown` are names that nothing brings, `carried` those that other cells bring.
    """

    def __init__(self, name: str, source: str, cells: Sequence[Code]):
        self.name, self.source, self.cells = name, source, cells
        statements = [statement for code in cells for statement in code.statements]
        self.names = _defined(source).union(*(statement.defines for statement in statements))
        self.uses = frozenset().union(*(statement.uses for statement in statements))
        self.binds = frozenset().union(*(statement.binds for statement in statements))
        self.before: list[str] = []
        self.behind: list[str] = []
        self.unknown: set[str] = set()
        self.carried: set[str] = set()

    def resolve(self, names: Mapping[str, frozenset[str]], others: Sequence[Code]) -> None:
        """Find what the cells use in other modules, which have these names, and in other cells."""
        order = list(names)
        here = order.index(self.name)
        statements = [statement for code in others for statement in code.statements]
        last = {name: statement for statement in statements for name in statement.defines}
        brought = [statement for statement in statements if statement.defines == ("*",)]
        waiting, done = sorted(self.uses), set(self.names | ALWAYS)
        while waiting:
            name = waiting.pop(0)
            if name in done:
                continue
            done.add(name)
            local, statement = name in self.binds, last.get(name)
            if name in FOR_NOTEBOOKS:
                self.before.append(f"def {name}(*things, **options): pass")
            elif place := next((n for n in reversed(order[:here]) if name in names[n]), None):
                self.before.append(f"from .{place} import {name}")
            elif not local and (place := next((n for n in order[here:] if name in names[n]), None)):
                self.behind += _late(place, name)
            elif statement and statement.can_be_moved:
                if statement.is_import and f"diffusion.{self.name} " in f"{statement.text} ":
                    continue
                brought.append(statement)
                done |= set(statement.defines)
                if not local and not statement.is_import:
                    self.carried.add(name)
                waiting += sorted(statement.uses - statement.binds)
            elif statement and not local:
                self.unknown.add(name)
        moved = [marked(OWN, statement.text) for statement in _in_order(brought)]
        self.before += [*moved, END] if moved else []

    def text(self) -> str:
        """Its text, with a comment in front of each cell."""
        future = any(FUTURE in code.cell.source for code in self.cells)
        text = f"{FUTURE} annotations\n\n" if future else ""
        text += self.source.rstrip("\n") + "\n\n\n# From the notebook.\n"
        text += "".join(f"{line}\n" for line in self.before)
        text += "".join(marked(code.name, code.module_text) for code in self.cells)
        return text + f"\n{END}\n" + "".join(f"{line}\n" for line in self.behind)


def _late(place: str, name: str) -> Iterator[str]:
    """Lines that fetch a name from a module which imports this one itself."""
    yield "try:"
    yield f"    from .{place} import {name}"
    yield "except ImportError:"
    yield f"    def {name}(*values, **options):"
    yield f"        from .{place} import {name} as found"
    yield "        return found(*values, **options)"


def _in_order(statements: Sequence[Statement]) -> list[Statement]:
    """Each once, imports first; what the others need of each other stands behind the need."""
    once = list({id(statement): statement for statement in reversed(statements)}.values())
    return sorted(once, key=lambda statement: not statement.is_import)


@lru_cache(64)  # of the starter's modules, for every submission
def _defined(source: str) -> frozenset[str]:
    return frozenset(name for statement in top_level(source) for name in statement.defines)
