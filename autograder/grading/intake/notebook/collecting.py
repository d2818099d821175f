"""From the cells of a notebook to the modules of the package.

A notebook has one namespace; a package has one for each module. So a module is the starter's text,
then what its cells need from elsewhere, then the cells in the notebook's order: what they define
takes the place of the stubs. A name that a cell uses and its module lacks comes from the module
that has it, else with the import, definition or plain value of another cell that brings it. What
only a running notebook would have, the result of a call, is named to the student.
"""

import builtins
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from .answers import modules_of
from .claiming import Claims, Code
from .magics import FUTURE
from .marks import END, marked
from .statements import Piece, pieces

ALWAYS = frozenset(dir(builtins)) | {"__file__", "__name__"}
FOR_NOTEBOOKS = {"display", "get_ipython", "check"}  # there in every notebook, nowhere else
LISTED = 8
OWN = "of-your-own"  # how messages name cells that are none of the assignment's


@dataclass
class Collected:
    """Modules by name, and what to tell of names that could not be had."""

    modules: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def collected(claims: Claims, starter: Mapping[str, bytes]) -> Collected:
    """The modules that a notebook's cells make of the starter's."""
    sources = modules_of(starter)
    order = _order(sources)
    own = {
        name: _Module(name, sources[name], claims.of_module[name])
        for name in order
        if claims.of_module.get(name)
    }
    elsewhere = _Elsewhere(claims.others)
    result = Collected()
    taken: set[str] = set()
    for name, module in own.items():
        needs = _Needs(module, order, own, sources, elsewhere)
        result.modules[name] = module.written(needs)
        taken |= needs.carried_names
        if needs.unknown:
            result.remarks.append(
                f"{name}.py uses {_listed(sorted(needs.unknown))}, which only a running notebook"
                " has, from cells that are none of the assignment's; define it where it is used"
            )
    if tried := [code.name for module in own.values() for code in module.cells if code.tries]:
        result.remarks.append(
            f"what only tries things out was left out of {_listed(tried)}: calls, loops, values"
        )
    if taken:
        result.remarks.append(f"from other cells these were taken along: {_listed(sorted(taken))}")
    return result


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")


def _order(sources: Mapping[str, str]) -> list[str]:
    """The modules, each behind those that it imports."""
    imports = {
        name: {line.split()[1][1:] for line in text.splitlines() if line.startswith("from .")}
        for name, text in sources.items()
    }
    order: list[str] = []
    while len(order) < len(sources):
        ready = [
            n for n in sorted(sources) if n not in order and imports[n] & {*sources} <= {*order}
        ]
        order += ready or [name for name in sorted(sources) if name not in order]
    return order


@dataclass
class _Module:
    """A module to be: the starter's text and its cells."""

    name: str
    source: str
    cells: Sequence[Code]

    @cached_property
    def pieces(self) -> list[Piece]:
        return [piece for code in self.cells for piece in code.pieces]

    @cached_property
    def cell_names(self) -> frozenset[str]:
        return frozenset(name for piece in self.pieces for name in piece.defines)

    @cached_property
    def names(self) -> frozenset[str]:
        """What it has at the top level."""
        return self.cell_names | _defined(self.source)

    @cached_property
    def uses(self) -> frozenset[str]:
        return frozenset().union(*(piece.uses for piece in self.pieces)) - ALWAYS

    @cached_property
    def binds(self) -> frozenset[str]:
        return frozenset().union(*(piece.binds for piece in self.pieces))

    def written(self, needs: "_Needs") -> str:
        """Its text, with a comment in front of each cell."""
        future = any(FUTURE in code.cell.source for code in self.cells)
        text = f"{FUTURE} annotations\n\n" if future else ""
        text += self.source.rstrip("\n") + "\n\n\n# From the notebook.\n"
        text += "".join(f"{line}\n" for line in needs.before)
        text += "".join(marked(code.name, code.module_text) for code in self.cells)
        return text + f"\n{END}\n" + "".join(f"{line}\n" for line in needs.behind)


class _Elsewhere:
    """What cells that belong to no module define, the last of each name."""

    def __init__(self, cells: Iterable[Code]):
        self.carried: dict[str, Piece] = {}
        self.computed: set[str] = set()
        self.stars: list[Piece] = []
        for piece in (piece for code in cells for piece in code.pieces):
            if piece.defines == ("*",):
                self.stars.append(piece)
            for name in piece.defines:
                if piece.is_import or piece.is_definition or piece.is_plain_value:
                    self.carried[name] = piece
                    self.computed.discard(name)
                else:
                    self.carried.pop(name, None)
                    self.computed.add(name)


class _Needs:
    """What a module's cells use that stands elsewhere: lines to put before and behind them."""

    def __init__(
        self,
        module: _Module,
        order: Sequence[str],
        own: Mapping[str, _Module],
        sources: Mapping[str, str],
        elsewhere: _Elsewhere,
    ):
        self.before: list[str] = []
        self.behind: list[str] = []
        self.unknown: set[str] = set()
        self.carried_names: set[str] = set()
        earlier = order[: order.index(module.name)]
        later = order[order.index(module.name) + 1 :]
        has = {n: own[n].names if n in own else _defined(sources[n]) for n in (*earlier, *later)}
        pieces_: list[Piece] = list(elsewhere.stars)
        waiting, seen = sorted(module.uses), set(module.names | ALWAYS)
        while waiting:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            local = name in module.binds
            if name in FOR_NOTEBOOKS:
                self.before.append(f"def {name}(*things, **options): pass")
            elif place := next((n for n in reversed(earlier) if name in has[n]), None):
                self.before.append(f"from .{place} import {name}")
            elif not local and (place := next((n for n in later if name in has[n]), None)):
                self.behind += _late(place, name)
            elif piece := self._carried(name, module, elsewhere):
                pieces_.append(piece)
                seen |= set(piece.defines)
                if not local and not piece.is_import:
                    self.carried_names.add(name)
                waiting += sorted(piece.uses - piece.binds)
            elif name in elsewhere.computed and not local:
                self.unknown.add(name)
        taken = _in_order(pieces_)
        self.before += [marked(OWN, piece.text) for piece in taken] + [END] * bool(taken)

    @staticmethod
    def _carried(name: str, module: _Module, elsewhere: _Elsewhere) -> Piece | None:
        piece = elsewhere.carried.get(name)
        if piece is None or not piece.is_import:
            return piece
        return None if f"diffusion.{module.name} " in f"{piece.text} " else piece


def _late(place: str, name: str) -> Iterator[str]:
    """Lines that fetch a name from a module which imports this one itself."""
    yield "try:"
    yield f"    from .{place} import {name}"
    yield "except ImportError:"
    yield f"    def {name}(*values, **options):"
    yield f"        from .{place} import {name} as found"
    yield "        return found(*values, **options)"


def _in_order(found: Sequence[Piece]) -> list[Piece]:
    """Each once, imports first; what the others need of each other stands behind the need."""
    once = list({id(piece): piece for piece in reversed(found)}.values())
    return sorted(once, key=lambda piece: not piece.is_import)


@lru_cache(64)  # of the starter's modules, for every submission
def _defined(source: str) -> frozenset[str]:
    return frozenset(name for piece in pieces(source) for name in piece.defines)
