"""The reference solution, imported as `diffusion`: staff's tools train and sample with it."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

from autograder.config.paths import REPOSITORY


def reference(module: str) -> ModuleType:
    """A module of the solution, as reference("cfg") or reference("runs.settings").

    Raises:
        ImportError: another package named diffusion has been imported in this process.
    """
    solution = REPOSITORY.solution
    if str(solution) not in sys.path:
        sys.path.insert(0, str(solution))
    found = importlib.import_module("diffusion")
    where = Path(found.__file__ or "a folder without __init__.py")
    if where.resolve().parent != REPOSITORY.solution_package:
        raise ImportError(f"{where} is imported as diffusion in place of {solution}")
    return importlib.import_module(f"diffusion.{module}")
