"""What stands where a tensor has to be: None, a tuple, a list, a number, a shape, a layer."""

import ast
import math
import re
from typing import cast

from torch import nn

from .contract import CLASSES
from .operands import Place
from .scene import MOST_CALLERS, Scene, code_of

WHAT = {"NoneType": "None", "tuple": "a tuple", "list": "a list"}
LAYERS = {
    name for name, one in vars(nn).items() if isinstance(one, type) and issubclass(one, nn.Module)
}
KINDS = {
    **WHAT,
    **{name: f"a {name}" for name in ("float", "dict", "str")},
    **{"int": "a whole number", "torch.Size": "a shape", "Tensor": "a tensor"},
}
ADVICE = {
    "list": " `torch.tensor` makes one of numbers, `torch.stack` one of tensors.",
    "layer": " A layer is made first and then called: `nn.GELU()(x)`.",
}
NAME = vars(type)["__name__"]
ARGUMENT = re.compile(
    r"\b(\w+)\(\): argument '(\w+)'(?: \(position (\d+)\))?"
    r" must be (Tensor|tuple of ints), not (\S+)"
)


class NoTensors(Scene):
    """The rules for one line that failed."""

    def no_tensor(self) -> str:
        """An operand, or the input of a layer, that is no tensor."""
        sides = re.search(r": '(\w+)' and '(\w+)'$", self.text)
        of = re.match(r"'(NoneType|tuple|list)' object", self.text)
        listed = re.search(r"got \(([^)]{0,500})\)", self.text)
        kinds = listed[1].split(", ") if listed and not self.after else []  # of torch's own call
        found = []
        for number, operand in enumerate(self.place.operands()):
            kind = type(self.actual(number, operand)).__name__
            if of and isinstance(self.place.node, ast.Attribute | ast.Subscript):
                kind = of[1]
            elif sides and isinstance(self.place.node, ast.BinOp | ast.AugAssign):
                kind = sides[number + 1]
            elif number < len(kinds) and kinds[number] in LAYERS | {"NoneType"}:
                kind = kinds[number]
            if kind in WHAT.keys() | LAYERS and re.search(rf"\b{kind}\b", self.text):
                plain = isinstance(operand, ast.Constant | ast.Tuple)
                found += [(operand, kind)] * (not plain)
        return self._origin(*found[0]) if len(found) == 1 else ""

    def _origin(self, operand: ast.expr, kind: str) -> str:
        """What a value is that cannot be used, and which call returned it."""
        operand = source = self.outwards(operand)
        layer = kind in LAYERS
        what, name = f"the layer {kind}" if layer else WHAT[kind], f"`{code_of(operand)}`"
        advice = ADVICE.get("layer" if layer else kind, "")
        if kind == "tuple" and "must be tuple of ints" in self.text:
            return f"{name} is a tuple; numbers are needed: `*{code_of(operand)}`."
        if isinstance(operand, ast.Name):
            if not layer and kind != "NoneType" and (loop := self.place.loop(operand.id)):
                each = f"for {operand.id} in {code_of(loop)}"
                return f"{name} is {what}: `{each}` gives several things; write `for x, c in ...`."
            source = self.place.assignment(operand.id)
            if kind == "NoneType":
                source = self.place.without_return(operand.id) or source
        if not isinstance(source, ast.Call):
            return f"{name} is {what}{'; a tensor is needed' * bool(advice)}.{advice}"
        if layer and (words := uncalled(self.place, source.func)):
            return words
        where = f" in line {source.lineno}" * (kind == "NoneType")
        told = f"{name} is {what}: `{code_of(source)}`{where} returned it"
        if source is operand:
            told = f"{name} returned {what}"
        if kind != "NoneType":
            return f"{told}; a tensor is needed.{advice}"
        if getattr(source.func, "attr", "") in ("append", "extend", "insert", "sort", "update"):
            return f"{told}. It changes its object; do not use its result."
        return f"{told}. Does it lack `return`?"

    def nothing(self) -> str:
        """An argument of the net of a check that is None; a mask may be."""
        given = self.handed()
        empty = [one for name, (one, value) in given.items() if value is None and name != "mask"]
        plain = bool(empty) and isinstance(empty[0], ast.Constant)
        return self._origin(empty[0], "NoneType") if empty and not plain else ""

    def uncalled(self) -> str:
        """A class that was to be a layer: called with what the layer was to get, or handed on."""
        for index in self._mine[-MOST_CALLERS:]:
            place = Place(self._entries[index])
            called = place.node.func if isinstance(place.node, ast.Call) else None
            inner = place.frame.f_code.co_name != "__init__"
            if called and inner and (words := uncalled(place, called)):
                self.place = place
                return words
        if "is not a Module subclass" not in self.text or self.place.node is None:
            return ""
        for one in self.place.operands():
            if is_layer(kind := self.place.value(one)):
                made = making(kind, code_of(one))
                return f"`{code_of(one)}` is the class, not a layer: write `{made}`."
        return ""

    def argument(self) -> str:
        """An argument of a function of torch that is of another type."""
        found, node = ARGUMENT.search(self.text), self.place.node
        if found is None or not isinstance(node, ast.Call):
            return ""
        function, parameter, position, needed, kind = found.groups()
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        number = int(position or 0) - 1
        given = node.args[number] if 0 <= number < len(node.args) else named.get(parameter)
        if given is None:
            return ""
        name, called = code_of(given), f"`{code_of(node.func)}`"
        what = KINDS.get(kind) or (f"the layer {kind}" if kind in LAYERS else "")
        if not what:
            return ""
        if needed != "Tensor":
            shape = {"int": f": `({name},)`", "Tensor": f": `{name}.shape`"}
            return f"`{name}` is {what}; {called} takes a shape{shape.get(kind, '')}."
        advice = ADVICE.get("layer" if kind in LAYERS else kind, "")
        if kind in ("int", "float") and hasattr(math, function):
            advice = f" For a number there is `math.{function}`."
        whole = name.removesuffix(".shape")
        instead = f": `{whole}`" if kind == "torch.Size" and whole != name else ""
        return f"`{name}` is {what}; {called} takes a tensor{instead}.{advice}"


def uncalled(place: Place, called: ast.expr) -> str:
    """Where a method calls an attribute of `self` that holds a class: what was meant; else ""."""
    if not isinstance(called, ast.Attribute) or not is_layer(kind := place.value(called)):
        return ""
    if not issubclass(type(place.value(called.value)), nn.Module):
        return ""  # nn.GELU itself
    for node in ast.walk(place.tree):
        if not isinstance(node, ast.Assign) or place.value(node.value) is not kind:
            continue
        if ast.unparse(node.targets[0]) == ast.unparse(called):
            made = making(kind, code_of(node.value))
            line = f"`{code_of(node)}` in line {node.lineno}"
            return f"{line} holds the class, not a layer: write `{made}`."
    return f"`{code_of(called)}` holds the class {NAME.__get__(kind)}, not a layer."


def is_layer(value: object) -> bool:
    """Whether a value is a class of layers."""
    return issubclass(type(value), type) and nn.Module in type.mro(cast(type, value))


def making(kind: type, name: str) -> str:
    """How a layer of a class is made."""
    if (known := CLASSES.get(NAME.__get__(kind))) is not None:
        return f"{name}({known[0]})"
    code = getattr(vars(kind).get("__init__"), "__code__", None)
    needed = code is not None and code.co_argcount > 1 + len(kind.__init__.__defaults__ or ())
    return f"{name}({'...' * needed})"
