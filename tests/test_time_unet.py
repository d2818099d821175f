"""TimeConditionalUNet of unet.py: where t enters, found from what goes in and comes out of each
stage.
"""

import numpy as np
import pytest

from checkkit.runner import Array, Flag
from checkkit.spies.unet_trace import call_twice, refuses, trace
from checkkit.tapes import TAPE, read_tape
from checkkit.verdicts.conditioning import Conditions, assert_time_shift, assert_unconditional_rest
from checkkit.verdicts.determinism import assert_deterministic, two_calls_returns
from checkkit.verdicts.skip_connections import connections_of, show_connections
from checkkit.verdicts.unet import UP1, UP2

pytestmark = pytest.mark.task("time_unet")

D = 4
TIMES = np.array([0.2, 0.9, 0.2, 0.55], np.float32)  # the first and the third image share theirs


def probe_time_unet(diffusion, *, in_channels, num_hiddens, weights_seed, x, t):
    unet = diffusion.unet.TimeConditionalUNet(in_channels, num_hiddens)
    return trace(unet, diffusion.blocks, weights_seed, False, x, t)


def probe_twice(diffusion, *, num_hiddens, weights_seed, x, t):
    unet = diffusion.unet.TimeConditionalUNet(1, num_hiddens)
    return call_twice(unet, weights_seed, x, t)


def probe_other_size(diffusion, *, num_hiddens, x, t):
    unet = diffusion.unet.TimeConditionalUNet(1, num_hiddens)
    return {"refused": refuses(unet.eval(), x, t)}


def images(rng, n=4, channels=1, size=28):
    return rng.random((n, channels, size, size), dtype=np.float32)


def followed(submission, rng, x, t):
    """The output for x at t, and the tape."""
    seen = submission.run(
        probe_time_unet,
        returns={"output": Array(x.shape), **TAPE},
        in_channels=x.shape[1],
        num_hiddens=D,
        weights_seed=int(rng.integers(2**31)),
        x=x,
        t=t,
    )
    return seen["output"], read_tape(seen)


def test_time_is_added_to_unflatten(submission, rng):
    """t1, the output of an FCBlock at t, is added to the output of Unflatten before the first
    UpBlock.

    FCBlock(1, 2D) takes t as (N, 1); its output is the same at every pixel of a feature map.
    """
    for n in (len(TIMES), 1):
        tape = followed(submission, rng, images(rng, n), TIMES[:n])[1]
        assert_time_shift(tape, UP1, Conditions(TIMES[:n]))


def test_time_is_added_to_the_first_up_block(submission, rng):
    """t2, the output of an FCBlock at t, is added to the output of the first UpBlock.

    This is a second FCBlock(1, D): t1 stays with unflatten.
    """
    for n in (len(TIMES), 1):
        tape = followed(submission, rng, images(rng, n), TIMES[:n])[1]
        assert_time_shift(tape, UP2, Conditions(TIMES[:n]))


def test_the_rest_is_the_unconditional_unet(submission, rng, exhibits):
    """Beside t, the net is the unconditional UNet: the same stages, skips and last convolution."""
    x = images(rng)
    output, tape = followed(submission, rng, x, TIMES)
    connections = connections_of(tape, x, output, Conditions(TIMES))
    show_connections(exhibits, "Your time-conditional UNet", connections)
    assert_unconditional_rest(tape, x, output)


def test_the_net_is_a_function_of_images_and_times(submission, rng):
    """In eval mode the net gives the same output twice, keeps its parameters, and refuses 32 x 32
    pixels.

    Layers are made in __init__: an optimizer never sees those that forward makes.
    """
    x = images(rng)
    seen = submission.run(
        probe_twice,
        returns=two_calls_returns(x.shape),
        num_hiddens=D,
        weights_seed=int(rng.integers(2**31)),
        x=x,
        t=TIMES,
    )
    assert_deterministic(seen)
    larger = submission.run(
        probe_other_size,
        returns={"refused": Flag()},
        num_hiddens=D,
        x=images(rng, size=32),
        t=TIMES,
    )
    assert larger["refused"], "images of 32 x 32 pixels pass through the net, expected an error"
