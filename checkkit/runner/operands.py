"""A line of a submission that failed: its expression, and what the names in it stand for.

Nothing of the submission runs a second time. Names are looked up in the frame. What is computed
from them is computed on tensors without numbers (torch's device "meta") that have the same shape
and dtype, by functions of torch that this module lists.
"""

import ast
import linecache
import operator
import re
from collections.abc import Iterator
from itertools import islice
from types import FrameType, FunctionType, TracebackType
from typing import Any, TypeGuard

import torch
from torch import nn

UNKNOWN: Any = object()  # a value that cannot be read without running code of the submission
COMMENT = re.compile(r"\s#")
LONGEST = 500_000  # characters of a file that is parsed
KINDS = (ast.BinOp, ast.Call, ast.Subscript, ast.Attribute, ast.AugAssign)
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}
METHODS = {
    *("sqrt", "exp", "log", "abs", "pow", "square", "neg", "float", "double", "long", "int"),
    *("view", "reshape", "unsqueeze", "squeeze", "flatten", "permute", "transpose", "expand"),
    *("repeat", "detach", "clone", "contiguous", "clamp", "mean", "sum", "mul", "add", "sub"),
    *("size", "dim", "cumprod", "expand_as", "view_as", "new_zeros", "new_ones"),
}
FUNCTIONS = {
    *(torch.cat, torch.stack, torch.sqrt, torch.exp, torch.log, torch.add, torch.mul, torch.sub),
    *(torch.square, torch.pow, torch.unsqueeze, torch.squeeze, torch.flatten, torch.reshape),
    *(torch.zeros_like, torch.ones_like, torch.relu, nn.functional.relu, nn.functional.gelu),
}
MODULES = (torch, nn, nn.functional)
INSTANCE = vars(nn.Module)["__dict__"]  # reads a module's own dict past any method of its class


def is_tensor(value: Any) -> bool:
    """Whether a value is one of torch's own tensors, whose attributes run no code of others."""
    return type(value) in (torch.Tensor, nn.Parameter)


def twin_of(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the same shape and dtype that holds no numbers."""
    return torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")


def line_of(file: str, number: int) -> str:
    """A line of a file as it is shown: without the comment behind it."""
    line = linecache.getline(file, number).strip()
    behind_strings = max(line.rfind("'"), line.rfind('"')) + 1
    comment = COMMENT.search(line, behind_strings)
    return line[: comment.start()].rstrip() if comment else line


class Place:
    """One frame of a traceback: the expression that failed there (`node`), its function, its names.

    `node` is None where the source is not at hand or names no operation.
    """

    def __init__(self, entry: TracebackType):
        self.frame, self.line = entry.tb_frame, entry.tb_lineno
        code = self.frame.f_code
        lines = linecache.getlines(code.co_filename)
        self.code = line_of(code.co_filename, self.line)
        self.node: Any = None
        self.function: Any = None
        self.tree: ast.AST = ast.Module([], [])
        text, at = "".join(lines), next(islice(code.co_positions(), entry.tb_lasti // 2, None), ())
        if len(text) <= LONGEST and at and None not in at:
            self.tree = ast.parse(text)
            self._find(at)

    def _find(self, at: Any) -> None:
        first, last, column, end = at
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef) and node.lineno <= first <= node.end_lineno:
                self.function = node  # the innermost comes last
            if not isinstance(node, KINDS) or (node.end_lineno, node.end_col_offset) != (last, end):
                continue
            if (node.lineno, node.col_offset) <= (first, column):
                self.node = node  # of several, the one that begins last

    def operands(self) -> list[ast.expr]:
        """What the failed operation takes; the elements of a list, as `torch.cat` does, one by one.

        The object of a method is the first one.
        """
        match self.node:
            case ast.BinOp():
                return [self.node.left, self.node.right]
            case ast.AugAssign():
                return [self.node.target, self.node.value]
            case ast.Subscript() | ast.Attribute():
                return [self.node.value]
            case ast.Call():
                given = [*self.node.args, *(keyword.value for keyword in self.node.keywords)]
                if isinstance(self.node.func, ast.Attribute):
                    base = self.value(self.node.func.value)
                    given[:0] = [self.node.func.value] * (base is UNKNOWN or is_tensor(base))
                several = [
                    one.elts if isinstance(one, ast.List | ast.Tuple) else [one] for one in given
                ]
                return [operand for operands in several for operand in operands]
        return []

    def nodes(self) -> Iterator[ast.AST]:
        """All of the function, if there is one."""
        return ast.walk(self.function or ast.Module([], []))

    def stores(self, name: str) -> list[ast.Name]:
        """Where the function sets a local name."""
        return [
            node for node in self.nodes() if _is(node, name) and isinstance(node.ctx, ast.Store)
        ]

    def assignment(self, name: str) -> ast.expr | None:
        """What a local name was last set to; None if a branch or a loop decides that."""
        body, stores = getattr(self.function, "body", []), self.stores(name)
        plain = [one for one in body if isinstance(one, ast.Assign) and one.targets[0] in stores]
        before = [one.value for one in plain if (one.end_lineno or 0) < self.line]
        return before[-1] if before and len(plain) == len(stores) else None

    def without_return(self, name: str) -> ast.Call | None:
        """Which call set a local name to None: the one of a function of this file that returns
        nothing.
        """
        values = [node.value for node in self.nodes() if _sets(node, name)]
        calls = [value for value in values if type(value) is ast.Call]
        named = {call: getattr(call.func, "attr", getattr(call.func, "id", "")) for call in calls}
        empty = [call for call in calls if self._returns_nothing(named[call])]
        return empty[0] if len(empty) == 1 else None

    def _returns_nothing(self, function: str) -> bool:
        found = [one for one in ast.walk(self.tree)
                 if isinstance(one, ast.FunctionDef) and one.name == function]  # fmt: skip
        results = ast.Return, ast.Yield, ast.YieldFrom
        return len(found) == 1 and not any(isinstance(one, results) for one in ast.walk(found[0]))

    def division(self, name: str) -> ast.BinOp | ast.AugAssign | None:
        """The quotient to which a local name was set."""
        for node in self.nodes():
            found = node.value if _sets(node, name) else node
            divides = isinstance(found, ast.BinOp | ast.AugAssign)
            if not divides or not isinstance(found.op, ast.Div):
                continue
            if found is not node or (isinstance(node, ast.AugAssign) and _is(node.target, name)):
                return found
        return None

    def loop(self, name: str) -> ast.expr | None:
        """What the loop runs over that sets a name."""
        loops = [node for node in self.nodes() if isinstance(node, ast.For)
                 and node.lineno <= self.line and _is(node.target, name)]  # fmt: skip
        return loops[-1].iter if loops else None

    def parameter(self, name: str) -> int | None:
        """Which parameter of the function a name still is; None if it is none, or set again."""
        code = self.frame.f_code
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        stored = self.function is None or self.stores(name)
        return names.index(name) if name in names and not stored else None

    def value(self, node: ast.AST) -> Any:
        """The object that a name, an attribute of a module or an entry of a dict stands for."""
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                names = self.frame.f_locals
                return names[node.id] if node.id in names else _entry(self.frame.f_globals, node.id)
            case ast.Subscript():
                key = self.value(node.slice)
                return _entry(self.value(node.value), key) if type(key) is str else UNKNOWN
            case ast.Attribute():
                base = self.value(node.value)
                if any(base is module for module in MODULES):
                    return vars(base).get(node.attr, UNKNOWN)
                if issubclass(type(base), nn.Module):
                    own = INSTANCE.__get__(base)
                    kinds = (own, *(own.get(k) for k in ("_parameters", "_buffers", "_modules")))
                    found = [_entry(kind, node.attr) for kind in kinds]
                    return next((one for one in found if one is not UNKNOWN), UNKNOWN)
        return UNKNOWN

    def calls(self, frame: FrameType) -> bool:
        """Whether the expression calls the function of a frame itself, without C code between."""
        if not isinstance(self.node, ast.Call):
            return False
        code, function = frame.f_code, self.value(self.node.func)
        if function is UNKNOWN:
            named = getattr(self.node.func, "attr", getattr(self.node.func, "id", ""))
            return code.co_name in (named, "forward", "__init__")
        if type(function) is FunctionType:
            return function.__code__ is code
        return issubclass(type(function), nn.Module | type)

    def twin(self, node: ast.AST | None) -> Any:
        """What an expression gives, in tensors without numbers; UNKNOWN if that is unsure."""
        try:
            return UNKNOWN if node is None else self._twin(node)
        except Exception:  # shapes that do not fit, or what this module does not list
            return UNKNOWN

    def _twin(self, node: Any) -> Any:
        value = self.value(node)
        if is_tensor(value):
            return twin_of(value)
        if type(value) in (int, float, bool, torch.dtype, torch.Size) or value is None:
            return value
        match node:
            case ast.UnaryOp(op=ast.USub()):
                return -self._known(node.operand)
            case ast.List() | ast.Tuple():
                return [self._known(element) for element in node.elts]
            case ast.BinOp():
                left, right = self._known(node.left), self._known(node.right)
                if not is_tensor(left) and not is_tensor(right):  # numbers, and no huge ones
                    assert isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.FloorDiv)
                    assert all(type(one) is int and abs(one) < LONGEST for one in (left, right))
                return OPERATORS[type(node.op)](left, right)
            case ast.Attribute(attr="shape" | "dtype"):
                return getattr(self._tensor(node.value), node.attr)
            case ast.Subscript():
                base = self._known(node.value)
                return base[self._index(node.slice)]
            case ast.Call():
                return self._call(node)
        return UNKNOWN

    def _call(self, node: ast.Call) -> Any:
        named = {str(keyword.arg): self._known(keyword.value) for keyword in node.keywords}
        function = self.value(node.func)
        if any(function is one for one in FUNCTIONS):
            return function(*map(self._known, node.args), **named)
        assert isinstance(node.func, ast.Attribute)
        tensor, name = self._tensor(node.func.value), node.func.attr
        if name == "to":  # devices do not change a shape
            given = [self.twin(one) for one in (*node.args, *(k.value for k in node.keywords))]
            return tensor.to(next((one for one in given if type(one) is torch.dtype), tensor.dtype))
        assert name in METHODS
        return getattr(tensor, name)(*map(self._known, node.args), **named)

    def _index(self, node: Any) -> Any:
        if isinstance(node, ast.Tuple):
            return tuple(map(self._index, node.elts))
        if isinstance(node, ast.Slice):
            ends = (node.lower, node.upper, node.step)
            return slice(*(None if end is None else self._known(end) for end in ends))
        return ... if isinstance(node, ast.Constant) and node.value is ... else self._known(node)

    def _known(self, node: ast.AST) -> Any:
        if (value := self._twin(node)) is UNKNOWN:
            raise LookupError
        return value

    def _tensor(self, node: ast.AST) -> torch.Tensor:
        value = self._known(node)
        assert is_tensor(value)
        return value


def _is(node: ast.AST, name: str) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and node.id == name


def _sets(node: Any, name: str) -> TypeGuard[ast.Assign]:
    return isinstance(node, ast.Assign) and any(_is(target, name) for target in node.targets)


def _entry(mapping: Any, key: str) -> Any:
    """An entry of a dict with names as keys; other keys may have an `__eq__` of their own."""
    if not issubclass(type(mapping), dict) or len(mapping) > 10_000:
        return UNKNOWN
    plain = all(type(one) is str for one in dict.keys(mapping))
    return dict.get(mapping, key, UNKNOWN) if plain else UNKNOWN
