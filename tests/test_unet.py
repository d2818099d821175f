"""The unconditional UNet of unet.py, followed from stage to stage with new random weights.

The outputs of the blocks are not checked here: a wrong block costs its own task only.
"""

import numpy as np
import pytest

from checkkit.runs.unets import assert_refuses_other_sizes, assert_same_output_twice, traced_call
from checkkit.verdicts.conditioning import assert_unmodulated
from checkkit.verdicts.connections import show_connections
from checkkit.verdicts.stages import LEAVE, UP1, UP2
from checkkit.verdicts.unet import assert_last_layer, assert_stage_order, assert_widths

pytestmark = pytest.mark.task("unet")

NET, SIZES = "UnconditionalUNet", (1, 4)


@pytest.fixture
def x(rng) -> np.ndarray:
    return rng.random((3, 1, 28, 28), dtype=np.float32)


def test_stages_follow_one_another_as_in_the_figure(submission, rng, x, exhibits):
    """The UNet runs ConvBlock, DownBlock, DownBlock, Flatten, Unflatten, UpBlock, UpBlock,
    ConvBlock and a convolution, each on the inputs that the figure shows.
    """
    output, tape = traced_call(submission, rng, NET, SIZES, x)
    show_connections(exhibits, "Your UNet", tape, x, output)
    assert_stage_order(tape, x)


def test_widths_follow_from_channels_and_num_hiddens(submission, rng):
    """From C channels the UNet goes to D, D, 2D, 2D, D, D, D and back to C, for any C and D and
    any number of images.

    C is in_channels and D is num_hiddens; the handout has C = 1 and D = 128.
    """
    for n, channels, num_hiddens in ((1, 1, 6), (2, 3, 5)):
        x = rng.random((n, channels, 28, 28), dtype=np.float32)
        _, tape = traced_call(submission, rng, NET, (channels, num_hiddens), x)
        assert_widths(tape, channels, num_hiddens)


def test_first_up_block_takes_unflatten_and_the_second_down_block(submission, rng, x):
    """The first UpBlock takes the output of Unflatten and the output of the second DownBlock,
    concatenated.

    torch.cat along dimension 1; either of the two may come first.
    """
    assert_unmodulated(traced_call(submission, rng, NET, SIZES, x)[1], UP1)


def test_second_up_block_takes_the_first_and_the_first_down_block(submission, rng, x):
    """The second UpBlock takes the output of the first UpBlock and the output of the first
    DownBlock, concatenated.

    torch.cat along dimension 1; either of the two may come first.
    """
    assert_unmodulated(traced_call(submission, rng, NET, SIZES, x)[1], UP2)


def test_last_conv_block_takes_the_second_up_block_and_the_first_conv_block(submission, rng, x):
    """The last ConvBlock takes the output of the second UpBlock and the output of the first
    ConvBlock, concatenated.

    torch.cat along dimension 1; either of the two may come first.
    """
    assert_unmodulated(traced_call(submission, rng, NET, SIZES, x)[1], LEAVE)


def test_nothing_follows_the_last_convolution(submission, rng, x):
    """The UNet returns the output of its last convolution, without BatchNorm or GELU.

    A denoised image or a noise may be negative, and a GELU would cut that off.
    """
    output, tape = traced_call(submission, rng, NET, SIZES, x)
    assert_last_layer(tape, output)


@pytest.mark.supporting
def test_the_same_images_give_the_same_output(submission, rng, x):
    """In eval mode the UNet gives the same output for the same images, and all its parameters
    exist before the first call.
    """
    assert_same_output_twice(submission, rng, NET, SIZES, x)


@pytest.mark.supporting
def test_other_sizes_raise(submission, rng):
    """Images of 32 x 32 pixels raise an error.

    Any exception passes; the docstring asks for a ValueError that names the size.
    """
    assert_refuses_other_sizes(submission, rng, NET, SIZES)
