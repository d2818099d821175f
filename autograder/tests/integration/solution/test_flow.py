"""`diffusion.flow` of the solution, beside closed forms."""

import importlib
import math

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.usefixtures("one_thread", "diffusion")


class Velocity(nn.Module):
    """The exact velocity if the data is N(mean, spread^2) in each pixel; the class adds to mean.

    v = E[x_1 - x_0 | x_t], and its flow maps x_0 to mean + spread x_0.
    """

    def __init__(self, mean: float, spread: float):
        super().__init__()
        self.mean, self.spread = mean, spread
        self.weight = nn.Parameter(torch.tensor(1.0))

    def forward(self, x, *told):
        t, shift = told[0], 0
        if len(told) == 3:
            c, t, mask = told
            shift = (c * mask)[:, None, None, None]
        t = t[:, None, None, None]
        mean, variance = self.mean + shift, (1 - t) ** 2 + (t * self.spread) ** 2
        slope = (t * self.spread**2 - (1 - t)) / variance
        return self.weight * (mean + slope * (x - t * mean))


def flow():
    return importlib.import_module("diffusion.flow")


def start(count: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 1, 6, 7, generator=generator)


@pytest.mark.parametrize(("steps", "error"), [(10, 0.3), (100, 0.03), (1000, 0.003)])
def test_the_exact_velocity_leads_to_the_data_with_an_error_of_the_order_of_a_step(steps, error):
    x_1, caches = flow().flow_sample(Velocity(0.4, 0.5), 3, (6, 7), steps, seed=5)
    wanted = 0.4 + 0.5 * start(3, 5)
    assert (x_1 - wanted).abs().max() < error
    assert caches.shape == (3, steps, 1, 6, 7)
    assert torch.equal(caches[:, -1], x_1)


def test_one_step_of_the_exact_velocity_gives_the_mean_of_the_data():
    x_1, _ = flow().flow_sample(Velocity(0.4, 0.5), 2, (6, 7), 1)
    assert (x_1 - 0.4).abs().max() < 1e-6


def test_a_straight_line_is_followed_exactly_in_any_number_of_steps():
    class Straight(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))
            self.image = torch.rand(2, 1, 6, 7)

        def forward(self, x, t):
            return (self.image - x) / (1 - t)[:, None, None, None]

    net = Straight()
    for steps in (1, 2, 7, 50):
        x_1, _ = flow().flow_sample(net, 2, (6, 7), steps)
        assert (x_1 - net.image).abs().max() < 1e-5


def test_guidance_shifts_the_data_by_its_strength():
    """Here v_cond - v_uncond is c times a function of t, so that w and w c are the same."""
    guided, c, net = flow().flow_cfg_sample, torch.tensor([1, 2]), Velocity(0.4, 0.5)

    def drawn(scale, classes):
        return guided(net, classes, (6, 7), 20, scale)[0]

    assert torch.allclose(drawn(2.0, c), drawn(1.0, 2 * c), atol=1e-5)
    assert torch.equal(drawn(0.0, c), drawn(0.0, c + 4))
    plain = flow().flow_sample(net, 2, (6, 7), 20)[0]
    assert torch.allclose(drawn(0.0, c), plain, atol=1e-5)


def test_the_exact_velocity_has_the_smallest_loss():
    """The variance of x_1 - x_0 given x_t, over all t: the integral of s^2 / ((1 - t)^2 + t^2 s^2).

    With s = 0.5 that is s pi / 2, and another net has a larger loss.
    """
    torch.manual_seed(0)
    x_1 = 0.4 + 0.5 * torch.randn(4000, 1, 6, 7)
    best = 0.5 * math.pi / 2
    assert abs(flow().flow_forward(Velocity(0.4, 0.5), x_1, 50).item() / best - 1) < 0.02
    assert flow().flow_forward(Velocity(0.4, 1.0), x_1, 50).item() > 1.05 * best


def test_a_loss_of_classes_drops_as_many_as_asked():
    torch.manual_seed(0)
    c, x_1 = torch.ones(4000, dtype=torch.long), 1.4 + 0.5 * torch.randn(4000, 1, 6, 7)
    net, best = Velocity(0.4, 0.5), 0.5 * math.pi / 2
    kept, dropped = (flow().flow_cfg_forward(net, x_1, c, p, 50).item() for p in (0.0, 1.0))
    assert abs(kept / best - 1) < 0.02
    assert dropped > 1.1 * best
