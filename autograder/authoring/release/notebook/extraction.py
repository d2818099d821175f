"""Code of the solution, extracted from its modules by name."""

import ast
import symtable
from collections.abc import Sequence
from functools import lru_cache

from autograder.course.strip import find_regions, span, tree_of

from .source import SourceCell

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def extract(cell: SourceCell, module: str, source: str, names: Sequence[str]) -> str:
    """Top-level functions and classes of a module, as they are there, markers included.

    A region at the top level is taken whole. Names that the module lacks are left out: a stripped
    module has no helpers.

    Raises:
        NotebookError: a region holds more than these names.
    """
    lines, regions = source.splitlines(), find_regions(source.splitlines(), module)
    spans = _spans(tree_of(source))
    extracted = []
    for name in names:
        if name not in spans:
            continue
        first, last = spans[name]
        for region in regions:
            if region.begin < first < region.end:
                inside = [n for n, (a, b) in spans.items() if region.begin < a and b < region.end]
                if missing := [n for n in inside if n not in names]:
                    with_it = ", ".join(f"{module}.{n}" for n in missing)
                    raise cell.problem(f"{name} shares its region with {with_it}: name these too")
                first, last = region.begin, region.end
            elif first < region.begin < last:
                last = max(last, region.end)  # a marker is a comment, which ends no class
        extracted.append("\n".join(lines[first - 1 : last]).rstrip())
    return "\n\n\n".join(dict.fromkeys(extracted))


def defined_names(source: str) -> list[str]:
    """The functions and classes at the top level of a module."""
    return list(_spans(tree_of(source)))


def preamble(sources: Sequence[str]) -> str:
    """The imports and the constants of the modules, each line once.

    Imports from the package itself are left out: a notebook has one namespace.
    """
    imports, constants = [], []
    for source in sources:
        for statement in tree_of(source).body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                if not getattr(statement, "level", 0):
                    imports.append(ast.get_source_segment(source, statement))
            elif isinstance(statement, ast.Assign | ast.AnnAssign):
                constants.append(ast.get_source_segment(source, statement))
    imports, constants = (list(dict.fromkeys(lines)) for lines in (imports, constants))
    return "\n".join([*sorted(imports), "", *constants])


@lru_cache(2048)
def bound_names(code: str) -> frozenset[str]:
    """What a cell defines at its top level: functions, classes, imports and variables."""
    symbols = symtable.symtable(code, "cell", "exec").get_symbols()
    return frozenset(symbol.get_name() for symbol in symbols if symbol.is_assigned())


@lru_cache(2048)
def used_names(code: str) -> frozenset[str]:
    """What a cell reads of its own top level or of other cells, inside its functions too."""
    tables, used = [symtable.symtable(code, "cell", "exec")], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
                used.add(symbol.get_name())
    return frozenset(used)


def _spans(tree: ast.Module) -> dict[str, tuple[int, int]]:
    """Name -> first and last line of every function and class at the top level."""
    return {node.name: span(node) for node in tree.body if isinstance(node, Definition)}
