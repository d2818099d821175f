"""`ddim_sample` of the solution, beside closed forms, DDPM and diffusers' DDIMScheduler."""

import importlib
import os
import warnings
from itertools import pairwise

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.usefixtures("one_thread", "diffusion")
T = 300


class Net(nn.Module):
    """Any smooth function of x and t, with a class or without."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(0.7))

    def forward(self, x, *told):
        t, mask = (told[0], None) if len(told) == 1 else told[1:]
        shift = 0 if mask is None else 0.3 * (mask * told[0])[:, None, None, None]
        return torch.tanh(self.weight * x + t[:, None, None, None] + shift)


def module(name):
    return importlib.import_module(f"diffusion.{name}")


@pytest.fixture
def schedule():
    return module("ddpm").ddpm_schedule(1e-4, 0.02, T)


@pytest.mark.filterwarnings("ignore")  # of a library that is not ours
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("steps", [5, 10, 300])
def test_its_steps_are_those_of_diffusers(schedule, eta, steps):
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    with warnings.catch_warnings(action="ignore"):
        import diffusers
    scheduler = diffusers.DDIMScheduler(
        num_train_timesteps=T,
        beta_start=1e-4,
        beta_end=0.02,
        clip_sample=False,
        set_alpha_to_one=True,
    )
    scheduler.set_timesteps(steps)
    net, timesteps = Net(), [*range(T, -1, -(T // steps))]
    x_0, caches = module("ddim").ddim_sample(net, schedule, 3, (8, 8), T, timesteps, eta, seed=4)
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(3, 1, 8, 8, generator=generator)
    for step, t in enumerate(timesteps[:-1]):
        with torch.no_grad():
            eps = net(x, torch.full((3,), t / T))
        z = torch.randn(x.shape, generator=generator)
        theirs = scheduler.step(eps, t - 1, x, eta=eta, variance_noise=z).prev_sample
        assert (theirs - caches[:, step]).abs().max() < 2e-5 * max(1, x.abs().max())
        x = caches[:, step]
    assert torch.equal(x, x_0)


def test_single_steps_with_eta_1_are_those_of_the_posterior(schedule):
    """With eta = 1, a step to t - 1 has the mean of equation 9 and the posterior variance."""
    net, bars = Net(), schedule["alpha_bars"]
    timesteps = [*range(T, -1, -1)]
    _, caches = module("ddim").ddim_sample(net, schedule, 2, (6, 6), T, timesteps, 1.0)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 1, 6, 6, generator=generator)
    for step, (t, after) in enumerate(pairwise(timesteps)):
        with torch.no_grad():
            eps = net(x, torch.full((2,), t / T))
        z = torch.randn(x.shape, generator=generator)
        mean = module("ddpm").one_step_back(schedule, x, eps, t, torch.zeros_like(x))
        posterior = schedule["betas"][t] * (1 - bars[after]) / (1 - bars[t])
        x = caches[:, step]
        assert (mean + posterior.sqrt() * z - x).abs().max() < 1e-4


def test_a_net_that_knows_the_image_is_followed_to_it(schedule):
    """If every estimate of x_0 is one image, any list of timesteps ends there."""
    image, bars = torch.rand(2, 1, 5, 5), schedule["alpha_bars"]

    class Knows(Net):
        def forward(self, x, t):
            bar = bars[(t * T).round().long()][:, None, None, None]
            return (x - bar.sqrt() * image) / (1 - bar).sqrt()

    for timesteps in ([300, 0], [250, 3, 0], [300, 170, 20, 1, 0]):
        for eta in (0.0, 1.0):
            x_0, _ = module("ddim").ddim_sample(Knows(), schedule, 2, (5, 5), T, timesteps, eta)
            assert (x_0 - image).abs().max() < 1e-5


def test_guidance_0_ignores_the_class_and_1_drops_nothing(schedule):
    guided, c = module("ddim").ddim_cfg_sample, torch.tensor([0, 3])
    timesteps = [300, 150, 0]

    def drawn(scale, classes):
        return guided(Net(), schedule, classes, (5, 5), T, timesteps, scale)[0]

    assert torch.equal(drawn(0.0, c), drawn(0.0, c + 4))
    assert not torch.allclose(drawn(1.0, c), drawn(1.0, c + 4))
    plain = module("ddim").ddim_sample(Net(), schedule, 2, (5, 5), T, timesteps)[0]
    assert torch.allclose(drawn(0.0, c), plain, atol=1e-6)
