"""Metrics as JSON and as a table of the terminal."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from rich.table import Table
from rich.text import Text

from autograder.experiments.trained_runs.run import Run

from .digits import Digits
from .evaluation import Evaluation
from .measures import Accuracy, Neighbours
from .targets import SAMPLES

OF_THIS_MACHINE = {"runs", "data", "device", "tensorboard"}
LIKENESS = {
    "frechet": "Fréchet distance to the test digits",
    "density": "density",
    "coverage": "coverage",
    "spread": "spread of a class's features",
    "deviation": "deviation of a class's pixels",
}


def about(run: Run, epoch: int, digits: Digits, computed: dict) -> dict:
    """What was evaluated and how: the first keys of every scores.json."""
    settings = {k: v for k, v in asdict(run.settings).items() if k not in OF_THIS_MACHINE}
    return {
        "run": {"preset": run.settings.preset, "epoch": epoch, "settings": settings},
        "digits": {
            "source": "MNIST" if digits.whole else "subset",
            "training": len(digits.training.labels),
            "test": len(digits.test.labels),
        },
        "computed": computed,
    }


def samples_json(found: Evaluation, digits: Digits, targets: Sequence[dict]) -> dict:
    """The metrics of a run that draws digits."""
    count, test = len(found.scored[0].images), len(digits.test.labels)
    search = found.search
    return {
        "guidance": search
        and {
            "best": search.best,
            "search": {
                "samples": search.count,
                "frechet_of_as_many_training_digits": search.floor,
                "tried": [asdict(one) for one in search.tried],
            },
        },
        "scores": [
            {
                "guidance": one.guidance,
                "samples": count,
                "accuracy": one.accuracy and _accuracy(one.accuracy),
                **asdict(one.likeness),
                "class_counts": np.bincount(one.classes, minlength=10).tolist(),
                "nearest_training_digit": _nearest(one.neighbours),
            }
            for one in found.scored
        ],
        "real": {
            "frechet_floor": {"training": test, "test": test, "value": found.floor},
            "training_digits_as_samples": {"samples": count, **asdict(found.real)},
            "test_digits": {
                "accuracy": _accuracy(found.real_accuracy),
                "counts": np.bincount(digits.test.labels, minlength=10).tolist(),
                "nearest_training_digit": _nearest(found.test_neighbours),
            },
        },
        "targets": targets,
    }


def json_text(scores: dict) -> str:
    """JSON with floats of five digits after the point; null for what is no finite number."""
    rounded = json.loads(
        json.dumps(scores, default=float),
        parse_float=lambda number: round(float(number), 5),
        parse_constant=lambda nan_or_infinity: None,
    )
    return json.dumps(rounded, indent=1, ensure_ascii=False) + "\n"


def samples_table(found: Evaluation, digits: Digits) -> Table:
    """A column for each guidance, and one for real digits."""
    count, test = len(found.scored[0].images), len(digits.test.labels)
    table = Table(
        "",
        title=f"{count:,} samples, and as many training digits in their place",
        caption=f"Fréchet distance of {test:,} training to {test:,} test digits: {found.floor:.3f}",
    )
    for one in found.scored:
        best = ", best" if found.search and one.guidance == found.search.best else ""
        name = "samples" if one.guidance is None else f"guidance {one.guidance:g}{best}"
        table.add_column(name, justify="right")
    table.add_column("real digits", justify="right")
    if found.search:
        shares = [one.accuracy.whole for one in found.scored if one.accuracy]
        intervals = (f"{one.value:.2%} ({one.low:.2%} to {one.high:.2%})" for one in shares)
        real = f"{found.real_accuracy.whole.value:.2%} (test)"
        table.add_row("accuracy, 95 % interval", *intervals, real)
    for name, words in LIKENESS.items():
        sets = [*(one.likeness for one in found.scored), found.real]
        table.add_row(words, *(f"{getattr(one, name):.3f}" for one in sets))
    near = [*(one.neighbours for one in found.scored), found.test_neighbours]
    *medians, real = (f"{np.median(one.distances):.3f}" for one in near)
    compared = f"nearest training digit of {len(near[0].distances):,}: median distance"
    table.add_row(compared, *medians, f"{real} (test)")
    table.add_row("… nearer than .1", *(f"{one.near:.1%}" for one in near))
    return table


def target_lines(targets: Sequence[dict], digits: Digits) -> list[Text]:
    """A line for each target: met or not, or that the samples are too few to say so."""
    lines = []
    for one in targets:
        against = "" if digits.whole else " against the subset"
        verdict, style = {
            True: ("✓ met", "green"),
            False: ("✗ not met", "bold red"),
            None: (f"on {one['samples']:,} samples{against}, not on {SAMPLES:,}", "yellow"),
        }[one["met"]]
        more = ", goal reached" if one["goal_reached"] else ""
        bound = "at least" if one["goal"] > one["limit"] else "at most"
        figures = f"{one['value']:.4g}, {bound} {one['limit']:.3g}, goal {one['goal']:.3g}"
        lines.append(Text(f"{one['name']}: {figures}: {verdict}{more}", style=style))
    return lines


def psnr_table(rows: Sequence[dict[str, float]], count: int) -> Table:
    """PSNR over sigma."""
    table = Table(title=f"PSNR of {count:,} test digits, dB")
    for name in ("sigma", "noisy", "denoised", "gain"):
        table.add_column(name, justify="right")
    for row in rows:
        cells = (row["noisy"], row["denoised"], row["denoised"] - row["noisy"])
        decibels = (f"{x:z.2f}" if math.isfinite(x) else "–" for x in cells)
        table.add_row(f"{row['sigma']:.1f}", *decibels)
    return table


def _accuracy(of: Accuracy) -> dict:
    per_class = [{"class": c, **asdict(one)} for c, one in of.per_class.items()]
    return {**asdict(of.whole), "interval": "95 %, Clopper-Pearson", "per_class": per_class}


def _nearest(of: Neighbours) -> dict:
    least, hundredth, median = np.quantile(of.distances, [0, 0.01, 0.5])
    return {
        "images": len(of.distances),
        "least": least,
        "hundredth_part_below": hundredth,
        "median": median,
        "share_below_0.1": of.near,
    }
