"""The source of probes, as it is sent to the submission.

A probe is a plain function `probe(diffusion, *, ...)` beside its check. It is sent as source text
without comments, docstring or file name. It may use its arguments, builtins, torch, the standard
library and `checkkit.spies` only, so that it carries no expected value.
"""

import ast
import builtins
import dis
import inspect
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import CodeType, ModuleType

RELEASED = "checkkit.spies"


class ProbeNotSelfContained(TypeError):
    """A probe uses something that must not be sent with it."""


@dataclass(frozen=True)
class ProbeSource:
    """What is sent of a probe: its source, and the imports of its global names."""

    name: str
    source: str
    imports: tuple[tuple[str, str, str], ...]  # (name in the probe, module, attribute or "")


@cache
def probe_source(probe: Callable) -> ProbeSource:
    """The source of a probe; cached, because checks send the same one often.

    Raises:
        ProbeNotSelfContained: it has a closure or defaults, or uses a name that must not be sent.
    """
    where = f"probe {probe.__qualname__}"
    if probe.__closure__:
        raise ProbeNotSelfContained(f"{where} closes over {', '.join(probe.__code__.co_freevars)}")
    if probe.__defaults__ or probe.__kwdefaults__:
        raise ProbeNotSelfContained(f"{where} has default arguments; pass them as inputs")
    imports = []
    for name in sorted(_global_names(probe.__code__)):
        if name in probe.__globals__:
            imports.append((name, *_import_of(name, probe.__globals__[name], where)))
        elif not hasattr(builtins, name):
            raise ProbeNotSelfContained(f"{where} reads {name}, which is not defined")
    tree = ast.parse(textwrap.dedent(inspect.getsource(probe)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.decorator_list = []
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:] or [ast.Pass()]
    return ProbeSource(function.name, ast.unparse(tree), tuple(imports))


def _global_names(code: CodeType) -> set[str]:
    loads = {"LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"}
    names = {i.argval for i in dis.get_instructions(code) if i.opname in loads}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _global_names(constant)
    return names


def _import_of(name: str, value: object, where: str) -> tuple[str, str]:
    if isinstance(value, ModuleType):
        module, attribute = value.__name__, ""
    else:
        module, attribute = getattr(value, "__module__", None) or "", getattr(value, "__name__", "")
        if not callable(value) or getattr(sys.modules.get(module), attribute, None) is not value:
            raise ProbeNotSelfContained(f"{where} reads {name}, a value of its test module")
    top = module.partition(".")[0]
    released = module == RELEASED or module.startswith(RELEASED + ".")
    if not (released or top == "torch" or top in sys.stdlib_module_names):
        raise ProbeNotSelfContained(f"{where} reads {name} from {module}, which is not released")
    return module, attribute
