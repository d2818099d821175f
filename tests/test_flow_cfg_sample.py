"""Task flow_cfg_sample: `flow_cfg_sample` of diffusion/flow.py, measured step by step.

The spy answers differently with and without the class: only guidance of exactly the given strength
gives its velocities.
"""

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.flow import flow_inputs, flow_path, run_flow_sampler
from checkkit.verdicts.caches import assert_cache_shape
from checkkit.verdicts.flow_guidance import (
    assert_default_flow_guidance,
    assert_flow_guidance_scales,
)
from checkkit.verdicts.flow_paths import (
    LOOP,
    FlowPath,
    assert_flow_caches,
    assert_flow_steps,
    assert_flow_times,
)
from checkkit.verdicts.guidance import assert_classes
from checkkit.verdicts.noise import assert_standard_normal
from checkkit.verdicts.replay import assert_followed
from checkkit.verdicts.seeds import assert_seed_decides, draw_seeds
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_inference_mode

pytestmark = pytest.mark.task("flow_cfg_sample")

T = 12
W = 3.0


def guided(submission, rng, count: int = 2, img_hw: tuple[int, int] = (8, 8)) -> dict:
    """One run with guidance 3 and seed 1."""
    return run_flow_sampler(submission, T, **flow_inputs(rng, T, count, img_hw, W), seed=1)


def measured(submission, rng, scale: float, default: bool = False) -> FlowPath:
    """The steps of four images at one guidance scale."""
    return flow_path(submission, rng, T, 4, (10, 10), scale, default=default, gate=False)


def test_guidance_moves_from_the_unconditional_towards_the_conditional(submission, rng):
    """v = v_uncond + w (v_cond - v_uncond) with w = guidance_scale: 0, 1, 5 and any other.

    w = 0 ignores the class, w = 1 is the conditional prediction alone, w > 1 exaggerates it.
    """
    scales = 0.0, 1.0, 5.0, float(rng.uniform(1.5, 4))
    paths = {scale: measured(submission, rng, scale) for scale in scales}
    assert_flow_guidance_scales(paths)


def test_the_default_strength_of_guidance_is_5(submission, rng):
    """Without guidance_scale, w = 5."""
    path = measured(submission, rng, 5.0, default=True)
    assert_default_flow_guidance(path, lambda: measured(submission, rng, 5.0))


@pytest.mark.supporting
def test_the_net_is_told_the_class_of_each_image(submission, rng):
    """With mask 1 the net gets the class in c; to drop the class pass mask 0, not another c."""
    inputs = flow_inputs(rng, T, 5, (6, 6), W) | {"c": rng.permutation(np.arange(1, 10))[:5]}
    evidence = run_flow_sampler(submission, T, **inputs, seed=1)
    assert_classes(evidence["rows"], inputs["c"])


def test_each_step_begins_at_its_share_of_the_steps(submission, rng):
    """Step k of 0, ..., T - 1 begins at t = k / T, and the net gets this t."""
    assert_flow_times(flow_path(submission, rng, T, 3, (10, 10), W), 3)


def test_each_step_adds_a_share_of_the_velocity(submission, rng):
    """Each step adds 1 / T times the velocity that the net answers, and nothing else.

    Here of the guided velocity.
    """
    seeds = draw_seeds(rng)

    def path():
        return flow_path(submission, rng, T, 4, (10, 10), W, seeds=seeds)

    assert_flow_steps(path(), path)


@pytest.mark.supporting
def test_one_image_for_each_class_of_the_size_asked(submission, rng):
    """x_1 is (N, 1, H, W) and caches (N, K, 1, H, W), one image for each entry of c."""
    for count, img_hw in ((1, (6, 6)), (3, (6, 9))):
        evidence = guided(submission, rng, count, img_hw)
        assert_cache_shape({**evidence, "x_0": evidence["x_1"]})


def test_sampling_starts_from_standard_normal_noise(submission, rng):
    """x_0 is N(0, I), different for each image.

    torch.randn draws it.
    """
    inputs, seed = flow_inputs(rng, 3, 48, (14, 14), W), int(rng.integers(2**31))
    evidence = run_flow_sampler(submission, 3, **inputs, seed=seed)
    assert_followed(LOOP, evidence)
    assert_standard_normal("x_0", evidence["states"][0])


def test_equal_seeds_give_equal_samples_and_others_differ(submission, rng):
    """`seed` decides the samples: the same seed gives the same images whatever was drawn before."""
    inputs = flow_inputs(rng, T, 2, (8, 8), W)

    def sampled(state: int, **options) -> np.ndarray:
        return run_flow_sampler(submission, T, **inputs, state=state, **options)["states"]

    assert_seed_decides(sampled, rng)


@pytest.mark.supporting
def test_the_net_is_in_eval_mode_and_no_gradients_are_tracked(submission, rng):
    """The sampler calls `unet.eval()` and tracks no gradients."""
    assert_inference_mode(guided(submission, rng))


def test_caches_hold_x_after_each_step(submission, rng):
    """The caches hold x after each step of the same run, the last of them x_1."""
    assert_flow_caches(T, guided(submission, rng, 2, (6, 6)))


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, rng):
    """c is the same after sampling, and the net gets float32."""
    inputs = flow_inputs(rng, T, 4, (6, 6), W)
    evidence = run_flow_sampler(submission, T, **inputs, seed=1)
    assert_arguments_unchanged(evidence, c=inputs["c"])


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_the_net(submission, rng):
    """Samples are drawn on the device of the net's weights; the net itself is not moved."""
    arguments = rng.integers(10, size=2), (6, 6), T
    assert_stays_on_device(submission, "flow.flow_cfg_sample", None, arguments, "unet")
