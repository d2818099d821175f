"""The calibration's record: one CSV row for each training run and sampler, appended as runs end."""

import csv
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from checkkit.classifier import Quality
from checkkit.runs.digits import CPU, GPU, Tier

WRONG = "wrong.csv"
TIERS = {"cpu": CPU, "cuda": GPU}


@dataclass(frozen=True)
class Run:
    """The samples that `sampler` drew, from the net that `net` trained with `seed`."""

    sampler: str
    net: str
    seed: int
    accuracy: float
    frechet: float
    deviation: float
    copies: float
    loss: float  # mean over the last tenth of the training
    seconds: float  # CPU seconds of training and of sampling with every sampler
    tier: str

    @property
    def implementation(self) -> str:
        """The variant that the run stands for."""
        return self.sampler if self.net in ("solution", "none") else self.net

    @property
    def quality(self) -> Quality:
        return Quality(self.accuracy, self.frechet, self.deviation, self.copies)


def describe(tier: Tier) -> str:
    """The tier's sizes in one word; rows of other sizes do not count."""
    return (
        f"{tier.device}:T{tier.num_ts}:beta{tier.last_beta}:D{tier.num_hiddens}"
        f":batch{tier.batch_size}:steps{tier.steps}:lr{tier.lr}:muon{tier.muon_lr}"
        f":{tier.precision}"
    )


def read(path: Path, tier: Tier) -> list[Run]:
    """All runs of this tier in the file, none where there is no file."""
    if not path.is_file():
        return []
    kinds: dict[str, Any] = {field.name: field.type for field in fields(Run)}
    with path.open(newline="") as lines:
        rows = [
            Run(**{name: kinds[name](row[name]) for name in kinds}) for row in csv.DictReader(lines)
        ]
    return [run for run in rows if run.tier == describe(tier)]


def append(path: Path, runs: list[Run]) -> None:
    """Add rows and make sure that they are on the disk before the next run starts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.is_file()
    with path.open("a", newline="") as lines:
        writer = csv.DictWriter(lines, [field.name for field in fields(Run)])
        if new:
            writer.writeheader()
        for run in runs:
            row = asdict(run)
            writer.writerow({k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()})
        lines.flush()
        os.fsync(lines.fileno())
