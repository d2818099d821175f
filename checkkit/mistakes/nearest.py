"""Wrong distances to the nearest training image, and wrong shares of copies."""

from collections.abc import Iterator

import numpy as np

from ..runner import Mistake
from .matching import Formula, recognise

Array = np.ndarray
SMALL = 0.3  # distances are compared with this at least: those of copies are near 0
NINE = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]


def squares(images: Array, training: Array, shifts: list[tuple[int, int]] = NINE) -> Array:
    """Mean squared differences (shifts, N, M) of shifted images (N, H, W) and others (M, H, W)."""
    y = training.reshape(len(training), -1).astype(np.float64)
    found = []
    for shift in shifts:
        x = np.roll(images, shift, (1, 2)).reshape(len(images), -1).astype(np.float64)
        found.append((x**2).sum(1)[:, None] + (y**2).sum(1) - 2 * x @ y.T)
    return np.stack(found).clip(0) / y.shape[1]


def distance_mistake(
    measured: Array, samples: Array, training: Array, test: Array
) -> Mistake | None:
    """Why the distances (N,) of samples to their nearest training images are these."""
    formulas = [Formula(np.sqrt(squares(samples, training).min((0, 2))))]
    for name, story, series in _distances(samples, training, test):
        formulas.append(Formula(series, Mistake(f"nearest: {name}", story)))
    return recognise(measured, formulas, SMALL)


def _distances(x: Array, training: Array, test: Array) -> Iterator[tuple[str, str, Array]]:
    nine = squares(x, training)
    right = nine.min((0, 2))

    def of(shifts: list[tuple[int, int]]) -> Array:
        return np.sqrt(squares(x, training, shifts).min((0, 2)))

    pixels = x[0].size
    yield "no shift", "The images are not shifted.", of([(0, 0)])
    for name, story, kept in (
        ("one side", "The images are shifted to one side only.", lambda y, x: y >= 0 and x >= 0),
        ("one side", "The images are shifted to one side only.", lambda y, x: y <= 0 and x <= 0),
        ("no diagonal", "The images are shifted in one direction each.", lambda y, x: not y * x),
        ("rows", "The images are shifted up and down only.", lambda y, x: x == 0),
        ("columns", "The images are shifted to the left and right only.", lambda y, x: y == 0),
        ("only moved", "Shift 0 is left out.", lambda y, x: y or x),
    ):  # fmt: skip
        yield name, story, of([shift for shift in NINE if kept(*shift)])
    far = [(y, x) for y in range(-2, 3) for x in range(-2, 3)]
    yield "two pixels", "The images are shifted by more than one pixel.", of(far)
    yield "square", "This is the mean square; the distance is its root.", right
    yield "sum", "The squares are added up; take their mean.", np.sqrt(right * pixels)
    yield "sum of squares", "This is the sum of the squares.", right * pixels
    roots = np.sqrt(nine)
    yield (
        "mean",
        "This is the mean over the training images, not the smallest.",
        roots.min(0).mean(1),
    )
    yield "mean of shifts", "The shifts are averaged; take the smallest.", roots.mean(0).min(1)
    yield (
        "largest shift",
        "This is the largest over the shifts, not the smallest.",
        roots.max(0).min(1),
    )
    yield "test", "These are the distances to test images.", np.sqrt(squares(x, test).min((0, 2)))


def share_mistake(measured: Array, cases: list[tuple[Array, Array]]) -> Mistake | None:
    """Why the shares (K,) of copies are these, from the distances of samples and of test images."""
    found = [Formula(np.array([(d < np.quantile(real, 0.1)).mean() for d, real in cases]))]
    for name, story, share in (
        ("quantile .9", "The limit is the 90 % quantile.", lambda d, r: d < np.quantile(r, 0.9)),
        ("median", "The limit is the median.", lambda d, r: d < np.median(r)),
        ("mean", "The limit is the mean.", lambda d, r: d < r.mean()),
        ("smallest", "The limit is the smallest distance of test images.",
         lambda d, r: d < r.min()),
        ("largest", "The limit is the largest distance of test images.", lambda d, r: d < r.max()),
        ("0.1", "The limit is the number 0.1, whatever the test images.", lambda d, r: d < 0.1),
        ("own quantile", "The limit is the quantile of the samples' own distances.",
         lambda d, r: d < np.quantile(d, 0.1)),
        ("others", "This is the share of samples that are no copies.",
         lambda d, r: d >= np.quantile(r, 0.1)),
    ):  # fmt: skip
        series = np.array([np.mean(share(d, real)) for d, real in cases])
        found.append(Formula(series, Mistake(f"share: {name}", story)))
    for name, story, factor in (
        ("count", "This is the number of copies; divide it by that of samples.", lambda d: len(d)),
        ("percent", "This is a share in percent, expected one from 0 to 1.", lambda d: 100),
    ):
        factors = np.array([factor(d) for d, _ in cases])
        found.append(Formula(found[0].series * factors, Mistake(f"share: {name}", story)))
    return recognise(measured, found)
