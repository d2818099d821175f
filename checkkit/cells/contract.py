"""What students are to define: the stubs of each module of the starter, as plain values."""

import ast
import re
import symtable
from collections.abc import Mapping

STUB = "raise NotImplementedError("
DEFINED = re.compile(r"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+([^\W\d]\w*)", re.MULTILINE)


def contract_of(modules: Mapping[str, str]) -> dict:
    """The contract of a course, which JSON can hold.

    Args:
        modules: name -> source of the modules at the top of the starter's package.

    Returns:
        name -> {"stubs": name -> its `measure`, "given": its other names, "functions": those of
        them that it defines, "imports": the modules that it imports}.
    """
    contract = {}
    for module, source in sorted(modules.items()):
        tree = ast.parse(source)
        symbols = symtable.symtable(source, module, "exec").get_symbols()
        names = [s.get_name() for s in symbols if s.is_assigned() or s.is_imported()]
        definitions = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        stubs = {
            node.name: measure(node)
            for node in definitions
            if STUB in (ast.get_source_segment(source, node) or "")
        }
        relative = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.level == 1]
        contract[module] = {
            "stubs": stubs,
            "given": sorted({*names} - {*stubs}),
            "functions": sorted({node.name for node in definitions} - {*stubs}),
            "imports": sorted({node.module for node in relative if node.module}),
        }
    return contract


def measure(node: ast.AST) -> list[int]:
    """How much is to be filled in, and how many statements there are; docstrings do not count.

    A definition with the measure of the starter's is a stub that nobody has touched. Words may
    differ, as they do where the starter was changed after students had got theirs.
    """
    raises = statements = 0
    for inner in ast.walk(node):
        if isinstance(inner, ast.stmt):
            plain = isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Constant)
            statements += not plain
            raises += isinstance(inner, ast.Raise) and _is_stub(inner)
    return [raises, statements]


def _is_stub(node: ast.Raise) -> bool:
    call = node.exc
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "NotImplementedError"
    )


def fills_in(text: str, contract: Mapping) -> bool:
    """Whether a text defines something of the contract, and not all of it as a stub.

    Nothing is parsed, so hostile text costs nothing.
    """
    wanted = {name: stub[0] for own in contract.values() for name, stub in own["stubs"].items()}
    return text.count(STUB) < sum(wanted[name] for name in defined_in(text, contract))


def filled_names(text: str, contract: Mapping) -> list[str]:
    """The names of the contract that a text defines, and not as a stub, each once.

    What belongs to a definition is what lies before the next one of the contract.
    """
    wanted = {name: stub[0] for own in contract.values() for name, stub in own["stubs"].items()}
    filled, end = [], len(text)
    for found in reversed([found for found in DEFINED.finditer(text) if found[1] in wanted]):
        if text.count(STUB, found.start(), end) < wanted[found[1]]:
            filled.append(found[1])
        end = found.start()
    return list(dict.fromkeys(reversed(filled)))


def is_filled(modules: Mapping[str, str], contract: Mapping) -> bool:
    """Whether something in these modules, by name, is not as the starter has it.

    A stub that is missing counts: its function may be defined in another way.
    """
    return any(
        fills_in(text, contract)
        or not contract[name]["stubs"].keys() <= {*defined_in(text, contract)}
        for name, text in modules.items()
        if name in contract
    )


def defined_in(text: str, contract: Mapping) -> list[str]:
    """The names of the contract that a text seems to define, once for each time."""
    wanted = {name for own in contract.values() for name in own["stubs"]}
    return [name for name in DEFINED.findall(text) if name in wanted]
