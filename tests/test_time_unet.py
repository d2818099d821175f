"""TimeConditionalUNet of unet.py: where t enters, by the input and output of each stage."""

import numpy as np
import pytest

from checkkit.runs.unets import assert_refuses_other_sizes, assert_same_output_twice, traced_call
from checkkit.verdicts.conditioning import Conditions, assert_time_shift, assert_unconditional_rest
from checkkit.verdicts.connections import show_connections
from checkkit.verdicts.stages import UP1, UP2

pytestmark = pytest.mark.task("time_unet")

NET, SIZES = "TimeConditionalUNet", (1, 5)
TIMES = np.array([0.2, 0.9, 0.2, 0.55, 0.7], np.float32)  # the first and third image share a time


@pytest.fixture
def x(rng) -> np.ndarray:
    return rng.random((len(TIMES), 1, 28, 28), dtype=np.float32)


def assert_shift(submission, rng, x, end: str) -> None:
    """At stage `end` t is added, for several images and for one."""
    for n in (len(TIMES), 1):
        _, tape = traced_call(submission, rng, NET, SIZES, x[:n], TIMES[:n])
        assert_time_shift(tape, end, Conditions(TIMES[:n]))


def test_time_is_added_to_unflatten(submission, rng, x):
    """t1, the output of an FCBlock at t, is added to the output of Unflatten before the first
    UpBlock.

    FCBlock(1, 2D) takes t as (N, 1); its output is the same at every pixel of a feature map.
    """
    assert_shift(submission, rng, x, UP1)


def test_time_is_added_to_the_first_up_block(submission, rng, x):
    """t2, the output of an FCBlock at t, is added to the output of the first UpBlock.

    This is a second FCBlock(1, D); t1 is for unflatten only.
    """
    assert_shift(submission, rng, x, UP2)


def test_the_rest_is_the_unconditional_unet(submission, rng, x, exhibits):
    """Apart from t, the net is the unconditional UNet: same stages, skips and last convolution."""
    output, tape = traced_call(submission, rng, NET, SIZES, x, TIMES)
    show_connections(exhibits, "Your time-conditional UNet", tape, x, output, Conditions(TIMES))
    assert_unconditional_rest(tape, x, output)


def test_the_net_is_a_function_of_images_and_times(submission, rng, x):
    """In eval mode the net gives the same output twice and another one at another time, keeps its
    parameters, and refuses 32 x 32 pixels.
    """
    assert_same_output_twice(submission, rng, NET, (1, 8), x, TIMES)
    assert_refuses_other_sizes(submission, rng, NET, SIZES, TIMES)
