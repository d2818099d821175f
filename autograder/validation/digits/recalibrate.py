"""Calibrate the check of the digits again if the code on which it rests has changed.

    python -m autograder.validation.digits.recalibrate [--output results/validation/digits]

`code.sha256` beside the records identifies the code with which they were made. If the code has
changed, every recorded run is made again below `--output` (hours; the same command goes on where it
was interrupted), and takes the place of the record if no right run fails.
"""

import ast
import hashlib
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.command_line import run_alone
from autograder.config.files import write_bytes_whole, write_whole
from autograder.config.paths import REPOSITORY
from autograder.exit_codes import ExitCode
from autograder.progress import Progress
from autograder.validation.known_bugs.apply import edited, solution_files
from checkkit.runs.digits import CPU, Tier

from . import records, thresholds, variants
from .calibrate import make_runs, missing

CODE = "code.sha256"
RIGHT = "cpu.csv"
MODULES = ("blocks.py", "unet.py", "ddpm.py", "cfg.py")  # what the check's probe uses


def main(
    output: Annotated[Path, typer.Option(help="folder for the runs")] = Path(
        "results", "validation", "digits"
    ),
    force: Annotated[bool, typer.Option("--force", help="also if nothing has changed")] = False,
) -> None:
    """Make every recorded run of the CPU tier again if the code has changed."""
    console, folder = Console(soft_wrap=True), REPOSITORY.calibration
    version = code_version()
    if recorded_version(folder) == version and not force:
        console.print("The code below the calibration has not changed: nothing to do.")
        raise typer.Exit(ExitCode.OK)
    place = output / version[:16]
    make_again(folder, place, CPU, console)
    failed = [run for run in records.read(place / RIGHT, CPU) if thresholds.fails(run, CPU)]
    for run in failed:
        console.print(f"{run.implementation}, seed {run.seed}: is right, and fails", style="red")
    if failed:
        raise typer.Exit(ExitCode.FAILED)
    for name in (RIGHT, records.WRONG):
        write_bytes_whole(folder / name, (place / name).read_bytes())
    write_whole(folder / CODE, f"{version}\n")
    thresholds.main(write=True, folder=folder)
    console.print(f"Every run was made again. Look at {folder}, then commit it.")


def recorded_version(folder: Path) -> str:
    """The version of the code that made the records of a folder; nothing if it is not known."""
    path = folder / CODE
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


def code_version() -> str:
    """SHA-256 of all that a run depends on: the variants, the probe, the judge and their data.

    Comments, docstrings and layout of the source do not count.
    """
    digest = hashlib.sha256()
    for name in variants.RIGHT | variants.WRONG:
        files = edited(name, solution_files(), variants.edits_of(name))
        for module in MODULES:
            digest.update(f"{name}/{module} {_meaning(files[module])}\n".encode())
    for path in (REPOSITORY.digits_run, REPOSITORY.classifier_module, REPOSITORY.muon):
        digest.update(_meaning(path.read_text(encoding="utf-8")).encode())
    for path in (REPOSITORY.digits, REPOSITORY.classifier):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def make_again(recorded: Path, place: Path, tier: Tier, console: Console) -> None:
    """Make the runs of a tier that a folder records again, in another folder.

    Runs that are there already are not made again.
    """
    place.mkdir(parents=True, exist_ok=True)
    for name in (RIGHT, records.WRONG):
        samplers: dict[tuple[str, int], list[str]] = defaultdict(list)
        for run in records.read(recorded / name, tier):
            samplers[run.net, run.seed].append(run.sampler)
        jobs = [(net, seed, some) for (net, seed), some in samplers.items()]
        left = missing(place / name, tier, jobs)
        with Progress(console, f"runs of {name}", len(left), unit="runs") as progress:
            for job in left:
                make_runs(place / name, tier, job)
                progress.advance()


def _meaning(source: str) -> str:
    """A module as Python understands it, without its docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            first.value.value = ""
    return ast.dump(tree)


if __name__ == "__main__":
    run_alone(main)
