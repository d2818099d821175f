"""A student's folder with few real digits: what `diffusion.train` needs to run."""

import shutil
from pathlib import Path

import numpy as np

from autograder.config.paths import REPOSITORY
from autograder.grading.intake import PACKAGE

WHOSE = {"solution": REPOSITORY.solution, "starter": REPOSITORY.starter}


def student_folder(folder: Path, digits: int, whose: str = "solution") -> Path:
    """The package of the solution or the starter, with so many digits of the subset."""
    shutil.copytree(WHOSE[whose] / PACKAGE, folder / PACKAGE)
    data = folder / "tests" / "data"
    data.mkdir(parents=True)
    with np.load(REPOSITORY.digits, allow_pickle=False) as arrays:
        np.savez(data / "mnist_subset.npz", **{name: a[:digits] for name, a in arrays.items()})
    return folder
