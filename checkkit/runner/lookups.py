"""A name that Python did not find, and the one that was meant: by its spelling, or by its place."""

import ast
import re
import sys
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import nn

from .operands import INSTANCE, MODULES, Place, is_tensor

ALIKE = 0.75  # of difflib's ratio
MOST_NAMES = 1000
IMPORTS = {
    "F": "import torch.nn.functional as F",
    "nn": "from torch import nn",
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "Tensor": "from torch import Tensor",
    **{name: f"import {name}" for name in ("math", "random", "torch")},
}
OF_MODULES = ("_modules", "_parameters", "_buffers")


def meant(text: str, place: Place) -> str:
    """What to write in place of the name in Python's message, or ""."""
    for pattern, rule in RULES.items():
        if found := re.search(pattern, text):
            return rule(place, *found.groups())
    return _entry(place, text)


def _unknown(place: Place, name: str) -> str:
    """A variable: an attribute without `self`, a module that is not imported, or misspelt."""
    local = place.frame.f_locals
    own = _attributes(local.get("self"))
    if name in own:
        return f"Did you mean `self.{name}`?"
    if name in IMPORTS:
        return f"Write `{IMPORTS[name]}` at the top of the file."
    if near := _nearest(name, local) or _nearest(name, place.frame.f_globals):
        return f"Did you mean `{near}`?"
    near = _nearest(name, own)
    return f"Did you mean `self.{near}`?" if near else ""


def _unset(place: Place, name: str) -> str:
    """A local variable that has no value yet."""
    if not (lines := sorted({node.lineno for node in place.stores(name)})):
        return ""
    where = f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}"
    return f"`{name}` has no value here yet: the function sets it in {where}."


def _of_module(place: Place, module: str, name: str) -> str:
    """A function or class of torch or of the standard library."""
    found = sys.modules.get(module)
    if type(found) is not ModuleType:
        return ""
    for other in MODULES:
        if other is not found and name in vars(other):
            return f"It is in another module: `{other.__name__}.{name}`."
    near = _nearest(name, vars(found))
    base = place.node.value if isinstance(place.node, ast.Attribute) else ast.Name(module)
    return f"Did you mean `{ast.unparse(base)}.{near}`?" if near else ""


def _of_object(place: Place, kind: str, name: str) -> str:
    """An attribute of a module, an entry of a dict, or a method of a tensor."""
    if not isinstance(place.node, ast.Attribute):
        return ""
    base, code = place.value(place.node.value), ast.unparse(place.node.value)
    if type(base) is dict and name in _names(base):
        return f"`{code}` is a dict: write `{code}[{name!r}]`."
    if kind == "Tensor" or is_tensor(base):
        near = _nearest(name, dir(torch.Tensor))
        return f"Did you mean `{code}.{near}`?" if near else ""
    if code != "self" or not (own := _attributes(base)):
        return ""
    if near := _nearest(name, own):
        return f"Did you mean `self.{near}`?"
    layers = _names(INSTANCE.__get__(base).get("_modules"))
    has = f"; the layers that it sets are {_listed(layers)}" if layers else ""
    return f"`__init__` sets no `self.{name}`{has}."


def _keyword(place: Place, name: str) -> str:
    """An argument by keyword, of a function or class of torch or of the submission."""
    if not isinstance(place.node, ast.Call):
        return ""
    function = place.value(place.node.func)
    if isinstance(function, type) and any(function is one for one in vars(nn).values()):
        function = function.__init__
    if type(function) is not FunctionType:
        return ""
    code = function.__code__
    near = _nearest(name, code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    return f"Did you mean `{near}=`?" if near else ""


def _entry(place: Place, key: str) -> str:
    """An entry of a dict."""
    if not isinstance(place.node, ast.Subscript) or place.value(place.node.slice) != key:
        return ""
    base, code = place.value(place.node.value), ast.unparse(place.node.value)
    if type(base) is not dict or not (keys := _names(base)):
        return ""
    near = _nearest(key, keys)
    return f"Did you mean `{code}[{near!r}]`?" if near else f"`{code}` has {_listed(keys)}."


RULES = {
    r"^name '(\w+)' is not defined": _unknown,
    r"^cannot access local variable '(\w+)'": _unset,
    r"^module '([\w.]+)' has no attribute '(\w+)'": _of_module,
    r"^'(\w+)' object has no attribute '(\w+)'": _of_object,
    r"got an unexpected keyword argument '(\w+)'": _keyword,
}


def _attributes(value: Any) -> list[str]:
    """What `__init__` of a module set, and the methods of its class."""
    if not issubclass(type(value), nn.Module):
        return []
    own = INSTANCE.__get__(value)
    return [
        *_names(own),
        *(name for kind in OF_MODULES for name in _names(own.get(kind))),
        *_names(dict(type.__dict__["__dict__"].__get__(type(value)))),
    ]


def _names(mapping: Any) -> list[str]:
    """The keys of a dict that are names; others may have methods of their own."""
    keys = dict.keys(mapping) if type(mapping) is dict else ()
    return [key for key in keys if type(key) is str][:MOST_NAMES]


def _nearest(name: str, names: Iterable[str]) -> str:
    """The name that is spelt nearly so, "" if there is none."""
    public = [one for one in names if type(one) is str and one[:1] != "_"]
    plain = {one.replace("_", "").casefold(): one for one in public if one != name}
    found = get_close_matches(name.replace("_", "").casefold(), plain, 5, ALIKE)
    alike = [plain[one] for one in found]
    return max(alike, key=lambda one: _ratio(name, one), default="")


def _ratio(name: str, other: str) -> float:
    return SequenceMatcher(None, name.casefold(), other.casefold()).ratio()


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names[:8]]
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))
