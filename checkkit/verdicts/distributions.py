"""Verdicts on the random choices of a loss: the t of each image, and which classes it drops."""

from collections.abc import Sequence

import numpy as np

from ..mistakes.distributions import (
    dropping_mistake,
    fixed_number_mistake,
    null_class_mistake,
    time_mistake,
)
from ..mistakes.timesteps import WHOLE
from ..runner import CheckFailed, expect
from .settings import Setting
from .statistics import ALARM, binomial_p, even_counts_p, independence_p, neighbours_p


def whole_timesteps(setting: Setting, times: np.ndarray) -> np.ndarray | None:
    """times * T as whole numbers; None unless all of them are, in 0, ..., T."""
    steps = np.rint(times * setting.num_ts)
    near = np.abs(times * setting.num_ts - steps) <= 1e-3
    inside = (steps >= 0) & (steps <= setting.num_ts)
    return steps.astype(int) if np.all(near & inside) else None


def drawn_timesteps(setting: Setting, times: np.ndarray) -> np.ndarray:
    """The t of each image; the net may get t instead of t / T, which has a check of its own.

    Raises:
        CheckFailed: the net got neither.
    """
    steps = whole_timesteps(setting, times)
    if steps is None:
        steps = whole_timesteps(setting, times / setting.num_ts)
    if steps is None:
        odd = times[np.argmax(np.abs(times))]
        raise CheckFailed(
            f"the net received t={odd:.6g}, expected one of 1/T, 2/T, ..., 1 "
            f"with T={setting.num_ts}"
        )
    return steps


def assert_uniform_timesteps(setting: Setting, times: np.ndarray, exhibits) -> None:
    """The t / T of many images are uniform on 1..T.

    False-fail rate: 1e-7 for the counts, and 2 (1 - 1/T)^images for a missing first or last t.
    """
    last, images = setting.num_ts, len(times)
    steps = drawn_timesteps(setting, times)
    mistake = time_mistake(steps, last)
    both = np.isin(times, (0, 1)).all() and np.ptp(times) > 0
    expect(not both, "the net received t=0 and t=1 and no fraction between them", WHOLE)
    counts = np.bincount(steps, minlength=last + 1)
    fair = np.r_[0, np.full(last, images / last)]
    title = f"How often each t was drawn ({images} images)"
    exhibits.counts(title, counts, fair, np.sqrt(fair), "t", "images")
    odd = steps.min() if steps.min() < 1 else steps.max()
    expect(1 <= odd <= last, f"t={odd} was drawn, expected 1 to T={last}", mistake)
    counts = counts[1:]
    expect(
        counts.max() != images,
        f"all {images} images share t={steps[0]}, expected one t for each image",
        mistake,
    )
    for t in (1, last):
        expect(
            counts[t - 1] > 0,
            f"t={t} was never drawn for {images} images (T={last}), expected about "
            f"{images / last:.0f} times",
            mistake,
        )
    p = even_counts_p(counts)
    assert p >= ALARM, (
        f"t is not uniform on 1 to {last}: t={counts.argmax() + 1} was drawn {counts.max()} times, "
        f"t={counts.argmin() + 1} {counts.min()} times; expected about {images / last:.0f} "
        f"(p = {p:.1g})"
    )


def assert_dropping_rate(rows: np.ndarray, p_uncond: float) -> None:
    """The mask drops each image with probability p_uncond; false-fail rate 1e-7."""
    keep = rows[:, 2]
    if not np.isin(keep, (0, 1)).all():
        odd = keep[~np.isin(keep, (0, 1))][0]
        raise CheckFailed(f"the net received a mask of {odd:g}, expected 1 (keep) or 0 (drop)")
    dropped = int((keep == 0).sum())
    expect(
        binomial_p(dropped, len(keep), p_uncond) >= ALARM,
        f"with p_uncond={p_uncond:g} the mask dropped the class of {dropped} in {len(keep)} "
        f"images ({100 * dropped / len(keep):.1f} %), expected about {100 * p_uncond:.1f} %; "
        "1 keeps and 0 drops",
    )


def assert_dropping_rates(runs: Sequence[tuple[float, np.ndarray]], classes: np.ndarray) -> None:
    """`assert_dropping_rate` for several (p_uncond, rows), all of images of these classes."""
    for p_uncond, rows in runs:
        try:
            assert_dropping_rate(rows, p_uncond)
        except CheckFailed as error:
            dropped = np.array([(rows[:, 2] == 0).sum() for _, rows in runs])
            chances = np.array([p_uncond for p_uncond, _ in runs])
            mistake = null_class_mistake(rows[:, 1], classes) or dropping_mistake(
                dropped, len(classes), chances
            )
            raise CheckFailed(str(error), mistake) from None


def assert_dropping_in_small_batches(keep: np.ndarray, size: int, p_uncond: float) -> None:
    """In batches of a few images each class has its own chance, too; false-fail rate 2e-7.

    Args:
        keep: (N,) the masks of N / size batches.
    """
    dropped = keep.reshape(-1, size) == 0
    images, batches = f"images in batches of {size}", len(dropped)
    expect(
        binomial_p(int(dropped.sum()), dropped.size, p_uncond) >= ALARM,
        f"with p_uncond={p_uncond:g} the mask dropped the class of {dropped.sum()} in "
        f"{dropped.size} {images}, expected about {p_uncond * dropped.size:.0f}",
        fixed_number_mistake(dropped, p_uncond),
    )
    single = int((dropped.sum(axis=1) == 1).sum())
    chance = size * p_uncond * (1 - p_uncond) ** (size - 1)
    expect(
        size == 1 or binomial_p(single, batches, chance) >= ALARM,
        f"with p_uncond={p_uncond:g}, {single} of {batches} batches of {size} images lost exactly "
        f"one class, expected about {chance * batches:.0f}: each image has its own chance",
        fixed_number_mistake(dropped, p_uncond),
    )


def assert_independent_dropping(rows: np.ndarray, what: str, labels: np.ndarray) -> None:
    """Dropping a class depends neither on (N,) labels nor on the neighbour; false-fail rate 2e-7.

    Args:
        what: the name of the labels, whole numbers >= 0 such as t.
    """
    dropped = rows[:, 2] == 0
    expect(
        0 < dropped.sum() < len(dropped),
        f"of {len(dropped)} images, {dropped.sum()} lost their class, expected some but not all",
    )
    size = labels.max() + 1
    table = np.array([np.bincount(labels[which], minlength=size) for which in (dropped, ~dropped)])
    assert independence_p(table[:, table.sum(axis=0) > 0]) >= ALARM, (
        f"whether the class is dropped depends on {what}: the two have to be drawn independently"
    )
    assert neighbours_p(dropped) >= ALARM, (
        "neighbouring images are dropped together, or never together: decide for each image alone"
    )


def assert_classes_passed_on(rows: np.ndarray, classes: np.ndarray) -> None:
    """With mask 1 the net gets the image's own class."""
    kept = rows[:, 2] == 1
    wrong = kept & (rows[:, 1] != classes)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise CheckFailed(
            f"image {i} has class {classes[i]}, but the net received class "
            f"{rows[i, 1]:g} without mask 0 ({wrong.sum()} of {len(wrong)} images); to drop a "
            "class pass mask 0, no class number stands for 'none'",
            null_class_mistake(rows[kept, 1], classes[kept]),
        )
