"""A run that looks for false failures, and what it found."""

import csv
import subprocess
from pathlib import Path

from .processes import python

RUN = """
import sys
from pathlib import Path
from autograder.validation.false_failures.command import Request, run
output, seeds, *folders = sys.argv[1:]
more = {"folders": tuple(map(Path, folders))} if folders else {}
request = Request(
    output=Path(output), seeds=int(seeds), jobs=2, seed="5", implementations=("solution",), **more
)
raise SystemExit(run(request))
"""


def nulls(output: Path, seeds: int, *folders: Path) -> subprocess.CompletedProcess:
    """Run the checks of these folders, or all, on the solution."""
    return python("-c", RUN, output, seeds, *folders)


def table_in(folder: Path) -> list[dict[str, str]]:
    with (folder / "nulls.csv").open() as file:
        return list(csv.DictReader(file))
