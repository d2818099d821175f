"""PSNR over sigma, against closed forms."""

import numpy as np
import pytest
import torch
from torch import nn

from autograder.experiments.metrics.denoising import SIGMAS, examples, psnr, psnr_over_sigma


class Black(nn.Module):
    """Sees no digit anywhere."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(z)


def test_psnr_of_an_error():
    assert psnr(1) == 0 and psnr(0.01) == pytest.approx(20) and psnr(0) == float("inf")


def test_the_identity_has_minus_20_log10_sigma(digits):
    rows = psnr_over_sigma(nn.Identity(), digits.test.images[:600], seed=0)
    assert [row["sigma"] for row in rows] == pytest.approx(list(SIGMAS))
    assert rows[0]["noisy"] == rows[0]["denoised"] == float("inf")
    for row in rows[1:]:
        expected = -20 * np.log10(row["sigma"])
        assert row["noisy"] == pytest.approx(expected, abs=0.05)
        assert row["denoised"] == row["noisy"]


def test_a_net_that_ignores_its_input_has_the_same_psnr_at_every_sigma(digits):
    images = digits.test.images[:100]
    rows = psnr_over_sigma(Black(), images, seed=0, sigmas=(0, 0.5, 1))
    expected = -10 * np.log10(np.mean(images.astype(np.float64) ** 2))
    assert [row["denoised"] for row in rows] == pytest.approx([expected] * 3)


def test_noise_follows_from_the_seed_and_draws_from_no_other_stream(digits):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one, other, third = (
        psnr_over_sigma(nn.Identity(), digits.test.images[:50], seed, (0.5,)) for seed in (1, 1, 2)
    )
    noisy, denoised = examples(nn.Identity(), digits.test.images[0], 1, (0.0, 0.5))
    assert torch.equal(torch.get_rng_state(), before)
    assert one == other != third
    assert np.array_equal(noisy, denoised) and np.array_equal(noisy[0], digits.test.images[0])
