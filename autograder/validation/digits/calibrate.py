"""Train and sample with many seeds, as the checks of the digits do, and record the figures.

    python -m autograder.validation.digits.calibrate --seeds 0:120 \\
        --samplers posterior_variance,clamp_x0

Resumable: a run that this code has recorded in the CSV file is skipped. Samplers are compared on
the same trained nets, which costs a tenth of training new ones. `thresholds` prints the result.
"""

import copy
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY
from autograder.progress import Progress
from autograder.validation.digits import forgeries, records, variants
from autograder.validation.digits.methods import METHODS
from autograder.validation.digits.records import Run
from autograder.validation.digits.version import code_version
from checkkit.runs.digits import Tier, assess, draw

TIME_LIMIT = 3600  # seconds for each half of a run: others may use the machine, too
Job = tuple[str, int, Sequence[str]]  # the net, its seed, and the samplers


class SideBySide:
    """A package for the probe: trains with one variant and samples with several.

    The probe gets the samples of the first; all of the trained net are kept in `samples`.
    """

    def __init__(self, trainer: ModuleType, samplers: dict[str, ModuleType], method: str):
        self.samples = {}
        self._method = METHODS[method]
        self._samplers = {n: self._method.parts(package)[1] for n, package in samplers.items()}
        self.unet = trainer.unet
        loss, _ = self._method.parts(trainer)
        setattr(self, self._method.home, self._method.module(loss, self._sample))

    def _sample(self, unet, *args):
        # A copy of the net for each: a wrong sampler may spoil it for the next.
        if self.samples:
            return next(iter(self._samplers.values()))(unet, *args)
        drawn = {
            name: sampler(copy.deepcopy(unet), *args) for name, sampler in self._samplers.items()
        }
        # Values that are not finite fail the check at once; here they must not break the figures.
        self.samples = {n: np.nan_to_num(x_0.cpu().numpy()[:, 0]) for n, (x_0, _) in drawn.items()}
        return next(iter(drawn.values()))


def train_and_sample(
    tier: Tier, packages: dict[str, ModuleType], seed: int, threads: int, keep: Path | None = None
) -> list[Run]:
    """Train with the first of the packages, sample with all of them, judge: one run each.

    `keep` is a folder for the samples themselves.
    """
    net = next(iter(packages))
    side_by_side = SideBySide(packages[net], packages, tier.method)
    start = time.process_time()
    runner, rng = variants.PackageRunner(side_by_side), np.random.default_rng(seed)
    more = {"finite": False, "seed": seed, "time_limit": TIME_LIMIT}
    result = draw(runner.run, runner.renew, tier, rng, threads, **more)
    seconds = time.process_time() - start
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(keep / f"{net}-{seed}.npz", **side_by_side.samples)
    loss = float(result["loss"][-max(1, tier.steps // 10) :].mean())
    shared = {
        "loss": loss,
        "seconds": seconds,
        "tier": records.describe(tier),
        "version": code_version(tier),
    }
    return [
        Run(sampler, net, seed, **vars(assess(samples, tier)), **shared)
        for sampler, samples in side_by_side.samples.items()
    ]


def missing(path: Path, tier: Tier, jobs: Iterable[Job]) -> list[Job]:
    """The jobs whose runs by this code a file lacks, with only the samplers that it lacks."""
    runs = [run for run in records.read(path, tier) if run.version == code_version(tier)]
    done = {(run.net, run.sampler, run.seed) for run in runs}
    return [
        (net, seed, lacking)
        for net, seed, samplers in jobs
        if (lacking := [name for name in samplers if (net, name, seed) not in done])
    ]


def make_runs(
    path: Path, tier: Tier, job: Job, threads: int = 1, keep: Path | None = None
) -> list[Run]:
    """Make the runs of a job and write them to a file, in the place of older ones."""
    net, seed, samplers = job
    if net == forgeries.NO_NET:
        runs = [forgeries.run_of(name, tier) for name in samplers]
    else:
        with TemporaryDirectory() as folder:
            names = dict.fromkeys([net, *samplers])  # the first of them trains
            packages = {name: variants.load(name, Path(folder, name)) for name in names}
            runs = train_and_sample(tier, packages, seed, threads, keep)
        runs = [run for run in runs if run.sampler in samplers]
    records.add(path, runs)
    return runs


def main(
    seeds: Annotated[str, typer.Option(help="first:end, without the end")] = "0:120",
    net: Annotated[str, typer.Option(help="the variant that trains")] = "solution",
    samplers: Annotated[str, typer.Option(help="more samplers for its nets, by commas")] = "",
    tier: Annotated[str, typer.Option(help=f"one of {', '.join(records.TIERS)}")] = "cpu",
    threads: int = 1,
    output: Annotated[Path | None, typer.Option(help="the CSV file")] = None,
    keep: Annotated[Path | None, typer.Option(help="a folder for the samples")] = None,
) -> None:
    """Record one row for each seed and sampler."""
    if tier not in records.TIERS:
        raise typer.BadParameter(f"--tier {tier}: give one of {', '.join(records.TIERS)}")
    chosen = records.TIERS[tier]
    output = output or REPOSITORY.calibration / records.right_file(tier)
    names = list(dict.fromkeys([net, *filter(None, samplers.split(","))]))
    jobs = [(net, seed, names) for seed in range(*map(int, seeds.split(":")))]
    console, left = Console(), missing(output, chosen, jobs)
    with Progress(console, f"{net}, {tier}", len(left), unit="seeds") as progress:
        for job in left:
            runs = make_runs(output, chosen, job, threads, keep)
            progress.advance()
            figures = [
                f"{r.sampler} {r.accuracy:.2f}/{r.frechet:.2f}/{r.deviation:.3f}" for r in runs
            ]
            console.print(*figures, highlight=False)


if __name__ == "__main__":
    run_alone(main)
