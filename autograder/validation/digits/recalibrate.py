"""Calibrate the checks of the digits again if the code on which it rests has changed.

    python -m autograder.validation.digits.recalibrate

Each row of the records names the version of the code that made it. Runs of other versions are made
again, one after another (hours), and each takes the place of its older row as it ends. Stop the
command whenever you like, commit what is there, and go on later or on another machine.
"""

from collections import defaultdict
from pathlib import Path

import typer
from rich.console import Console

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY
from autograder.exit_codes import ExitCode
from autograder.progress import Progress
from checkkit.runs.digits import Tier

from . import records, thresholds
from .calibrate import make_runs, missing


def main() -> None:
    """Make every recorded run on a CPU again that other code has made."""
    console, folder = Console(soft_wrap=True), REPOSITORY.calibration
    made = {name: made_again(name, folder, console) for name in records.CALIBRATED}
    for name in filter(made.get, made):
        thresholds.main(name, write=True)
    if any(made.values()):
        console.print(f"Look at {folder}, then commit it.")
    else:
        console.print("The code below the calibration has not changed: nothing to do.")
    if [name for name in made if not every_right_run_passes(name, folder, console)]:
        raise typer.Exit(ExitCode.FAILED)


def made_again(name: str, folder: Path, console: Console) -> int:
    """Make the runs of a tier of `TIERS` again that other code has made; how many nets it took."""
    files = (records.right_file(name), records.wrong_file(name))
    return sum(make_again(folder / file, records.TIERS[name], console) for file in files)


def make_again(path: Path, tier: Tier, console: Console) -> int:
    """Make the runs in a file again that other code has made; how many nets that took."""
    samplers: dict[tuple[str, int], list[str]] = defaultdict(list)
    for run in records.read(path, tier):
        samplers[run.net, run.seed].append(run.sampler)
    left = missing(path, tier, [(net, seed, some) for (net, seed), some in samplers.items()])
    with Progress(console, f"nets of {path.name}", len(left), unit="nets") as progress:
        for job in left:
            make_runs(path, tier, job)
            progress.advance()
    return len(left)


def every_right_run_passes(name: str, folder: Path, console: Console) -> bool:
    """Whether no recorded right run of a tier of `TIERS` fails; names those that do."""
    tier = records.TIERS[name]
    runs = records.read(folder / records.right_file(name), tier)
    failed = [run for run in runs if thresholds.fails(run, tier)]
    for run in failed:
        console.print(f"{run.implementation}, seed {run.seed}: is right, and fails", style="red")
    return not failed


if __name__ == "__main__":
    run_alone(main)
