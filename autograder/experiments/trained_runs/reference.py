"""The reference solution, imported as `diffusion`: staff's tools train and sample with it."""

import importlib
import re
import sys
import warnings
from pathlib import Path
from types import ModuleType

import torch
from torch.utils.data import TensorDataset

from autograder.config.paths import REPOSITORY
from autograder.exit_codes import UserError


def reference(module: str) -> ModuleType:
    """A module of the solution, as reference("cfg") or reference("runs.settings").

    Raises:
        ImportError: another package named diffusion has been imported in this process.
    """
    solution = REPOSITORY.solution
    if str(solution) not in sys.path:
        sys.path.insert(0, str(solution))
    package = importlib.import_module("diffusion")
    where = Path(package.__file__ or "a folder without __init__.py")
    if where.resolve().parent != REPOSITORY.solution_package:
        raise ImportError(f"{where} is imported as diffusion in place of {solution}")
    return importlib.import_module(f"diffusion.{module}")


def choose_device(name: str) -> torch.device:
    """The device of this name; auto is the fastest that is there.

    Raises:
        UserError: there is no such device.
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise UserError(f"--device {name}: it must be auto, cuda, mps or cpu")
    try:
        return reference("runs.environment").choose_device(name)
    except reference("runs.settings").Problem as problem:
        raise UserError(str(problem)) from problem


def load_mnist(train: bool, folder: Path, subset: bool) -> tuple[TensorDataset, bool]:
    """The training or test digits of MNIST, and whether they are all of them.

    Args:
        train: the training digits, else the test digits.
        folder: where MNIST is kept, or downloaded to. Where it cannot be downloaded, the subset
            takes its place.
        subset: take the small subset in any case.

    Raises:
        UserError: the files there are damaged.
    """
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            digits = reference("data").mnist(train, folder, subset)
    except (OSError, RuntimeError, ValueError, KeyError, AssertionError) as error:
        raise UserError(
            f"--data {folder}: MNIST cannot be read there ({error}); remove its folder MNIST, so "
            "that it is downloaded again, or add --subset"
        ) from error
    missing = any("cannot be downloaded" in str(one.message) for one in caught)
    return digits, not (subset or missing)
