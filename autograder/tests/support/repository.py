"""A copy of this repository, without what git and commands write into it."""

import shutil
from pathlib import Path

from autograder.config.paths import REPOSITORY

WRITTEN = {"build", "data", "demo-results", "results", "runs"}  # at the top; `runs` lies elsewhere


def copy_of_the_repository(target: Path) -> Path:
    """Copy it to `target`, which must not exist yet; return that."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        at_top = Path(folder) == REPOSITORY.root
        hidden = {name for name in names if at_top and name.startswith(".")} - {".gitignore"}
        return hidden | (WRITTEN & set(names) if at_top else {"__pycache__"} & set(names))

    shutil.copytree(REPOSITORY.root, target, ignore=left_out)
    return target
