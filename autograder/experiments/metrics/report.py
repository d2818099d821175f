"""Metrics as JSON and as a table of the terminal; what the full run shall reach."""

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

SAMPLES = 10_000  # a target needs so many, against all of MNIST
# The Fréchet distance of the course's plan, at most 5 with 2.5 as the goal, belongs to an earlier
# classifier, on whose features the mean digit of each class is at 342. On those of the trusted one
# it is at 17.8: the features are smaller, and so is the distance that means the same.
SCALE = 17.8 / 342
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


def samples_json(evaluation: Evaluation, targets: Sequence[dict]) -> dict:
    """The metrics of a run that draws digits."""
    search, real = evaluation.search, evaluation.real
    count, labels = len(evaluation.samples[0].images), evaluation.digits.test.labels
    test = len(labels)
    return {
        "guidance": search
        and {
            "best": search.best,
            "search": {
                "samples": search.count,
                "frechet_of_as_many_training_digits": search.floor,
                "tried": [{"guidance": w, **metrics} for w, metrics in search.candidates.items()],
            },
        },
        "scores": [
            {
                "guidance": one.guidance,
                "samples": count,
                "accuracy": _accuracy(one.accuracy),
                **one.likeness,
                "class_counts": np.bincount(one.classes, minlength=10).tolist(),
                "nearest_training_digit": _nearest(one.neighbours),
            }
            for one in evaluation.samples
        ],
        "real": {
            "frechet_floor": {"training": test, "test": test, "value": evaluation.floor},
            "training_digits_as_samples": {"samples": count, **real.likeness},
            "test_digits": {
                "accuracy": _accuracy(real.accuracy),
                "counts": np.bincount(labels, minlength=10).tolist(),
                "nearest_training_digit": _nearest(real.neighbours),
            },
        },
        "targets": targets,
    }


def targets(evaluation: Evaluation) -> list[dict]:
    """Each target with its value, as scores.json holds it.

    `met` and `goal_reached` are None where too few samples, or the subset, cannot decide it.
    """
    at_5, best = evaluation.samples[0], evaluation.samples[-1]
    assert at_5.accuracy is not None
    count, frechet = len(at_5.images), best.likeness["frechet"]
    counts = count == SAMPLES and evaluation.digits.whole
    rows = (
        ("accuracy at guidance 5", at_5.accuracy.whole["value"], 0.99, 0.995),
        ("Fréchet distance", frechet, 5.0, 2.5),
        ("Fréchet distance, to scale", frechet, 5 * SCALE, 2.5 * SCALE),
    )
    return [
        {
            "name": name,
            "value": value,
            "limit": limit,
            "goal": goal,
            "samples": count,
            "met": reaches(value, limit, goal > limit) if counts else None,
            "goal_reached": reaches(value, goal, goal > limit) if counts else None,
        }
        for name, value, limit, goal in rows
    ]


def reaches(value: float, bound: float, more_is_better: bool) -> bool:
    """Whether a value is on the right side of a bound."""
    return value >= bound if more_is_better else value <= bound


def json_text(scores: dict) -> str:
    """JSON with floats of five digits after the point; null for what is no finite number."""
    rounded = json.loads(
        json.dumps(scores, default=float),
        parse_float=lambda number: round(float(number), 5),
        parse_constant=lambda nan_or_infinity: None,
    )
    return json.dumps(rounded, indent=1, ensure_ascii=False) + "\n"


def samples_table(evaluation: Evaluation) -> Table:
    """A column for each guidance, and one for real digits."""
    samples, search, floor = evaluation.samples, evaluation.search, evaluation.floor
    count, test = len(samples[0].images), len(evaluation.digits.test.labels)
    table = Table(
        "",
        title=f"{count:,} samples, and as many training digits in their place",
        caption=f"Fréchet distance of {test:,} training to {test:,} test digits: {floor:.3f}",
    )
    for one in samples:
        best = ", best" if search and one.guidance == search.best else ""
        name = "samples" if one.guidance is None else f"guidance {one.guidance:g}{best}"
        table.add_column(name, justify="right")
    table.add_column("real digits", justify="right")
    sets = [*samples, evaluation.real]
    if evaluation.conditional:
        *shares, real = (one.accuracy.whole for one in sets if one.accuracy)
        intervals = ("{value:.2%} ({low:.2%} to {high:.2%})".format(**one) for one in shares)
        table.add_row("accuracy, 95 % interval", *intervals, f"{real['value']:.2%} (test)")
    for name, words in LIKENESS.items():
        table.add_row(words, *(f"{one.likeness[name]:.3f}" for one in sets))
    *medians, real = (f"{np.median(one.neighbours.distances):.3f}" for one in sets)
    compared = f"nearest training digit of {len(evaluation.real.images):,}: median distance"
    table.add_row(compared, *medians, f"{real} (test)")
    table.add_row("… nearer than .1", *(f"{one.neighbours.near:.1%}" for one in sets))
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


def _accuracy(of: Accuracy | None) -> dict | None:
    if of is None:
        return None
    per_class = [{"class": c, **one} for c, one in of.per_class.items()]
    return {**of.whole, "interval": "95 %, Clopper-Pearson", "per_class": per_class}


def _nearest(of: Neighbours) -> dict:
    least, hundredth, median = np.quantile(of.distances, [0, 0.01, 0.5])
    return {
        "images": len(of.distances),
        "least": least,
        "hundredth_part_below": hundredth,
        "median": median,
        "share_below_0.1": of.near,
    }
