"""What a training loop tells the net of classes: those of the batch, beside their own images."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..runner import CheckFailed
from .training import Plan, assert_one_pass_per_epoch, show

__tracebackhide__ = True  # pytest shows the check and your file, not what lies between

# Correlation of a noisy image with a clean one from which on it is that image: of 28 x 28 random
# pixels any other reaches it once in 1e25.
CLEAR = 0.4


def assert_labels(
    seen: Mapping[str, Any], plan: Plan, images: np.ndarray, labels: np.ndarray
) -> None:
    """In every batch the net is told the labels of that batch, each beside its own image.

    Raises:
        CheckFailed: it is told others.
    """
    assert_one_pass_per_epoch(seen, plan)
    told = seen["told"][:, 1].reshape(plan.num_epochs, plan.num_images)
    for start in range(0, plan.num_images, plan.batch_size):
        own = slice(start, start + plan.batch_size)
        for epoch, c in enumerate(told[:, own], 1):
            if not np.array_equal(np.sort(c), np.sort(labels[own])):
                raise CheckFailed(
                    f"in epoch {epoch} the net is told the classes {show(c)} for a batch, expected "
                    f"its labels {show(labels[own])}"
                )
    _explain_pairs(seen, images, labels)


def _explain_pairs(seen: Mapping[str, Any], images: np.ndarray, labels: np.ndarray) -> None:
    """Where it is clear which image the net was given, it was told that image's label."""
    if seen["given"].shape[1:] != images.shape[1:]:
        return  # what the loss makes of the images is its own business
    alike = _unit(seen["given"]) @ _unit(images).T
    with np.errstate(invalid="ignore"):
        clear = alike.max(axis=1) >= CLEAR
    image = alike.argmax(axis=1)
    wrong = np.flatnonzero(clear & (seen["told"][:, 1] != labels[image]))
    if len(wrong):
        row = wrong[0]
        raise CheckFailed(
            f"the net is told class {seen['told'][row, 1]:g} for an image with the label "
            f"{labels[image[row]]}: images and labels of a batch are no longer side by side"
        )


def _unit(pictures: np.ndarray) -> np.ndarray:
    """Each picture as a vector of mean 0 and length 1."""
    flat = pictures.reshape(len(pictures), -1).astype(np.float64)
    with np.errstate(all="ignore"):
        flat = flat - flat.mean(axis=1, keepdims=True)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True)


def assert_p_uncond_passed_on(
    seen: Mapping[str, Any], alone: Mapping[str, Any], p_uncond: float
) -> None:
    """The loop drops all or no classes where the loss does so by itself for the same p_uncond.

    Raises:
        CheckFailed: it does not.
    """
    share, share_alone = (1 - float(np.mean(told["told"][:, 2])) for told in (seen, alone))
    if share_alone in (0, 1) and share != share_alone:
        raise CheckFailed(
            f"with p_uncond = {p_uncond} the loop drops {share:.0%} of the classes, expected "
            f"{share_alone:.0%} as your ddpm_cfg_forward does by itself"
        )
