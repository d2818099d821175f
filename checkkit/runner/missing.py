"""Functions and classes of the assignment that a submission lacks or leaves empty: stubs stand for
these.

So they are not attempted, and what imports them can be imported.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import FunctionType, ModuleType
from typing import Any

from .names import Names

PACKAGE = "diffusion"
Stubs = Mapping[str, Mapping[str, str]]  # module -> name -> the task that asks for it


@contextmanager
def stubs_for_missing_names(stubs: Stubs, names: Names) -> Iterator[None]:
    """While active, each module of the submission that is imported has all names of `stubs`.

    A module that does not exist consists of them. Those that the submission does not define, or
    whose body is `pass`, raise NotImplementedError, with the task in the message.

    Args:
        names: those of the course; a submission may also use the original ones.
    """
    finder = Finder(stubs, names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class Finder(MetaPathFinder):
    """Finds the modules of the submission that `stubs` names."""

    def __init__(self, stubs: Stubs, names: Names):
        self._stubs, self._names = stubs, names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module comes from; None for those of others."""
        package, _, module = fullname.partition(".")
        if package != PACKAGE or not self._stubs.get(module):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None:
            return ModuleSpec(fullname, NoFile(self))
        if type(spec.loader) is SourceFileLoader:
            spec.loader = File(self, spec.loader.name, spec.loader.path)
        return spec

    def complete(self, module: ModuleType, lacks: str) -> None:
        """Put stubs in the place of names that a module does not have, or leaves empty."""
        here = module.__name__.partition(".")[2]
        file = f"{PACKAGE}/{here}.py"
        for name, task in self._stubs[here].items():
            wanted = self._names.get(f"{here}.{name}", name)
            given = vars(module).keys() & {name, wanted}
            for one in given:
                if _is_empty(vars(module)[one]):
                    vars(module)[one] = _stub(f"{one} is empty in {file} (task {task})")
            if not given:
                vars(module)[wanted] = _stub(f"{wanted} {lacks} {file} (task {task})")


class File(SourceFileLoader):
    """Completes a module that was read from its file."""

    def __init__(self, finder: Finder, name: str, path: str):
        super().__init__(name, path)
        self._finder = finder

    def exec_module(self, module: ModuleType) -> None:
        """Run the file."""
        super().exec_module(module)
        self._finder.complete(module, "is not defined in")


class NoFile(Loader):
    """Makes a module of which there is no file."""

    def __init__(self, finder: Finder):
        self._finder = finder

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing."""
        self._finder.complete(module, "is not defined: there is no")


def _bare() -> None:
    pass


def _described() -> None:
    """Nothing but words."""


EMPTY = {function.__code__.co_code for function in (_bare, _described)}


def _is_empty(value: object) -> bool:
    """Whether a function, or the `forward` of a class, does nothing and returns None."""
    function = vars(value).get("forward") if isinstance(value, type) else value
    if not isinstance(function, FunctionType):
        return False
    code = function.__code__
    return code.co_code in EMPTY and set(code.co_consts) <= {None, function.__doc__}


def _stub(message: str) -> type:
    """What can be called as a function, made as a class or inherited from: none of these works."""

    def refuse(self: object, *values: Any, **options: Any) -> None:
        raise NotImplementedError(message)

    return type("Missing", (), {"__init__": refuse})
