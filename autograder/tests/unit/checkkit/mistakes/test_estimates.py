"""Mistakes in noisy images, in estimates of clean ones and in blurs are named, others are not."""

import numpy as np

from checkkit.mistakes.blurs import blur_mistake, gaussian_weights
from checkkit.mistakes.estimates import estimate_mistake, mixture_mistake

ALPHAS = np.linspace(0.99, 0.9, 9)
BARS = np.cumprod(ALPHAS)


def factors(p, q):
    """Of x and eps in (x - p eps) / q."""
    return np.stack([1 / q, -p / q], axis=1)


def test_a_wrong_estimate_is_named_and_the_right_one_is_not():
    root, noise, one = np.sqrt(BARS), np.sqrt(1 - BARS), np.ones(9)
    assert estimate_mistake(BARS, factors(noise, root)) is None
    for name, p, q in (
        ("x - eps", one, one),
        ("sqrt(alpha_bar) twice", root, root),
        ("no roots", 1 - BARS, BARS),
        ("+ eps", -noise, root),
    ):
        found = estimate_mistake(BARS, factors(p, q))
        assert found is not None and found.name == f"estimate: {name}"
    assert estimate_mistake(BARS, factors(0.7 * noise, root)) is None


def test_a_wrong_mixture_is_named_whatever_the_common_factor_of_its_noise_is():
    root, noise = np.sqrt(BARS), np.sqrt(1 - BARS)
    for size in (1.0, 1.03):
        assert mixture_mistake(BARS, ALPHAS, root, size * noise) is None
        for name, image, eps in (
            ("not scaled", np.ones(9), noise),
            ("alpha", np.sqrt(ALPHAS), np.sqrt(1 - ALPHAS)),
            ("no roots", BARS, 1 - BARS),
        ):
            found = mixture_mistake(BARS, ALPHAS, image, size * eps)
            assert found is not None and found.name == f"noisy: {name}"
    assert mixture_mistake(BARS, ALPHAS, root, 0 * noise) is None


def test_a_wrong_blur_is_named_and_the_right_one_is_not():
    def inside(weights):
        return np.pad(weights, (11 - len(weights)) // 2)

    assert blur_mistake(inside(gaussian_weights(7, 1.3)), 7, 1.3) is None
    for name, weights in (
        ("box", np.full((7, 7), 1 / 49)),
        ("root of sigma", gaussian_weights(7, 1.3**0.5)),
        ("sigma squared", gaussian_weights(7, 1.3**2)),
        ("sigma 1", gaussian_weights(7, 1.0)),
        ("none", np.ones((1, 1))),
        ("kernel 5", gaussian_weights(5, 1.3)),
    ):
        found = blur_mistake(inside(weights), 7, 1.3)
        assert found is not None and found.name == f"blur: {name}"
