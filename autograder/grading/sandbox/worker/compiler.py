"""Importing torch's compiler costs a second, and every first optimizer does it, to switch it off.

A place-holder answers that one question; whoever asks the compiler anything else gets the real one.
"""

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch

NAME = "torch._dynamo"


class Absent(ModuleType):
    """Stands for `torch._dynamo` until somebody needs it."""

    @staticmethod
    def disable(fn: Callable | None = None, recursive: bool = True, **_: Any) -> Callable:
        """Nothing is compiled, so nothing has to be kept from it."""
        return fn if fn is not None else lambda function: function

    @staticmethod
    def graph_break(*_: Any, **__: Any) -> None:
        """Nothing is traced."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # asked of every module by Python itself
            raise AttributeError(name)
        if sys.modules.get(NAME) is self:
            del sys.modules[NAME]
            del torch._dynamo
        return getattr(importlib.import_module(NAME), name)


def postpone() -> None:
    """Leave the compiler aside until it is asked for, unless it is there already."""
    if NAME not in sys.modules:
        sys.modules[NAME] = torch._dynamo = Absent(NAME)
