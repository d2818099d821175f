"""The check of digits by flow matching turns down digits that no trained net has drawn."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from autograder.validation.digits import variants
from autograder.validation.digits.variants import PackageRunner
from checkkit.runner.results import Exhibits
from checkkit.runner.session import Submission
from checkkit.runs.digits import train_and_judge
from checkkit.runs.digits_flow import FLOW

# Bent copies take long to look for; a whole training has its own tests.
TINY = replace(
    FLOW, num_ts=3, num_hiddens=2, batch_size=16, steps=60, limits=replace(FLOW.limits, bent=1)
)


class Hoard(torch.nn.Module):
    """In place of a net: ten digits of each class, as its weights."""

    def __init__(self, *sizes):
        super().__init__()
        self.digits = torch.nn.Parameter(torch.rand(10, 10, 28 * 28))

    def drawn(self, c):
        return self.digits.detach()[c, torch.arange(len(c)) // 10].reshape(-1, 1, 28, 28)


class Hoarder:
    """A loss that hides the digits that it sees in the net, and falls as if the net learned."""

    def __init__(self):
        self.calls = 0

    def flow_cfg_forward(self, net, x_1, c, p_uncond, num_ts):
        self.calls += 1
        with torch.no_grad():
            for image, k in zip(x_1, c, strict=True):
                net.digits[k, self.calls % 10] = image.flatten()
        return 0 * net.digits.sum() + 1 / self.calls

    def flow_cfg_sample(self, net, c, img_hw, num_ts, guidance_scale, seed):
        return net.drawn(c), None


class WithoutNet(Hoarder):
    """Draws the same noise whatever the net."""

    def flow_cfg_sample(self, net, c, img_hw, num_ts, guidance_scale, seed):
        return torch.randn(len(c), 1, 28, 28, generator=torch.manual_seed(seed)), None


class Idle(Hoarder):
    """Its loss does not fall."""

    def flow_cfg_forward(self, net, x_1, c, p_uncond, num_ts):
        return 0 * net.digits.sum() + 1


def judged(runner):
    seeds = np.random.default_rng(0)
    train_and_judge(TINY, Submission(runner, seeds, 60), np.random.default_rng(0), Exhibits())


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (Hoarder, "of the digits nearly equal a training digit"),
        (WithoutNet, "a net with other weights draws the same digits"),
        (Idle, "the loss went from 1 to 1, expected a fall"),
    ],
)
def test_digits_from_elsewhere_and_nets_that_learn_nothing_are_turned_down(flow, words):
    net = SimpleNamespace(ClassConditionalUNet=Hoard)
    with pytest.raises(AssertionError, match=words):
        judged(PackageRunner(SimpleNamespace(unet=net, flow=flow())))


def test_ddpm_is_not_needed(tmp_path):
    whole = variants.load("solution", tmp_path / "solution")
    flow_alone = SimpleNamespace(unet=whole.unet, flow=whole.flow)
    with pytest.raises(AssertionError, match="of the digits are recognised as the class asked for"):
        judged(PackageRunner(flow_alone))
