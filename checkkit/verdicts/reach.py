"""What every net that denoises has, whatever its shape inside: by its answers alone.

It sees more of the image than the next pixels, it is more than an affine function, and what it is
told beside the image, a time or a class, changes what it does with the image. A convolution with a
time that is added has none of these.
"""

import numpy as np

from ..runner import expect

PATCH = 6  # pixels: a square of this size changes in one corner
FAR = 5  # pixels from the square on; one level of 14 x 14 below 28 x 28 reaches 8
# Of the largest change of an answer. Each is required of one net of three. A net of small reach
# changes nothing at all far away. Over 20 seeds the smallest shares of right nets were 4e-3, 0.2
# and 2e-4, those of an affine net 1e-7, by rounding.
SEEN, CURVED, ACTS = 1e-6, 1e-3, 1e-5
ROUNDED = 1e-6  # of the largest answer: what four roundings leave of a sum that should be 0


def with_a_changed_corner(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """Images x (N, C, H, W) as they are, with a square added in one corner, and subtracted:
    (3, N, C, H, W) float32.
    """
    square = np.zeros_like(x)
    rows, columns = (slice(0, PATCH), slice(-PATCH, None))[:: rng.choice((-1, 1))]
    square[:, :, rows, columns] = 2 * rng.standard_normal((*x.shape[:2], PATCH, PATCH))
    return np.stack([x, x + square, x - square]).astype(np.float32)


def assert_sees_far(answers: np.ndarray, images: np.ndarray) -> None:
    """A square of the image changes the answer more than FAR pixels away.

    Args:
        answers: (nets, conditions, 3, N, C, H, W) to `images`, those of `with_a_changed_corner`.
    """
    rows, columns = np.nonzero(np.abs(images[1] - images[0]).max(axis=(0, 1)))
    far = np.ones(images.shape[-2:], bool)
    top, left = max(0, rows.min() - FAR), max(0, columns.min() - FAR)
    far[top : rows.max() + FAR + 1, left : columns.max() + FAR + 1] = False
    change = _changes(answers)
    expect(
        _in_one_net(change[..., far], SEEN * _largest(change)),
        f"a part of the image that changes leaves the answer as it was from {FAR + 1} pixels away",
    )


def assert_not_affine(answers: np.ndarray) -> None:
    """The mean of the answers to two images is not the answer to their mean; `answers` as above."""
    same, added, subtracted = np.moveaxis(answers.astype(np.float64), 2, 0)
    expect(
        _in_one_net(added + subtracted - 2 * same, _least(answers, CURVED)),
        "the answer to the mean of two images is the mean of their answers: the net is an affine "
        "function of the image",
    )


def assert_acts_on_image(answers: np.ndarray, a: int, b: int, what: str) -> None:
    """Under conditions a and b the same change of the image makes different changes of the answer.

    Args:
        answers: as above.
        what: in which a and b differ, in words.
    """
    change = _changes(answers)
    expect(
        _in_one_net(change[:, a] - change[:, b], _least(answers, ACTS)),
        f"{what} adds the same to the answer, whatever the image is",
    )


def _changes(answers: np.ndarray) -> np.ndarray:
    """What the square changes: (nets, conditions, N, C, H, W) float64."""
    answers = answers.astype(np.float64)
    return answers[:, :, 1] - answers[:, :, 0]


def _least(answers: np.ndarray, share: float) -> np.ndarray:
    """What counts in each of the nets: a share of the largest change, and more than rounding."""
    return np.maximum(share * _largest(_changes(answers)), ROUNDED * _largest(answers))


def _in_one_net(part: np.ndarray, least: np.ndarray) -> bool:
    """Whether in one of the nets a part is larger than `least` (nets,)."""
    return bool((_largest(part) > least).any())


def _largest(numbers: np.ndarray) -> np.ndarray:
    """The largest absolute value of each of the nets."""
    return np.abs(numbers).reshape(len(numbers), -1).max(axis=1)
