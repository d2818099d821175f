"""ScaledTimeUNet of unet.py: where t multiplies, by the input and output of each stage."""

import numpy as np
import pytest

from checkkit.runs.unets import assert_refuses_other_sizes, assert_same_output_twice, traced_call
from checkkit.verdicts.conditioning import Conditions, assert_time_scale, assert_unconditional_rest
from checkkit.verdicts.stages import UP1, UP2

pytestmark = pytest.mark.task("scaled_time_unet")

NET, SIZES = "ScaledTimeUNet", (1, 5)
TIMES = np.array([0.2, 0.9, 0.2, 0.55, 0.7], np.float32)  # the first and third image share a time


@pytest.fixture
def x(rng) -> np.ndarray:
    return rng.random((len(TIMES), 1, 28, 28), dtype=np.float32)


def assert_scale(submission, rng, x, end: str) -> None:
    """At stage `end` t multiplies, for several images and for one."""
    for n in (len(TIMES), 1):
        _, tape = traced_call(submission, rng, NET, SIZES, x[:n], TIMES[:n])
        assert_time_scale(tape, end, Conditions(TIMES[:n]))


def test_time_multiplies_unflatten(submission, rng, x):
    """t1, the output of an FCBlock at t, multiplies the output of Unflatten before the first
    UpBlock.

    FCBlock(1, 2D) takes t as (N, 1); its output is the same at every pixel of a feature map.
    """
    assert_scale(submission, rng, x, UP1)


def test_time_multiplies_the_first_up_block(submission, rng, x):
    """t2, the output of an FCBlock at t, multiplies the output of the first UpBlock.

    This is a second FCBlock(1, D); t1 is for unflatten only.
    """
    assert_scale(submission, rng, x, UP2)


def test_without_its_factors_it_is_the_unconditional_unet(submission, rng, x):
    """Apart from t, the net is the unconditional UNet: same stages, skips and last convolution."""
    for sizes in (SIZES, (3, 4)):  # other numbers of channels
        images = np.repeat(x, sizes[0], 1)
        output, tape = traced_call(submission, rng, NET, sizes, images, TIMES)
        assert_unconditional_rest(tape, images, output)


def test_a_net_scaled_by_time_is_a_function_of_images_and_times(submission, rng, x):
    """In eval mode the net gives the same output twice and another one at another time, keeps its
    parameters, and refuses 32 x 32 pixels.
    """
    assert_same_output_twice(submission, rng, NET, (1, 8), x, TIMES)
    assert_refuses_other_sizes(submission, rng, NET, SIZES, TIMES)
