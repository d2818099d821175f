"""Mistakes in a Gaussian blur, told from one impulse."""

import numpy as np

from ..runner import Mistake

SAME = 1e-3  # of the largest weight


def gaussian_weights(kernel_size: int, sigma: float) -> np.ndarray:
    """The (K, K) float64 weights of the blur (equation A2)."""
    offsets = np.arange(kernel_size) - (kernel_size - 1) / 2
    row = np.exp(-(offsets**2) / (2 * sigma**2))
    weights = np.outer(row, row)
    return weights / weights.sum()


def blur_mistake(have: np.ndarray, kernel_size: int, sigma: float) -> Mistake | None:
    """Why (M, M) are the weights of a blur, with a margin of zeros where the kernel is smaller.

    M is odd; (K, K) = `kernel_size` of them in the middle may differ from 0.
    """
    size = len(have)
    right = _padded(gaussian_weights(kernel_size, sigma), size)
    whole = gaussian_weights(kernel_size, sigma)
    box = np.full((kernel_size, kernel_size), kernel_size**-2.0)
    impulse = _padded(np.ones((1, 1)), size)
    offsets = np.arange(kernel_size) - (kernel_size - 1) / 2
    density = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * sigma**2))
    wrong = {
        "none": (impulse, "The images are returned as they are, without a blur."),
        "box": (_padded(box, size), "All weights are equal; those of a Gaussian fall with the "
                "distance."),
        "sigma squared": (_padded(gaussian_weights(kernel_size, sigma**2), size),
                          "The standard deviation is sigma squared; it is sigma."),
        "root of sigma": (_padded(gaussian_weights(kernel_size, sigma**0.5), size),
                          "sigma is used as the variance; it is the standard deviation."),
        "not normalised": (_padded(density, size), "The weights do not add up to 1."),
        "twice": (_twice(whole, size), "The images are blurred twice."),
        "along rows": (_padded(whole.sum(0)[None], size), "Only rows are blurred."),
        "along columns": (_padded(whole.sum(1)[:, None], size), "Only columns are blurred."),
        **{
            f"sigma {fixed:g}": (
                _padded(gaussian_weights(kernel_size, fixed), size),
                f"The standard deviation is {fixed:g} whatever sigma is.",
            )
            for fixed in (1.0, 2.0, 0.3 * ((kernel_size - 1) * 0.5 - 1) + 0.8)
        },
        **{
            f"kernel {fixed}": (
                _padded(gaussian_weights(fixed, sigma), size),
                f"The kernel has {fixed} x {fixed} pixels whatever kernel_size is.",
            )
            for fixed in (3, 5, 33)
            if fixed <= size
        },
    }  # fmt: skip
    near = {
        name
        for name, (weights, _) in {"": (right, ""), **wrong}.items()
        if np.abs(have - weights).max() <= SAME * weights.max()
    }
    if len(near) != 1 or "" in near:
        return None
    (name,) = near
    return Mistake(f"blur: {name}", wrong[name][1])


def _padded(weights: np.ndarray, size: int) -> np.ndarray:
    """The weights in the middle of (size, size) zeros."""
    height, width = weights.shape
    result = np.zeros((size, size))
    top, left = (size - height) // 2, (size - width) // 2
    result[top : top + height, left : left + width] = weights
    return result


def _twice(weights: np.ndarray, size: int) -> np.ndarray:
    """The weights of the blur after itself, cut to (size, size)."""
    spread = np.real(np.fft.ifft2(np.fft.fft2(_padded(weights, 2 * size + 1)) ** 2))
    middle = np.roll(spread, (1, 1), (0, 1))
    middle = np.fft.fftshift(np.fft.fftshift(middle, 0), 1)
    start = (2 * size + 1 - size) // 2
    return middle[start : start + size, start : start + size]
