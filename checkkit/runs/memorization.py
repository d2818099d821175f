"""Runs of `memorization` on images among which copies are planted."""

from dataclasses import dataclass

import numpy as np

from checkkit.runner import Array, Number
from checkkit.runner.evidence import FLOAT


def probe_memorization(diffusion, *, samples, training, test):
    share, distances, nearest = diffusion.metrics.memorization(samples, training, test)
    return {
        "share": share.item() if hasattr(share, "item") else share,
        "distances": distances,
        "nearest": nearest,
        "samples_after": samples,
        "training_after": training,
        "test_after": test,
    }


@dataclass(frozen=True)
class Planted:
    """Images (N, 1, H, W) float32 with a black border, and how the first samples were made."""

    samples: np.ndarray
    training: np.ndarray
    test: np.ndarray
    originals: np.ndarray  # of the first samples: indices of `training`


def planted(
    rng: np.random.Generator,
    count: int,
    copies: int,
    img_hw: tuple[int, int] = (14, 14),
    training: int = 40,
    noise: float = 0.03,
    test: int = 21,
    test_copies: int = 0,
    middle: float = 0.12,
    far: int = 0,
) -> Planted:
    """So many of `count` samples are copies, in turns exact and shifted by one pixel, all noised.

    Test images are training images with more noise, shifted in turns too. The samples after the
    copies are copies of test images, and then images that nothing relates.

    Args:
        noise: root mean square of the copies' noise, over all pixels.
        test_copies: how many samples are copies of those test images that are far from training
            images.
        far: how many other samples are copies moved by two pixels, which do not count.
        middle: about the mean distance of test images to training images; unrelated ones are
            about 0.4 away.
    """
    known = _images(rng, training, img_hw)
    of_test = rng.choice(training, test, replace=test > training)
    levels = middle * (0.7 + 0.8 * np.linspace(0, 1, test) ** 2)
    unseen = _moved(known[of_test] + levels[:, None, None] * _noise(rng, test, img_hw))
    originals = rng.choice(training, copies, replace=copies > training)
    made = _moved(known[originals] + noise * _noise(rng, copies, img_hw))
    again = unseen[test - 1 - np.arange(test_copies)]
    others = _images(rng, count - copies - test_copies, img_hw)
    others[:far] = np.roll(known[:far], 2, 2)
    samples = np.concatenate([made, again, others])
    order = rng.permutation(test)
    seen, training_images, test_images = (
        x[:, None].astype(np.float32) for x in (samples, known, unseen[order])
    )
    return Planted(seen, training_images, test_images, originals)


def _moved(images: np.ndarray) -> np.ndarray:
    """The first image as it is, the next eight moved by a pixel in each direction, and so on."""
    shifts = [(0, 0), *((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x)]
    moved = [np.roll(image, shifts[n % 9], (0, 1)) for n, image in enumerate(images)]
    return np.reshape(moved, images.shape)


def _images(rng: np.random.Generator, count: int, img_hw: tuple[int, int]) -> np.ndarray:
    images = np.zeros((count, *img_hw))
    images[:, 3:-3, 3:-3] = rng.integers(2, size=images[:, 3:-3, 3:-3].shape)
    return images


def _noise(rng: np.random.Generator, count: int, img_hw: tuple[int, int]) -> np.ndarray:
    """Of mean square 1, with the same border."""
    noise = np.zeros((count, *img_hw))
    noise[:, 3:-3, 3:-3] = rng.standard_normal(noise[:, 3:-3, 3:-3].shape)
    return noise / np.sqrt((noise**2).mean((1, 2), keepdims=True))


def run_memorization(submission, images: Planted) -> dict:
    """One call of the submission's `memorization`."""
    given = {"samples": images.samples, "training": images.training, "test": images.test}
    returns = {"share": Number(), "nearest": Array((len(images.samples),), "int64")}
    returns |= {"distances": Array((len(images.samples),), FLOAT)}
    returns |= {f"{name}_after": Array(x.shape) for name, x in given.items()}
    return submission.run(probe_memorization, returns=returns, **given)
