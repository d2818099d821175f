"""A student's folder with few real digits, and how to import the `diffusion` of one."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from autograder.config.paths import REPOSITORY
from autograder.course.starter import committed_starter
from autograder.grading.intake import PACKAGE

from .submissions import make_folder


def student_folder(folder: Path, digits: int, whose: str = "solution") -> Path:
    """The package of the solution or the starter, with the digit model and so many digits."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY.solution_package, folder / PACKAGE, ignore=ignored)
    if whose == "starter":
        make_folder(folder, committed_starter())
    data = folder / "tests" / "data"
    data.mkdir(parents=True)
    shutil.copy(REPOSITORY.digit_model, data)
    with np.load(REPOSITORY.digits, allow_pickle=False) as arrays:
        np.savez(data / "mnist_subset.npz", **{name: a[:digits] for name, a in arrays.items()})
    return folder


@contextmanager
def without_diffusion() -> Iterator[None]:
    """Within, `diffusion` is not imported yet; the one of before comes back at the end."""
    before = _forget_diffusion()
    try:
        yield
    finally:
        _forget_diffusion()
        sys.modules.update(before)


def _forget_diffusion() -> dict:
    names = [name for name in sys.modules if name.partition(".")[0] == "diffusion"]
    return {name: sys.modules.pop(name) for name in names}
