"""The unconditional UNet of unet.py, followed from stage to stage with fresh random weights.

What the blocks put out is taken as it is: a wrong block costs its own task, not this one.
"""

import numpy as np
import pytest

from checkkit.runner import Array, Flag
from checkkit.spies.unet_trace import call_twice, refuses, trace
from checkkit.tapes import TAPE, read_tape
from checkkit.verdicts.conditioning import assert_unmodulated
from checkkit.verdicts.determinism import assert_deterministic, two_calls_returns
from checkkit.verdicts.skip_connections import connections_of, show_connections
from checkkit.verdicts.unet import (
    LEAVE,
    UP1,
    UP2,
    assert_last_layer,
    assert_stage_order,
    assert_widths,
)

pytestmark = pytest.mark.task("unet")

D = 4


def probe_unet(diffusion, *, in_channels, num_hiddens, weights_seed, x):
    unet = diffusion.unet.UnconditionalUNet(in_channels, num_hiddens)
    return trace(unet, diffusion.blocks, weights_seed, False, x)


def probe_twice(diffusion, *, in_channels, num_hiddens, weights_seed, x):
    unet = diffusion.unet.UnconditionalUNet(in_channels, num_hiddens)
    return call_twice(unet, weights_seed, x)


def probe_other_size(diffusion, *, num_hiddens, x):
    unet = diffusion.unet.UnconditionalUNet(1, num_hiddens)
    return {"refused": refuses(unet.eval(), x)}


def images(rng, n=3, channels=1, size=28):
    return rng.random((n, channels, size, size), dtype=np.float32)


def followed(submission, rng, x, num_hiddens=D):
    """The output for x, and the tape."""
    seen = submission.run(
        probe_unet,
        returns={"output": Array(x.shape), **TAPE},
        in_channels=x.shape[1],
        num_hiddens=num_hiddens,
        weights_seed=int(rng.integers(2**31)),
        x=x,
    )
    return seen["output"], read_tape(seen)


def test_stages_follow_one_another_as_in_the_figure(submission, rng, exhibits):
    """The UNet runs ConvBlock, DownBlock, DownBlock, Flatten, Unflatten, UpBlock, UpBlock,
    ConvBlock and a convolution, each on what the figure hands it.
    """
    x = images(rng)
    output, tape = followed(submission, rng, x)
    show_connections(exhibits, "Your UNet", connections_of(tape, x, output))
    assert_stage_order(tape, x)


def test_widths_follow_from_channels_and_num_hiddens(submission, rng):
    """From C channels the UNet goes to D, D, 2D, 2D, D, D, D and back to C, for any C and D and
    any number of images.

    C is in_channels and D is num_hiddens; the handout has C = 1 and D = 128.
    """
    for n, channels, num_hiddens in ((1, 1, 6), (2, 3, 5)):
        x = images(rng, n, channels)
        tape = followed(submission, rng, x, num_hiddens)[1]
        assert_widths(tape, channels, num_hiddens)


def test_first_up_block_takes_unflatten_and_the_second_down_block(submission, rng):
    """The first UpBlock takes the output of Unflatten and the output of the second DownBlock,
    concatenated.

    torch.cat along dimension 1; the order of the two is yours.
    """
    assert_unmodulated(followed(submission, rng, images(rng))[1], UP1)


def test_second_up_block_takes_the_first_and_the_first_down_block(submission, rng):
    """The second UpBlock takes the output of the first UpBlock and the output of the first
    DownBlock, concatenated.

    torch.cat along dimension 1; the order of the two is yours.
    """
    assert_unmodulated(followed(submission, rng, images(rng))[1], UP2)


def test_last_conv_block_takes_the_second_up_block_and_the_first_conv_block(submission, rng):
    """The last ConvBlock takes the output of the second UpBlock and the output of the first
    ConvBlock, concatenated.

    torch.cat along dimension 1; the order of the two is yours.
    """
    assert_unmodulated(followed(submission, rng, images(rng))[1], LEAVE)


def test_nothing_follows_the_last_convolution(submission, rng):
    """The UNet returns the output of its last convolution, without BatchNorm or GELU.

    A denoised image or a noise may be negative, and a GELU would cut that off.
    """
    output, tape = followed(submission, rng, images(rng))
    assert_last_layer(tape, output)


@pytest.mark.supporting
def test_the_same_images_give_the_same_output(submission, rng):
    """In eval mode the UNet gives the same output for the same images, and all its parameters
    exist before the first call.

    Layers are made in __init__: an optimizer never sees those that forward makes.
    """
    x = images(rng)
    seen = submission.run(
        probe_twice,
        returns=two_calls_returns(x.shape),
        in_channels=1,
        num_hiddens=D,
        weights_seed=int(rng.integers(2**31)),
        x=x,
    )
    assert_deterministic(seen)


def test_other_sizes_raise(submission, rng):
    """Images of 32 x 32 pixels raise an error.

    Any exception will do; the contract's is a ValueError that names the size.
    """
    seen = submission.run(
        probe_other_size, returns={"refused": Flag()}, num_hiddens=D, x=images(rng, size=32)
    )
    assert seen["refused"], "images of 32 x 32 pixels pass through the UNet, expected an error"
