"""Code of the solution, taken out of its modules by name."""

import ast
import symtable
from collections.abc import Iterator, Sequence

from autograder.course.strip import find_regions

from .source import SourceCell

Function = ast.FunctionDef | ast.AsyncFunctionDef


def pull(cell: SourceCell, module: str, source: str, names: Sequence[str]) -> str:
    """Top-level functions and classes of a module, as they stand there, markers included.

    A region at the top level is taken whole. Names that the module lacks are left out: in a
    stripped module, helpers are gone.

    Raises:
        NotebookError: a region holds more than the names that are asked for.
    """
    lines, tree = source.splitlines(), ast.parse(source)
    regions = find_regions(lines, module)
    where = {name: span for name, *span in _defined(tree)}
    spans = []
    for name in names:
        if name not in where:
            continue
        first, last = where[name]
        for region in regions:
            if region.begin < first < region.end:
                inside = [n for n, (a, b) in where.items() if region.begin < a and b < region.end]
                if missing := [n for n in inside if n not in names]:
                    with_it = ", ".join(f"{module}.{n}" for n in missing)
                    raise cell.problem(f"{name} shares its region with {with_it}: name these too")
                first, last = region.begin, region.end
            elif first < region.begin < last:
                last = max(last, region.end)  # a marker is a comment, which ends no class
        if [first, last] not in spans:
            spans.append([first, last])
    return "\n\n\n".join("\n".join(lines[a - 1 : b]).rstrip() for a, b in spans)


def defined_names(source: str) -> list[str]:
    """The functions and classes at the top level of a module."""
    return [name for name, *_ in _defined(ast.parse(source))]


def preamble(sources: Sequence[str]) -> str:
    """What the modules import, and the constants that they set, each line once.

    Imports from the package itself are left out: a notebook has one namespace.
    """
    imports, constants = [], []
    for source in sources:
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                if not getattr(statement, "level", 0):
                    imports.append(ast.get_source_segment(source, statement))
            elif isinstance(statement, ast.Assign | ast.AnnAssign):
                constants.append(ast.get_source_segment(source, statement))
    imports, constants = (list(dict.fromkeys(lines)) for lines in (imports, constants))
    return "\n".join([*sorted(imports), "", *constants])


def bound_names(code: str) -> set[str]:
    """What a cell defines: functions, classes, imports and variables at its top level."""
    bound = set()
    for node in _outside_functions(ast.parse(code)):
        if isinstance(node, Function | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
    return bound


def used_names(code: str) -> set[str]:
    """What a cell reads of its own top level or of other cells, inside its functions too."""
    tables, used = [symtable.symtable(code, "cell", "exec")], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
                used.add(symbol.get_name())
    return used


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            yield from _outside_functions(node)


def _defined(tree: ast.Module) -> Iterator[tuple[str, int, int]]:
    """Name, first and last line of every function and class at the top level."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            assert node.end_lineno is not None
            yield node.name, first, node.end_lineno
