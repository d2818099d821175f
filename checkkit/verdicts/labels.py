"""Verdicts on the classes that a training loop passes to its loss."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..runner import CheckFailed, expect
from ..runner.outcomes import Blocked
from ..text import brief
from .dependence import correlations
from .training import TrainingPlan, assert_one_pass_per_epoch

# A noisy image with at least this correlation with a clean one is that image: any other image of
# 28 x 28 random pixels reaches it once in 1e25.
CLEAR = 0.4
TOLD = 'The net gets c unchanged; no class number stands for "no class".'


def assert_labels(
    log: Mapping[str, Any], plan: TrainingPlan, images: np.ndarray, labels: np.ndarray
) -> None:
    """In every batch the net gets the labels of that batch, each with its own image."""
    assert_one_pass_per_epoch(log, plan)
    classes = log["conditions"][:, 1].reshape(plan.num_epochs, plan.num_images)
    if (classes != classes.round()).any():
        raise Blocked(TOLD, f"The net receives {brief(classes[0])} where it takes classes")
    for start in range(0, plan.num_images, plan.batch_size):
        own = slice(start, start + plan.batch_size)
        for epoch, c in enumerate(classes[:, own], 1):
            if not np.array_equal(np.sort(c), np.sort(labels[own])):
                raise CheckFailed(
                    f"in epoch {epoch} the net receives the classes {brief(c)} for a batch, "
                    f"expected its labels {brief(labels[own])}"
                )
    _assert_pairs(log, images, labels)


def _assert_pairs(log: Mapping[str, Any], images: np.ndarray, labels: np.ndarray) -> None:
    """Where it is clear which image the net received, it received that image's label."""
    alike = correlations(log["images"], images)
    clear, image = alike.max(axis=1) >= CLEAR, alike.argmax(axis=1)
    classes = log["conditions"][:, 1]
    wrong = np.flatnonzero(clear & (classes != labels[image]))
    if len(wrong):
        row = wrong[0]
        raise CheckFailed(
            f"the net receives class {classes[row]:g} for an image with the label "
            f"{labels[image[row]]}: images and labels of a batch are in different orders"
        )


def assert_p_uncond_passed_on(
    log: Mapping[str, Any], alone: Mapping[str, Any], p_uncond: float
) -> None:
    """Where the loss alone drops all or no classes for this p_uncond, the loop does the same."""
    share, share_alone = (1 - float(np.mean(one["conditions"][:, 2])) for one in (log, alone))
    expect(
        share_alone not in (0, 1) or share == share_alone,
        f"with p_uncond = {p_uncond} the loop drops {share:.0%} of the classes, expected "
        f"{share_alone:.0%} as your ddpm_cfg_forward does by itself",
    )
