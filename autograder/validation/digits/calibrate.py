"""Train and sample over many seeds, as the digits' check does, and record what its judge would see.

    python -m autograder.validation.digits.calibrate --seeds 0:120 \\
        --samplers posterior_variance,clamp_x0

Resumable: a run whose rows are already in the CSV file is skipped. Samplers are compared on the
same trained nets, which costs a tenth of training anew. `thresholds` prints what came of it.
"""

import copy
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType, SimpleNamespace
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY
from autograder.progress import Progress
from autograder.validation.digits import records, variants
from autograder.validation.digits.records import Run
from checkkit.runs.digits import Tier, assess, evidence, probe_digits, probe_inputs


class SideBySide:
    """A package for the probe: trains with one variant and samples with several.

    The probe gets the samples of the first; all are kept in `samples`.
    """

    def __init__(self, trainer: ModuleType, samplers: dict[str, ModuleType]):
        self.samples = {}
        self._samplers = samplers
        self.unet = trainer.unet
        self.cfg = SimpleNamespace(
            ddpm_cfg_forward=trainer.cfg.ddpm_cfg_forward, ddpm_cfg_sample=self._sample
        )

    def _sample(self, unet, *args):
        # A copy of the net for each: a wrong sampler may spoil it for the next.
        drawn = {
            name: package.cfg.ddpm_cfg_sample(copy.deepcopy(unet), *args)
            for name, package in self._samplers.items()
        }
        # What is not finite fails the check at once; here it shall only not break the figures.
        self.samples = {n: np.nan_to_num(x_0.cpu().numpy()[:, 0]) for n, (x_0, _) in drawn.items()}
        return next(iter(drawn.values()))


def train_and_sample(
    tier: Tier, packages: dict[str, ModuleType], seed: int, threads: int, keep: Path | None = None
) -> list[Run]:
    """Train with the first of the packages, sample with all of them, judge: one run each.

    `keep` is a folder for the samples themselves.
    """
    net = next(iter(packages))
    side_by_side = SideBySide(packages[net], packages)
    start = time.process_time()
    seen = variants.PackageRunner(side_by_side).run(
        probe_digits,
        returns=evidence(tier, finite=False),
        seed=seed,
        **probe_inputs(tier, np.random.default_rng(seed), threads),
    )
    seconds = time.process_time() - start
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(keep / f"{net}-{seed}.npz", **side_by_side.samples)
    shared = {
        "net": net,
        "seed": seed,
        "loss": float(seen["loss"][-max(1, tier.steps // 10) :].mean()),
        "seconds": seconds,
        "tier": records.describe(tier),
    }
    return [
        Run(sampler=sampler, **vars(assess(samples)), **shared)
        for sampler, samples in side_by_side.samples.items()
    ]


def calibrate(
    tier: Tier,
    names: list[str],
    seeds: range,
    output: Path,
    threads: int = 1,
    keep: Path | None = None,
) -> Iterator[tuple[int, list[Run]]]:
    """Append the runs that `output` lacks; yield how many seeds are left, and the runs of each.

    Args:
        names: variants; the first one trains, and all of them sample.
    """
    done = {(run.net, run.sampler, run.seed) for run in records.read(output, tier)}
    missing = [s for s in seeds if any((names[0], name, s) not in done for name in names)]
    yield len(missing), []
    with TemporaryDirectory() as folder:
        packages = {name: variants.load(name, Path(folder) / name) for name in names}
        for count, seed in enumerate(missing, start=1):
            runs = train_and_sample(tier, packages, seed, threads, keep)
            new = [run for run in runs if (run.net, run.sampler, run.seed) not in done]
            records.append(output, new)
            yield len(missing) - count, new


def main(
    seeds: Annotated[str, typer.Option(help="first:end, the end is left out")] = "0:120",
    net: Annotated[str, typer.Option(help="the variant that trains")] = "solution",
    samplers: Annotated[str, typer.Option(help="more samplers for its nets, by commas")] = "",
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cpu",
    threads: int = 1,
    output: Annotated[Path | None, typer.Option(help="the CSV file")] = None,
    keep: Annotated[Path | None, typer.Option(help="a folder for the samples")] = None,
) -> None:
    """Append one row for each seed and sampler."""
    names = [net] + [name for name in samplers.split(",") if name and name != net]
    output = output or REPOSITORY.calibration / f"{device}.csv"
    steps = calibrate(
        records.TIERS[device], names, range(*map(int, seeds.split(":"))), output, threads, keep
    )
    console, total = Console(), next(steps)[0]
    with Progress(console, f"{net} on {device}", total, unit="seeds") as progress:
        for _, runs in steps:
            progress.advance()
            figures = [
                f"{r.sampler} {r.accuracy:.2f}/{r.frechet:.2f}/{r.deviation:.3f}" for r in runs
            ]
            console.print(*figures, highlight=False)


if __name__ == "__main__":
    run_alone(main)
