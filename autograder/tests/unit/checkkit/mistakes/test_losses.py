"""A loss of another shape is told from a loss of other things."""

import numpy as np
import pytest

from checkkit.mistakes.losses import shape_mistake


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A difference, and weights of images."""
    rng = np.random.default_rng(seed)
    return 1.4 * rng.standard_normal((16, 12, 12)), rng.uniform(0.2, 1, size=(16, 1, 1))


@pytest.mark.parametrize("seed", range(5))
def test_shapes_are_named(seed):
    d, w = drawn(seed)
    root = np.sqrt(np.mean(d**2))
    for name, loss, grad in (
        ("absolute", np.mean(np.abs(d)), np.sign(d) / d.size),
        ("root", root, d / (d.size * root)),
        ("weighted", np.mean(w * d**2), 2 * w * d / d.size),
        ("other", np.mean(d**4), 4 * d**3 / d.size),
        ("other", np.mean(np.minimum(d**2, 2 * np.abs(d) - 1)), 2 * d.clip(-1, 1) / d.size),
    ):
        assert shape_mistake(loss, grad, d).name == f"loss: {name}"


@pytest.mark.parametrize("seed", range(5))
def test_mean_squares_of_anything_have_no_other_shape(seed):
    d, _ = drawn(seed)
    other, _ = drawn(seed + 100)
    for factor in (1, 0.5, d.size):
        for have in (d, d + 0.01 * other, d + 0.3 * other, 0.98 * d + 0.02, other, -d):
            loss, grad = factor * np.mean(have**2), 2 * factor * have / d.size
            assert shape_mistake(loss, grad, d) is None
    half = d / np.sqrt(2 * np.mean(d**2))  # here the mean square and its root have one gradient
    assert shape_mistake(0.5, 2 * half / d.size, half) is None
    assert shape_mistake(1.0, d[0, :4, :4], d[0, :4, :4]) is None
