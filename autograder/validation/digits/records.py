"""The calibration's record: one CSV row for each training run and sampler, written as runs end."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from autograder.config.files import write_whole
from checkkit.classifier import Quality
from checkkit.runs.digits import CPU, GPU, Tier
from checkkit.runs.digits_flow import FLOW

TIERS = {"cpu": CPU, "cuda": GPU, "flow": FLOW}
CALIBRATED = ("cpu", "flow")  # that are, and then recalibrated


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
    bent: float | None  # None: not measured
    loss: float  # mean over the last tenth of the training
    seconds: float  # CPU seconds of training and of sampling with every sampler
    tier: str
    version: str  # of the code, see `version.code_version`

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What tells a run from every other; a row of the same key is replaced."""
        return self.tier, self.net, self.sampler, self.seed

    @property
    def implementation(self) -> str:
        """The variant that the run stands for."""
        return self.sampler if self.net in ("solution", "none") else self.net

    @property
    def quality(self) -> Quality:
        return Quality(self.accuracy, self.frechet, self.deviation, self.copies, self.bent)


def right_file(name: str) -> str:
    """The file of the right runs of a tier of `TIERS`."""
    return f"{name}.csv"


def wrong_file(name: str) -> str:
    """The file of the wrong runs of a tier of `TIERS`, and of forgeries."""
    return "wrong.csv" if name == "cpu" else f"{name}-wrong.csv"


def describe(tier: Tier) -> str:
    """The tier's sizes in one word; rows of other sizes do not count."""
    method = "" if tier.method == "ddpm" else f"{tier.method}:"
    return (
        f"{method}{tier.device}:T{tier.num_ts}:beta{tier.last_beta}:D{tier.num_hiddens}"
        f":batch{tier.batch_size}:steps{tier.steps}:lr{tier.lr}:muon{tier.muon_lr}"
        f":{tier.precision}"
    )


def read(path: Path, tier: Tier) -> list[Run]:
    """All runs of this tier in the file, none where there is no file."""
    return [run for run in _read(path) if run.tier == describe(tier)]


def add(path: Path, runs: Iterable[Run]) -> None:
    """Write runs into the file, each in the place of its older row if there is one.

    The file is replaced as a whole: an interrupted command leaves every row that it has made.
    """
    rows = {run.key: run for run in (*_read(path), *runs)}
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Run)], lineterminator="\n")
    writer.writeheader()
    for run in rows.values():
        row = asdict(run)
        writer.writerow({k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.getvalue())


def _read(path: Path) -> list[Run]:
    if not path.is_file():
        return []
    kinds: dict[str, Any] = {field.name: field.type for field in fields(Run)}
    kinds["bent"] = lambda text: float(text) if text else None
    with path.open(newline="") as lines:
        return [
            Run(**{name: kinds[name](row[name]) for name in kinds}) for row in csv.DictReader(lines)
        ]
