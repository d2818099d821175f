"""Mistakes of add_noise and of the denoising loss."""

import numpy as np

from ..runner import Mistake
from .matching import MATCH, only_one


def strength_mistake(z: np.ndarray, x: np.ndarray, sigma: float) -> Mistake | None:
    """Why z - x, all (N, C, H, W), is not of standard deviation sigma.

    The factors of x and of the noise are measured to about one in the root of the pixels; another
    explanation has to be six such errors away.
    """
    if np.abs(z - x).max() <= 1e-6:
        return Mistake("z = x", "No noise is added to the image.")
    if z.min() >= 0 and z.max() <= 1:
        return Mistake("z clipped", "z is clipped to [0, 1]: do not clip it.")
    error = 6 / np.sqrt(2 * x.size)
    centred = x - x.mean()
    on_x = float(np.vdot(centred, z) / np.vdot(centred, centred))
    deviation = float(np.std(z - on_x * x))
    stories = {
        "x + sigma eps": (1, sigma, ""),
        "x + sigma^2 eps": (1, sigma**2, "sigma is the standard deviation, and not its root: "
                            "multiply the noise with sigma"),
        "x + sqrt(sigma) eps": (1, sigma**0.5, "sigma is the standard deviation, not the variance: "
                                "multiply the noise with sigma itself"),
        "x + eps": (1, 1, "sigma is missing"),
        "(1 - sigma) x + sigma eps": (1 - sigma, sigma, "x must not be scaled"),
        "sqrt(1 - sigma^2) x + sigma eps": ((1 - sigma**2) ** 0.5, sigma, "x must not be "
                                            "scaled"),
        "x + 0.5 eps": (1, 0.5, "0.5 is used in place of sigma"),
        "x + 2 noises": (1, 2**0.5 * sigma, "noise is added twice"),
    }  # fmt: skip
    found = set()
    for name, (on_image, scale, story) in stories.items():
        # Images have a spread of 0.29 and less: their factor is known less well than the noise's.
        near = abs(on_x - on_image) <= 6 * error * scale and abs(deviation - scale) <= error * scale
        if near:
            words = f"What you compute is z = {name}: {story} (equation 2)."
            found.add(Mistake(f"z = {name}", words) if story else None)
    return only_one(found)


def denoising_target_mistake(
    target: np.ndarray, x: np.ndarray, z: np.ndarray, sigma: float
) -> Mistake | None:
    """Why a denoising loss compares the answer with this target (N, C, H, W)."""
    stories = {
        "z": (z, "the noisy image z"),
        "z - x": (z - x, "the noise sigma eps"),
        "eps": ((z - x) / sigma, "the noise eps"),
        "x - z": (x - z, "the noise, with its sign turned"),
    }
    found = [
        Mistake(f"target = {name}", f"The loss compares the answer with {story}; it has to be the "
                "clean image x (equation 1).")
        for name, (series, story) in stories.items()
        if np.abs(target - series).max() <= MATCH
    ]  # fmt: skip
    return None if np.abs(target - x).max() <= 4 * MATCH else only_one(found)
