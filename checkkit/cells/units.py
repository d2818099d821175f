"""The statements at the top level of a cell, and which names each defines and needs.

Scopes are those of Python's own symbol tables: what a function binds itself, it does not need.
"""

import ast
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from .contract import DEFINED, measure
from .magics import FUTURE, logical_lines

PACKAGE = "diffusion"
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # ValueError: no text at all
# A module can hold these. Others only try something out, or train.
KINDS = {
    ast.FunctionDef: "def",
    ast.AsyncFunctionDef: "def",
    ast.ClassDef: "class",
    ast.Import: "import",
    ast.ImportFrom: "import",
    ast.Assign: "value",
    ast.AnnAssign: "value",
    ast.AugAssign: "value",
    ast.If: "block",
    ast.Try: "block",
    ast.With: "block",
}
UNEVALUATED = "_annotations_stay_unevaluated"
INLINE = {"listcomp", "setcomp", "dictcomp", "genexpr"}  # scopes that run at once
MUTATORS = {"append", "extend", "update", "add", "insert", "setdefault"}


@dataclass(eq=False)
class Unit:
    """A statement, or several that share a line.

    `now` are the names from outside that it needs when it runs, `later` those that only the
    functions in it need; `calls` are the roots of what it calls when it runs, and `changes` those
    of which it sets an attribute or an item. `package`: an import from the package itself, with
    the names there of what it binds.
    """

    cell: int
    line: int
    text: str
    kind: str
    binds: frozenset[str] = frozenset()
    now: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    package: dict[str, str] | None = None
    position: int = 0  # in the notebook
    measures: dict[str, list[int]] = field(default_factory=dict)
    overwrites: frozenset[str] = frozenset()  # f = f(...): the result takes the function's name


def units_of(cell: int, text: str, future: bool = False) -> list[Unit]:
    """The units of a cell, in order; lines count from 1. `future`: no annotation is evaluated.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: Python cannot read the text.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        compile(text, "cell", "exec", flags=flags, dont_inherit=True)  # which finds more errors
        lines = text.split("\n")
        return [
            _unit(cell, first, "\n".join(lines[first - 1 : last]), nodes, future)
            for first, last, nodes in _groups(tree.body)
        ]


def salvaged(cell: int, text: str) -> list[Unit]:
    """Of a cell that Python cannot read: its imports and values that can be read by themselves."""
    units, line = [], 1
    for logical in logical_lines(text):
        if logical[:1].isalpha() or logical.startswith("_"):
            try:
                found = units_of(cell, logical.rstrip())
            except UNREADABLE:
                found = []
            for unit in found:
                if unit.kind == "import" or (unit.kind == "value" and not unit.calls):
                    unit.line = line
                    units.append(unit)
        line += logical.count("\n")
    return units


def seems_to_define(text: str) -> dict[str, str]:
    """Of a cell that Python cannot read: name -> "class" or "def", as far as lines tell."""
    return {
        found[1]: "class" if found[0].lstrip().startswith("class") else "def"
        for found in DEFINED.finditer(text)
        if found[1].isascii() and found[1].isidentifier() and len(found[1]) <= 100
    }


def _groups(body: list[ast.stmt]) -> Iterator[tuple[int, int, list[ast.stmt]]]:
    """Statements that share a line belong together."""
    group: list[ast.stmt] = []
    first = last = 0
    for node in body:
        begin = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        if group and begin > last:
            yield first, last, group
            group = []
        if not group:
            first = begin
        group.append(node)
        last = max(last, node.end_lineno or begin)
    if group:
        yield first, last, group


def _unit(cell: int, line: int, text: str, nodes: list[ast.stmt], future: bool) -> Unit:
    kinds = {KINDS.get(type(node), "other") for node in nodes}
    kind = kinds.pop() if len(kinds) == 1 else "other" if "other" in kinds else "block"
    # Two lines in front, or a comment about the encoding would count.
    begin = f"{FUTURE} annotations as {UNEVALUATED}" if future else ""
    table = symtable.symtable(f"{begin}\n\n{text}", "cell", "exec")
    symbols = [symbol for symbol in table.get_symbols() if symbol.get_name() != UNEVALUATED]
    binds = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    now, later = set(), set()
    _collect(table, True, now, later)
    definitions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return Unit(
        cell,
        line,
        text,
        kind,
        frozenset(binds) | ({"*"} if any(map(_is_star, nodes)) else set()),
        frozenset(now),
        frozenset(later - now),
        frozenset(name for node in nodes for name in _called(node)),
        frozenset(name for node in nodes for name in _changed(node)),
        _package(nodes),
        measures={node.name: measure(node) for node in definitions},
        overwrites=frozenset(name for node in nodes for name in _overwritten(node)),
    )


def _collect(table: symtable.SymbolTable, at_once: bool, now: set[str], later: set[str]) -> None:
    """The names of a scope, and of those inside it, that are a module's."""
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (top or symbol.is_global()):
            (now if at_once else later).add(symbol.get_name())
    for inner in table.get_children():
        is_function = inner.get_type() == "function" and inner.get_name() not in INLINE
        _collect(inner, at_once and not is_function, now, later)


def _is_star(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)


def _at_once(node: ast.AST) -> Iterator[ast.AST]:
    """What runs with a statement: all but the bodies of functions."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.Lambda):
            waiting.append(node.args)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [node.args, *node.decorator_list]
        else:
            waiting += ast.iter_child_nodes(node)


def _called(node: ast.stmt) -> Iterator[str]:
    for inner in _at_once(node):
        if isinstance(inner, ast.Call):
            yield _root(inner.func)


def _changed(node: ast.stmt) -> Iterator[str]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = [t for t in node.targets if isinstance(t, ast.Attribute | ast.Subscript)]
    elif isinstance(node, ast.AugAssign):
        targets = [node.target]
    elif isinstance(node, ast.Expr) and isinstance(call := node.value, ast.Call):
        function = call.func
        if isinstance(function, ast.Name) and function.id == "setattr":
            targets = call.args[:1]
        elif isinstance(function, ast.Attribute) and function.attr in MUTATORS:
            targets = [function.value]
    yield from filter(None, map(_root, targets))


def _overwritten(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        called = node.value.func
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        yield from (name for name in names if isinstance(called, ast.Name) and called.id == name)


def _root(node: ast.expr) -> str:
    """The name at the left of `a.b[0].c`; "" where there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _package(nodes: list[ast.stmt]) -> dict[str, str] | None:
    """What imports from the package bind, with the names there; "" for a module."""
    found: dict[str, str] | None = None
    for node in nodes:
        if isinstance(node, ast.Import):
            names = [a for a in node.names if a.name.split(".")[0] == PACKAGE]
            own = {a.asname or PACKAGE: "" for a in names}
        elif isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".")
            inside = node.level > 0 or parts[0] == PACKAGE
            whole = parts[node.level == 0 :] in ([], [""])  # from diffusion import ddpm
            own = {a.asname or a.name: "" if whole else a.name for a in node.names if inside}
        else:
            own = {}
        if own:
            found = {**(found or {}), **own}
    return found
