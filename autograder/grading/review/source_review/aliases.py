"""The libraries behind the names of a file: `t` is torch after `import torch as t`."""

import ast
from collections.abc import Iterator

LIBRARIES = {"torch", "numpy", "builtins", "sys", "math", "random"}
USUAL = {"np": "numpy", **{name: name for name in LIBRARIES}}
ROUNDS = 4  # a name for a name for a name


def aliases_of(tree: ast.Module) -> dict[str, str]:
    """The dotted name of a module, or of what is in it, by the file's own name for it.

    Modules of the package begin with a dot. Scopes are not told apart.
    """
    found = {**USUAL, **dict(_imported(tree))}
    given = list(_assigned(tree))
    for _ in range(ROUNDS):
        more = {name: dotted(value, found) for name, value in given if name not in found}
        found |= {name: value for name, value in more.items() if value}
    return found


def dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    """The dotted name of an expression that leads to a library; else an empty text.

    `getattr(torch, "os")` is torch.os.
    """
    parts: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=value, attr=name):
                node = value
            case ast.Call(
                func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(name)), *_]
            ):
                node = value
            case ast.Name(id=root):
                return ".".join([aliases[root], *reversed(parts)]) if root in aliases else ""
            case _:
                return ""
        parts.append(name)


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for one in names:
                    root = one.name.partition(".")[0]
                    yield (one.asname, one.name) if one.asname else (root, root)
            case ast.ImportFrom(names=names):
                start = "." * node.level + (node.module or "")
                for one in names:
                    yield one.asname or one.name, f"{start}.{one.name}"


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                yield from ((one.id, value) for one in targets if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                yield name, value
