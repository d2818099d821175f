"""Verdicts on distances to the nearest training image, and on the share of copies."""

from collections.abc import Sequence

import numpy as np

from ..mistakes.nearest import distance_mistake, share_mistake, squares
from ..runner import CheckFailed
from ..runner.outcomes import Blocked

Array = np.ndarray
NEAR = 1e-3  # float32, and the root of a difference of large squares
CLEAR = 0.02  # a nearest image is only asked for where no other is as near
DISTANCES = "The distance of each sample to its nearest training image is right."


def right_distances(images: Array, training: Array) -> Array:
    """Distances (N, M) of images (N, 1, H, W) and training images, the smallest of nine shifts."""
    return np.sqrt(squares(images[:, 0], training[:, 0]).min(0))


def assert_nearest_distances(evidence: dict, images) -> None:
    """The distance of each sample to its nearest training image is right."""
    have = evidence["distances"].astype(np.float64)
    want = right_distances(images.samples, images.training).min(1)
    if not np.all(np.abs(have - want) <= NEAR):
        n = int(np.argmax(~(np.abs(have - want) <= NEAR)))
        mistake = distance_mistake(
            have, images.samples[:, 0], images.training[:, 0], images.test[:, 0]
        )
        raise CheckFailed(
            f"distances[{n}] is {have[n]:.4f}, expected {want[n]:.4f}; "
            f"{np.sum(~(np.abs(have - want) <= NEAR))} of {len(want)} differ",
            mistake,
        )


def assert_nearest(evidence: dict, images) -> None:
    """`nearest` names the nearest training image, where one is clearly nearer than all others."""
    distances = right_distances(images.samples, images.training)
    two = np.sort(distances, 1)[:, :2]
    clear = two[:, 1] - two[:, 0] > CLEAR if distances.shape[1] > 1 else np.ones(len(two), bool)
    wrong = clear & (evidence["nearest"] != distances.argmin(1))
    if wrong.any():
        n = int(np.argmax(wrong))
        raise CheckFailed(
            f"nearest[{n}] is {evidence['nearest'][n]}, expected {distances[n].argmin()}: an index "
            f"of `training`; {wrong.sum()} of {clear.sum()} differ"
        )


def assert_shares(evidences: Sequence[dict], cases: Sequence) -> None:
    """The share of copies is right in each case.

    Raises:
        Blocked: it cannot be, because distances are wrong.
    """
    measured, distances = np.array([e["share"] for e in evidences]), []
    for images in cases:
        both = (right_distances(x, images.training).min(1) for x in (images.samples, images.test))
        distances.append(tuple(both))
    want = np.array([np.mean(d < np.quantile(real, 0.1)) for d, real in distances])
    wrong = ~(np.abs(measured - want) <= 1e-6)
    if wrong.any():
        for evidence, (right, _) in zip(evidences, distances, strict=True):
            if not np.all(np.abs(evidence["distances"] - right) <= NEAR):
                raise Blocked(DISTANCES, "The distances of the samples are wrong")
        n = int(np.argmax(wrong))
        raise CheckFailed(
            f"share is {measured[n]:.4g}, expected {want[n]:.4g} ({len(cases[n].samples)} samples)",
            share_mistake(measured, distances),
        )
