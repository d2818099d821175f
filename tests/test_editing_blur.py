"""Task editing_blur: `blur_denoise` of diffusion/single_step.py."""

import numpy as np
import pytest

from checkkit.mistakes.blurs import blur_mistake, gaussian_weights
from checkkit.runner import Array, CheckFailed, expect
from checkkit.verdicts.pictures import a_digit

pytestmark = pytest.mark.task("editing_blur")

LARGEST = 11  # width of the weights that the default and all drawn kernels fit into


def probe_blur(diffusion, *, x, options):
    return {"blurred": diffusion.single_step.blur_denoise(x, *options), "x_after": x}


def run_blur(submission, x, *options):
    """The images after the submission's blur."""
    returns = {name: Array(x.shape) for name in ("blurred", "x_after")}
    return submission.run(probe_blur, returns=returns, x=x, options=options)


def weights_of(submission, *options) -> np.ndarray:
    """The (LARGEST, LARGEST) weights of the blur, told from an image with one bright pixel."""
    side = 3 * LARGEST
    x = np.zeros((1, 1, side, side), np.float32)
    x[0, 0, side // 2, side // 2] = 1
    inside = slice(LARGEST, 2 * LARGEST)
    return run_blur(submission, x, *options)["blurred"][0, 0, inside, inside].astype(np.float64)


def assert_weights(have: np.ndarray, kernel_size: int, sigma: float, asked: str) -> None:
    """The weights are those of equation A2."""
    wanted, margin = gaussian_weights(kernel_size, sigma), (LARGEST - kernel_size) // 2
    right = np.pad(wanted, margin)
    off = np.abs(have - right)
    if not off.max() <= 1e-3 * wanted.max():
        i, j = np.unravel_index(np.argmax(off), off.shape)
        far = f"{abs(i - LARGEST // 2)} rows and {abs(j - LARGEST // 2)} columns away"
        raise CheckFailed(
            f"{asked} a pixel {far} has the weight {have[i, j]:.4f}, equation A2 gives "
            f"{right[i, j]:.4f}",
            blur_mistake(have, kernel_size, sigma),
        )


def test_the_weights_are_those_of_a_gaussian(submission, rng, exhibits):
    """Each pixel becomes a mean of its neighbours with the weights of equation A2.

    Any odd kernel_size and any sigma; by default 5 pixels and 1.0.
    """
    digit = a_digit()[None, None]
    noisy = (digit + 0.4 * rng.normal(size=digit.shape)).astype(np.float32)
    strip = np.concatenate([noisy[0], run_blur(submission, noisy, 5, 1.0)["blurred"][0]])
    exhibits.images("A noisy digit, and after your blur", strip, ["noisy", "blurred"])
    for kernel_size in (3, 7, 11):
        sigma = float(rng.uniform(0.6, 1.8))
        have = weights_of(submission, kernel_size, sigma)
        assert_weights(
            have, kernel_size, sigma, f"with blur_denoise(x, {kernel_size}, {sigma:.3f})"
        )
    assert_weights(weights_of(submission), 5, 1.0, "with blur_denoise(x)")


def test_images_are_blurred_one_by_one(submission, rng):
    """Every image and channel is blurred by itself, and a blur of a sum is the sum of blurs."""
    x = rng.uniform(-1, 1, size=(3, 2, 16, 18)).astype(np.float32)
    evidence = run_blur(submission, x, 5, 1.2)
    weights = gaussian_weights(5, 1.2)
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), (5, 5), (2, 3))
    wanted = np.einsum("nchwij,ij->nchw", windows, weights)
    off = float(np.abs(evidence["blurred"][:, :, 2:-2, 2:-2] - wanted).max())
    expect(
        off <= 1e-3,
        f"inside the border your blurred images differ from equation A2 by up to {off:.3g}",
    )
    expect(np.array_equal(evidence["x_after"], x), "x was changed in place")
