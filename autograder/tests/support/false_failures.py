"""A run that looks for false failures, and what it found."""

import csv
import subprocess
from pathlib import Path

from .processes import python

RUN = """
import sys
from pathlib import Path
from autograder.validation.false_failures.command import run
output, seeds, *folders = sys.argv[1:]
more = {"folders": tuple(map(Path, folders))} if folders else {}
raise SystemExit(
    run(Path(output), seeds=int(seeds), jobs=2, seed="5", implementations=("solution",), **more)
)
"""


def false_failures(output: Path, seeds: int, *folders: Path) -> subprocess.CompletedProcess:
    """Run the checks of these folders, or all, on the solution."""
    return python("-c", RUN, output, seeds, *folders)


def table_in(folder: Path) -> list[dict[str, str]]:
    with (folder / "false-failures.csv").open() as file:
        return list(csv.DictReader(file))
