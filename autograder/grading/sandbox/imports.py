"""Import the submission's modules before a probe needs them, and stop trying where that fails.

A worker that dies is replaced, and the next check imports the same module: one that ends or hangs
its worker would cost a start, or a whole time limit, with every check.
"""

import importlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from checkkit.runner.outcomes import (
    Crashed,
    ProtocolBroken,
    SubmissionProblem,
    TimedOut,
    unreadable,
)

TRIES = 2  # a busy machine may spoil one
DEADLY = (Crashed, ProtocolBroken, TimedOut)


class Imports:
    """Which modules one runner's present worker has imported, and which never could be."""

    def __init__(self):
        self._done: set[str] = set()
        self._failures: Counter[str] = Counter()
        self._last: dict[str, SubmissionProblem] = {}

    def forget(self) -> None:
        """The worker has ended: the next one has imported nothing."""
        self._done.clear()

    def make(self, modules: Iterable[str], ask: Callable[..., dict]) -> None:
        """Have the package and these modules of it imported.

        Raises:
            SubmissionProblem: a module cannot be imported.
        """
        names = ("__init__", *modules)
        for name in names:  # first: no worker has to be started to know it
            if self._failures[name] >= TRIES:
                raise self._last[name].with_traceback(None)
        for name in names:
            if name not in self._done:
                self._make(name, ask)
                self._done.add(name)

    def _make(self, name: str, ask: Callable[..., dict]) -> None:
        try:
            ask(probe_import, {}, 0, {"name": name})
        except SubmissionProblem as problem:
            self._failures[name] += 1
            self._last[name] = problem = self._worded(problem, name)
            raise problem from None

    def _worded(self, problem: SubmissionProblem, name: str) -> SubmissionProblem:
        if not isinstance(problem, DEADLY):  # an exception: its traceback says where
            return unreadable(problem, f"diffusion/{name}.py")
        again = "; it was tried twice" if self._failures[name] == TRIES else ""
        return type(problem)(f"while diffusion/{name}.py was imported: {problem}{again}")


def probe_import(diffusion, *, name):
    """Import one module of the package; `__init__` is the package itself."""
    importlib.import_module("diffusion" if name == "__init__" else f"diffusion.{name}")
    return {}


def modules_of(source: str, inputs: Mapping[str, Any]) -> tuple[str, ...]:
    """The modules of the package that a probe uses: those that its source names, in this order,
    and its input `module`, by which one probe serves functions of several modules.
    """
    chosen = (inputs["module"],) if "module" in inputs else ()
    return (*_named(source), *chosen)


@cache
def _named(source: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"\bdiffusion\.(\w+)", source)))
