"""Scores as JSON and as a table of the terminal."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from rich.table import Table
from rich.text import Text

from autograder.experiments.trained_runs.run import Run

from .digits import Digits
from .evaluation import Evaluation, Scored
from .measures import Accuracy, Likeness, Neighbours, Share
from .targets import SAMPLES, Target, targets

OF_THIS_MACHINE = {"runs", "data", "device", "tensorboard"}
LIKENESS = {
    "frechet": "Fréchet distance to the test digits",
    "density": "density",
    "coverage": "coverage",
    "spread": "spread of a class's features",
    "deviation": "deviation of a class's pixels",
}


def about(run: Run, epoch: int, digits: Digits, seed: int, computed: dict) -> dict:
    """What was evaluated and how: the first keys of every scores.json."""
    settings = {k: v for k, v in asdict(run.settings).items() if k not in OF_THIS_MACHINE}
    return {
        "run": {"preset": run.preset, "epoch": epoch, "settings": settings},
        "digits": {
            "source": digits.source,
            "training": len(digits.training.labels),
            "test": len(digits.test.labels),
        },
        "computed": {"seed": seed, **computed},
    }


def samples_json(found: Evaluation, digits: Digits, counted: Sequence[Target]) -> dict:
    """The scores of a run that draws digits."""
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
        "targets": [
            {
                "name": one.name,
                "value": one.value,
                "limit": one.limit,
                "goal": one.goal,
                "samples": count,
                "met": one.met if of_record(count, digits) else None,
                "goal_reached": one.reached if of_record(count, digits) else None,
            }
            for one in counted
        ],
    }


def counted_targets(run: Run, found: Evaluation) -> tuple[Target, ...]:
    """The targets, of the preset that they are for."""
    if run.preset != "class":
        return ()
    at_5, best = found.scored[0], found.scored[-1]
    assert at_5.accuracy is not None
    return targets(at_5.accuracy.whole.value, best.likeness.frechet)


def of_record(count: int, digits: Digits) -> bool:
    """Whether a target is met or not can be said of so many samples."""
    return count == SAMPLES and digits.whole


def text_of(scores: dict) -> str:
    """JSON with floats of five digits after the point; null for what is no finite number."""
    return json.dumps(_rounded(scores), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def samples_table(found: Evaluation, digits: Digits) -> Table:
    """A column for each guidance, and one for real digits."""
    count = len(found.scored[0].images)
    shown = Table(title=f"{count:,} samples, and as many training digits in their place")
    shown.add_column("")
    for one in found.scored:
        shown.add_column(_named(one, found), justify="right")
    shown.add_column("real digits", justify="right")
    if found.search:
        cells = [_interval(one.accuracy.whole) for one in found.scored if one.accuracy]
        real = f"{found.real_accuracy.whole.value:.2%} (test)"
        shown.add_row("accuracy, 95 % interval", *cells, real)
    for name, words in LIKENESS.items():
        held = [*(one.likeness for one in found.scored), found.real]
        shown.add_row(words, *(_figure(one, name) for one in held))
    near = [*(one.neighbours for one in found.scored), found.test_neighbours]
    compared = f"nearest training digit of {len(near[0].distances):,}: "
    shown.add_row(
        f"{compared}median distance",
        *(f"{np.median(one.distances):.3f}" for one in near[:-1]),
        f"{np.median(near[-1].distances):.3f} (test)",
    )
    shown.add_row("… nearer than .1", *(f"{one.near:.1%}" for one in near))
    test = len(digits.test.labels)
    shown.caption = (
        f"Fréchet distance of {test:,} training to {test:,} test digits: {found.floor:.3f}"
    )
    return shown


def target_lines(counted: Sequence[Target], count: int, digits: Digits) -> list[Text]:
    """A line for each target: met or not, or on how many samples it was looked at."""
    lines = []
    for one in counted:
        sign, style = ("✓ met", "green") if one.met else ("✗ not met", "bold red")
        if not of_record(count, digits):
            whole = "" if digits.whole else " against the subset"
            sign, style = f"on {count:,} samples{whole}, not on {SAMPLES:,}", "yellow"
        more = ", goal reached" if one.reached and of_record(count, digits) else ""
        bound = "at least" if one.least else "at most"
        figures = f"{one.value:.4g}, {bound} {one.limit:.3g}, goal {one.goal:.3g}"
        lines.append(Text(f"{one.name}: {figures}: {sign}{more}", style=style))
    return lines


def psnr_table(rows: Sequence[dict[str, float]], count: int) -> Table:
    """PSNR over sigma."""
    shown = Table(title=f"PSNR of {count:,} test digits, dB")
    for name in ("sigma", "noisy", "denoised", "gain"):
        shown.add_column(name, justify="right")
    for row in rows:
        gain = row["denoised"] - row["noisy"]
        cells = (row["noisy"], row["denoised"], gain)
        shown.add_row(
            f"{row['sigma']:.1f}", *(f"{x:z.2f}" if math.isfinite(x) else "–" for x in cells)
        )
    return shown


def _named(one: Scored, found: Evaluation) -> str:
    if one.guidance is None:
        return "samples"
    best = ", best" if found.search and one.guidance == found.search.best else ""
    return f"guidance {one.guidance:g}{best}"


def _interval(of: Share) -> str:
    return f"{of.value:.2%} ({of.low:.2%} to {of.high:.2%})"


def _figure(of: Likeness, name: str) -> str:
    return f"{getattr(of, name):.3f}"


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


def _rounded(held: object) -> object:
    if isinstance(held, dict):
        return {name: _rounded(value) for name, value in held.items()}
    if isinstance(held, list | tuple):
        return [_rounded(value) for value in held]
    if isinstance(held, float | np.floating):
        return round(float(held), 5) if math.isfinite(held) else None
    return held
