"""Train and sample over many seeds, as the digits' check does, and record what its judge would see.

    python -m autograder.digits.calibrate --seeds 0:120 --samplers solution,posterior_variance

Resumable: a run whose rows are already in the CSV file is skipped. Samplers are compared on the
same trained nets, which costs a tenth of training anew. `autograder.digits.thresholds` prints what
came of it.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Annotated

import numpy as np
import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from autograder.digits import records, variants
from tests.seam.local import as_tensors, seed_everything
from tests.test_digits import Tier, assess, probe_digits, probe_inputs


class SideBySide:
    """A package for the probe: trains with one variant and samples with several.

    The probe gets the samples of the first; all are kept in `samples`.
    """

    def __init__(self, trainer, samplers: dict):
        self.samples = {}
        self._samplers = samplers
        self.unet = trainer.unet
        self.cfg = SimpleNamespace(
            ddpm_cfg_forward=trainer.cfg.ddpm_cfg_forward, ddpm_cfg_sample=self._sample
        )

    def _sample(self, *args):
        drawn = {
            name: package.cfg.ddpm_cfg_sample(*args) for name, package in self._samplers.items()
        }
        self.samples = {name: x_0.cpu().numpy()[:, 0] for name, (x_0, _) in drawn.items()}
        return next(iter(drawn.values()))


def run_once(tier: Tier, net: str, packages: dict, seed: int, threads: int, keep: Path | None):
    """Train one net, sample with every package, and judge: a list of runs."""
    side_by_side = SideBySide(
        packages[net], {n: p for n, p in packages.items() if n in variants.SAMPLERS or n == net}
    )
    inputs = probe_inputs(tier, np.random.default_rng(seed), threads)
    seed_everything(seed)
    start = time.process_time()
    seen = probe_digits(side_by_side, **as_tensors(inputs))
    seconds = time.process_time() - start
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(keep / f"{net}-{seed}.npz", **side_by_side.samples)
    loss = float(seen["loss"][-tier.steps // 10 :].mean())
    runs = []
    for sampler, samples in side_by_side.samples.items():
        quality = assess(np.nan_to_num(samples))
        runs.append(
            records.Run(
                sampler,
                net,
                seed,
                **vars(quality),
                loss=loss,
                seconds=seconds,
                tier=records.describe(tier),
            )
        )
    return runs


def main(
    seeds: Annotated[str, typer.Option(help="first:end, the end is left out")] = "0:120",
    net: Annotated[str, typer.Option(help="the variant that trains")] = "solution",
    samplers: Annotated[str, typer.Option(help="more samplers for its nets, by commas")] = "",
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cpu",
    threads: int = 1,
    output: Annotated[Path | None, typer.Option(help="the CSV file")] = None,
    keep: Annotated[Path | None, typer.Option(help="a folder for the samples themselves")] = None,
) -> None:
    """Append one row for each seed and sampler."""
    tier, output = records.TIERS[device], output or records.FOLDER / f"{device}.csv"
    names = [net] + [name for name in samplers.split(",") if name and name != net]
    done = {(run.net, run.sampler, run.seed) for run in records.read(output, tier)}
    first, end = map(int, seeds.split(":"))
    missing = [s for s in range(first, end) if any((net, name, s) not in done for name in names)]
    columns = (
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with TemporaryDirectory() as folder, Progress(*columns) as progress:
        packages = {name: variants.load(name, Path(folder) / name) for name in names}
        bar = progress.add_task(f"{net} on {device}", total=len(missing))
        for seed in missing:
            runs = run_once(tier, net, packages, seed, threads, keep)
            records.append(output, [r for r in runs if (r.net, r.sampler, r.seed) not in done])
            progress.advance(bar)
            worst = ", ".join(
                f"{r.sampler} {r.accuracy:.2f}/{r.frechet:.2f}/{r.deviation:.3f}" for r in runs
            )
            progress.console.print(f"seed {seed}: {worst}", highlight=False)


if __name__ == "__main__":
    typer.run(main)
