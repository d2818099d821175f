"""Task flow_sample: `flow_sample` of diffusion/flow.py, measured step by step.

A spy takes the net's place; each of its velocities leads to a new image. So the factor of every one
of them in the result is known.
"""

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.flow import flow_path, run_flow_sampler
from checkkit.verdicts.caches import assert_cache_shape
from checkkit.verdicts.flow_paths import (
    LOOP,
    assert_flow_caches,
    assert_flow_steps,
    assert_flow_times,
    velocity_images,
)
from checkkit.verdicts.noise import assert_standard_normal
from checkkit.verdicts.replay import assert_followed
from checkkit.verdicts.seeds import assert_seed_decides, draw_seeds
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_inference_mode

pytestmark = pytest.mark.task("flow_sample")

T = 20


@pytest.fixture
def images(rng) -> np.ndarray:
    """What the velocities of the spy lead to, for two samples of 8 x 8 pixels."""
    return velocity_images(rng, T, 2, (8, 8))


def test_each_step_begins_at_its_share_of_the_steps(submission, rng):
    """Step k of 0, ..., T - 1 begins at t = k / T, and the net gets this t.

    The first step begins with the noise, at t = 0; the last one ends at t = 1, where the net is not
    asked. Heun's and the midpoint rule, with more calls within a step, pass as well.
    """
    assert_flow_times(flow_path(submission, rng, T, 3, (10, 10)), 3)


def test_each_step_adds_a_share_of_the_velocity(submission, rng):
    """Each step adds 1 / T times the velocity that the net answers, and nothing else.

    Equation 18. No noise is drawn after the start, and x is never clipped on the way.
    """
    seeds = draw_seeds(rng)

    def path():
        return flow_path(submission, rng, T, 4, (10, 10), seeds=seeds)

    assert_flow_steps(path(), path)


@pytest.mark.supporting
def test_as_many_images_as_asked_of_the_size_asked(submission, rng):
    """x_1 is (N, 1, H, W) and caches (N, K, 1, H, W), for any N, H and W."""
    for count, img_hw in ((1, (6, 6)), (3, (6, 9))):
        images = velocity_images(rng, T, count, img_hw)
        evidence = run_flow_sampler(submission, T, images, seed=1)
        assert_cache_shape({**evidence, "x_0": evidence["x_1"]})


def test_sampling_starts_from_standard_normal_noise(submission, rng):
    """x_0 is N(0, I), different for each image.

    torch.randn draws it.
    """
    images = velocity_images(rng, 3, 48, (14, 14))
    evidence = run_flow_sampler(submission, 3, images, seed=int(rng.integers(2**31)))
    assert_followed(LOOP, evidence)
    assert_standard_normal("x_0", evidence["states"][0])


def test_equal_seeds_give_equal_samples_and_others_differ(submission, images, rng):
    """`seed` decides the samples: the same seed gives the same images whatever was drawn before.

    Seed a `torch.Generator` and draw with `generator=`, or call `torch.manual_seed` at the start.
    """

    def sampled(state: int, **options) -> np.ndarray:
        return run_flow_sampler(submission, T, images, state=state, **options)["states"]

    assert_seed_decides(sampled, rng)


@pytest.mark.supporting
def test_the_net_is_in_eval_mode_and_no_gradients_are_tracked(submission, images):
    """The sampler calls `unet.eval()` and tracks no gradients."""
    assert_inference_mode(run_flow_sampler(submission, T, images, seed=1))


def test_caches_hold_x_after_each_step(submission, images):
    """The caches hold x after each step of the same run, the last of them x_1."""
    assert_flow_caches(T, run_flow_sampler(submission, T, images, seed=1))


@pytest.mark.supporting
def test_the_net_gets_float32(submission, images):
    """The net gets float32 images, as in training."""
    assert_arguments_unchanged(run_flow_sampler(submission, T, images, seed=1))


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_the_net(submission):
    """Samples are drawn on the device of the net's weights; the net itself is not moved."""
    assert_stays_on_device(submission, "flow.flow_sample", None, (2, (6, 6), T), "unet")
