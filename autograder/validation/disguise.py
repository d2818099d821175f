"""Copies as students make them, to test that they are detected (see similarity_evidence.py).

A disguised copy does the same as the original.
"""

import ast
import random
from collections.abc import Mapping

COMMUTE = (ast.Mult,)
REWRITTEN = 0.3  # of the expressions and assignments that can be written otherwise


def disguise(texts: Mapping[str, str], seed: int, rewrite: bool = False) -> dict[str, str]:
    """A copy of a submission: other names, order, docstrings, comments, annotations and layout.

    With `rewrite`, also some products are turned round and some values get a name of their own.
    """
    return {name: _copy(text, random.Random(f"{seed} {name}"), rewrite) for name, text in
            texts.items()}  # fmt: skip


def _copy(text: str, random_: random.Random, rewrite: bool) -> str:
    tree = ast.parse(text)
    tree = _Renamed(_new_names(tree)).visit(tree)
    if rewrite:
        tree = _Rewritten(random_).visit(tree)
    definitions = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    rest = [node for node in tree.body if node not in definitions]
    bases = {b.id for n in definitions if isinstance(n, ast.ClassDef) for b in n.bases
             if isinstance(b, ast.Name)}  # fmt: skip
    first = [n for n in definitions if n.name in bases]
    others = [n for n in definitions if n.name not in bases]
    random_.shuffle(others)
    tree.body = [*rest, *first, *others]
    return ast.unparse(ast.fix_missing_locations(tree))


def _new_names(tree: ast.AST) -> dict[str, str]:
    """Other names for what functions assign: arguments, fields, definitions are called by name."""
    stored = {
        node.id
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    fields = {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return {name: f"my_{number}" for number, name in enumerate(sorted(stored - arguments - fields))}


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]):
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        if ast.get_docstring(node) is not None:
            node.body[0] = ast.Expr(ast.Constant("In words of my own."))
        self.generic_visit(node)
        return node


class _Rewritten(ast.NodeTransformer):
    def __init__(self, random_: random.Random):
        self._random = random_

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        self.generic_visit(node)
        if isinstance(node.op, COMMUTE) and self._random.random() < REWRITTEN:
            node.left, node.right = node.right, node.left
        return node

    def visit_Return(self, node: ast.Return) -> list[ast.stmt] | ast.Return:
        self.generic_visit(node)
        if node.value is None or self._random.random() > REWRITTEN:
            return node
        kept = ast.Assign([ast.Name("result", ast.Store())], node.value)
        return [kept, ast.Return(ast.Name("result", ast.Load()))]

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt] | ast.Assign:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name | ast.Constant) or self._random.random() > REWRITTEN:
            return node
        kept = ast.Assign([ast.Name("value", ast.Store())], node.value)
        return [kept, ast.Assign(node.targets, ast.Name("value", ast.Load()))]
