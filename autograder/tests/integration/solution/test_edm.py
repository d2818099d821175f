"""EDM of the solution, beside closed forms: N(m, s^2) has an exact denoiser and an exact flow."""

import importlib

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.usefixtures("one_thread", "diffusion")
SIGMA_DATA = 0.34
MEAN, STD = 0.13, 0.31


def edm():
    return importlib.import_module("diffusion.edm")


class Knows(nn.Module):
    """The net with which D(x; sigma) is the mean of x_0 ~ N(MEAN, STD^2) given x."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.told = []

    def forward(self, x, t):
        self.told.append(float(t[0]))
        sigma = (4 * t).exp().view(-1, 1, 1, 1)
        total = (sigma**2 + SIGMA_DATA**2).sqrt()
        x = x * total
        d = (STD**2 * x + sigma**2 * MEAN) / (STD**2 + sigma**2)
        return (d - SIGMA_DATA**2 / total**2 * x) / (sigma * SIGMA_DATA / total) * self.weight


def flowed(x, sigma):
    """Where the exact flow takes x at sigma."""
    return MEAN + STD * (x - MEAN) / (STD**2 + sigma**2) ** 0.5


def drawn(n):
    net, sigmas = Knows(), edm().edm_sigmas(n)
    x_0, caches = edm().edm_sample(net, sigmas, 2, (16, 16), seed=3)
    start = torch.randn(2, 1, 16, 16, generator=torch.Generator().manual_seed(3))
    error = (x_0 - flowed(sigmas[0] * start, sigmas[0])).square().mean().sqrt()
    return net, x_0, caches, float(error)


def test_samples_follow_the_exact_flow_with_an_error_of_second_order():
    _, x_0, caches, error = drawn(18)
    assert error < 0.03 and caches.shape == (2, 18, 1, 16, 16)
    assert torch.equal(caches[:, -1], x_0) and x_0.dtype == torch.float32
    finer = drawn(72)[-1]
    assert finer < error / 10, "Euler's method would gain a factor of 4"


def test_n_steps_call_the_net_2n_minus_1_times():
    net, *_ = drawn(18)
    sigmas = edm().edm_sigmas(18)
    told = [sigmas[0], *(sigma for sigma in sigmas[1:-1] for _ in range(2))]
    assert len(net.told) == 35
    assert torch.allclose(torch.tensor(net.told), torch.stack(told).log() / 4, atol=1e-6)


def test_sigmas_have_the_ends_that_are_asked_for():
    sigmas = edm().edm_sigmas(18)
    assert sigmas.shape == (19,) and sigmas.dtype == torch.float32
    assert sigmas[0] == 80 and abs(sigmas[-2] - 0.002) < 1e-8 and sigmas[-1] == 0
    assert torch.allclose(edm().edm_sigmas(5, 1, 9, 1), torch.tensor([9.0, 7, 5, 3, 1, 0]))


def test_input_and_target_of_the_net_have_unit_variance():
    sigma, generator = torch.tensor([0.01, 0.3, 4.0]), torch.Generator().manual_seed(0)
    x_0, eps = (torch.randn(3, 100_000, generator=generator) for _ in range(2))
    x_0 = SIGMA_DATA * x_0
    c_skip, c_out, c_in, c_noise = edm().edm_precondition(sigma)
    x = x_0 + sigma[:, None] * eps
    inputs = c_in[:, None] * x
    targets = (x_0 - c_skip[:, None] * x) / c_out[:, None]
    for numbers in (inputs, targets):
        assert (numbers.std(dim=1) - 1).abs().max() < 0.01
    assert torch.allclose((4 * c_noise).exp(), sigma)


def test_the_loss_of_a_net_that_answers_0_is_1_for_data_of_that_scale():
    torch.manual_seed(0)
    x_0 = SIGMA_DATA * torch.randn(400, 1, 28, 28)
    loss = edm().edm_loss(lambda x, t: 0 * x, x_0)
    assert abs(loss - 1) < 0.02
    assert edm().edm_loss(Knows(), MEAN + STD * torch.randn(400, 1, 28, 28)) < loss
