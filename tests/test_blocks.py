"""blocks.py: every block, replayed in float64 with the submission's own weights.

Weights are set to new random numbers of order 1, and a tape records the layers that a block runs.
Attribute names, style (modules, nn.Sequential, functional) and helper functions are your choice.
"""

import numpy as np
import pytest

from checkkit.mistakes.layers import flatten_mistake
from checkkit.runner import CheckFailed
from checkkit.runner.outcomes import Blocked
from checkkit.runs.blocks import assert_gradients_reach_parameters, traced_block
from checkkit.tapes import any_close, gelu, gelus
from checkkit.verdicts.blocks import (
    PLANS,
    assert_convolutions,
    assert_fc_block,
    assert_running_statistics,
)

pytestmark = pytest.mark.task("blocks")

GROWTH = {"DownConv": 0.5, "DownBlock": 0.5, "UpConv": 2, "UpBlock": 2, "Unflatten": 7}


def output_size(name, height, width):
    """Height and width of a block's output."""
    return int(height * GROWTH.get(name, 1)), int(width * GROWTH.get(name, 1))


def run_block(submission, rng, name, train=False):
    """Run one block on random input and check its convolutions; return its batch norms.

    It may change the number of channels or not; in train mode it does not.
    """
    for n_in in (5,) if train or name == "Unflatten" else (3, 5):
        n_out, size = 5, (1, 1) if name == "Unflatten" else (8, 6)
        x = rng.standard_normal((4, n_in, *size)).astype(np.float32)
        sizes = (n_in,) if name == "Unflatten" else (n_in, n_out)
        shape = (4, n_out, *output_size(name, *size))
        y, tape = traced_block(submission, rng, name, sizes, x, shape, train)
        norms = assert_convolutions(name, x, n_out, y, tape, train)
    return norms


def is_right(submission, rng, name):
    """Whether a block is right in eval mode; else its own check says what is wrong."""
    try:
        run_block(submission, rng, name)
    except NotImplementedError:
        raise
    except Exception:
        return False
    return True


def test_conv_keeps_the_resolution(submission, rng):
    """Conv is Conv2d(kernel 3, stride 1, padding 1), then BatchNorm, then GELU."""
    run_block(submission, rng, "Conv")


def test_down_conv_halves_the_resolution(submission, rng):
    """DownConv is Conv2d(kernel 3, stride 2, padding 1), then BatchNorm, then GELU.

    The stride does the halving; no pooling layer is needed.
    """
    run_block(submission, rng, "DownConv")


def test_up_conv_doubles_the_resolution(submission, rng):
    """UpConv is ConvTranspose2d(kernel 4, stride 2, padding 1), then BatchNorm, then GELU."""
    run_block(submission, rng, "UpConv")


def test_flatten_is_the_gelu_of_the_average(submission, rng):
    """Flatten averages each 7 x 7 feature map to one number and takes its GELU.

    The result keeps two dimensions of size 1: (N, C, 1, 1).
    """
    x = rng.normal(0, 3, (4, 5, 7, 7)).astype(np.float32)
    x += rng.normal(0, 1, (4, 5, 1, 1)).astype(np.float32)
    y, _ = traced_block(submission, rng, "Flatten", (), x, (4, 5, 1, 1))
    mean = x.mean((2, 3), keepdims=True, dtype=np.float64)
    if not any_close(y, gelus(mean)):
        raise CheckFailed(
            f"Flatten turns feature maps of mean {mean[0, 0].item():.4f} into "
            f"{y[0, 0].item():.4f}, its GELU is {gelu(mean, 'none')[0, 0].item():.4f}",
            flatten_mistake(y, x),
        )


def test_unflatten_spreads_one_pixel_over_seven_by_seven(submission, rng):
    """Unflatten is ConvTranspose2d(kernel 7, stride 7), then BatchNorm, then GELU.

    On its 1 x 1 input every stride gives the same result.
    """
    run_block(submission, rng, "Unflatten")


def test_conv_block_is_two_convs(submission, rng):
    """ConvBlock is two Conv in a row, and the first one changes the channels."""
    run_block(submission, rng, "ConvBlock")


def test_down_block_is_a_down_conv_and_a_conv_block(submission, rng):
    """DownBlock is a DownConv, which changes the channels, then a ConvBlock."""
    run_block(submission, rng, "DownBlock")


def test_up_block_is_an_up_conv_and_a_conv_block(submission, rng):
    """UpBlock is an UpConv, which changes the channels, then a ConvBlock."""
    run_block(submission, rng, "UpBlock")


def test_fc_block_is_linear_gelu_linear(submission, rng):
    """FCBlock is Linear, GELU, Linear; the first Linear changes the width, and nothing follows
    the second.
    """
    x = rng.standard_normal((6, 3)).astype(np.float32)
    y, tape = traced_block(submission, rng, "FCBlock", (3, 5), x, (6, 5))
    assert_fc_block(x, 5, y, tape)


def test_batch_norm_follows_the_mode(submission, rng):
    """In train mode, every block normalises with the mean and variance of the batch, and the
    running statistics of BatchNorm move towards them.

    nn.BatchNorm2d does both by itself; eval mode then uses the running statistics.
    """
    right = [name for name in PLANS if is_right(submission, rng, name)]
    if not right:
        raise Blocked("Conv is Conv2d, BatchNorm, GELU", "No block is right in eval mode")
    for name in right:
        assert_running_statistics(name, run_block(submission, rng, name, train=True))


@pytest.mark.supporting
def test_gradients_reach_every_parameter(submission, rng):
    """Every parameter of every block gets a gradient from a loss on the block's output."""
    for name in PLANS:
        size = (1, 1) if name == "Unflatten" else (4, 4)
        sizes = (5,) if name == "Unflatten" else (5, 5)
        shapes = (3, 5, *size), (3, 5, *output_size(name, *size))
        assert_gradients_reach_parameters(submission, rng, name, sizes, *shapes)
    assert_gradients_reach_parameters(submission, rng, "FCBlock", (5, 5), (3, 5), (3, 5))
