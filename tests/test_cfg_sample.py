"""Task cfg_sample: `ddpm_cfg_sample` of diffusion/cfg.py, replayed step by step.

The spy answers differently with and without the class, so that only guidance of exactly the given
strength brings its images out.
"""

import numpy as np
import pytest

from checkkit.runs.cfg_sample import conditions, replayed, run_sampler, simple_run
from checkkit.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from checkkit.spies.sampling import unpack_samples
from checkkit.verdicts.caches import assert_cache_shape, assert_caches
from checkkit.verdicts.devices import DEVICES, assert_devices
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
    assert_start_noise,
)
from checkkit.verdicts.pictures import show_noise, show_steps
from checkkit.verdicts.replay import Replay
from checkkit.verdicts.sampling_steps import (
    assert_classes,
    assert_default_guidance_scale,
    assert_guidance_scales,
    assert_step_mean,
    assert_timesteps,
)
from checkkit.verdicts.seeds import assert_seed_decides, draw_seeds
from checkkit.verdicts.settings import Setting
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_inference_mode

pytestmark = pytest.mark.task("cfg_sample")


def probe_cfg_sample_elsewhere(diffusion, *, setting, c):
    spy = DeviceSpy()
    tables = {name: put_elsewhere(table) for name, table in setting["tables"].items()}
    with SecondDevice():
        unpack_samples(
            diffusion.cfg.ddpm_cfg_sample(spy, tables, put_elsewhere(c), (6, 6), setting["num_ts"])
        )
    return spy.evidence()


def guided(submission, setting, rng, scale: float) -> tuple[Replay, np.ndarray]:
    """`replayed` for two images at one strength of guidance."""
    return replayed(submission, setting, rng, 2, (8, 8), guidance=scale, guidance_scale=scale)


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, 12)


def test_guidance_moves_from_the_unconditional_towards_the_conditional(submission, setting, rng):
    """eps = eps_uncond + w (eps_cond - eps_uncond) with w = guidance_scale: 0, 1, 5 and any other.

    At w = 0 the class has no say, at w = 1 only the net with the class; beyond, it is exaggerated.
    """
    assert_guidance_scales(
        [
            (scale, *guided(submission, setting, rng, scale))
            for scale in (0.0, 1.0, 5.0, float(rng.uniform(1.5, 4)))
        ]
    )


def test_the_default_strength_of_guidance_is_5(submission, setting, rng):
    """Without guidance_scale, w = 5."""
    found, rows = replayed(submission, setting, rng, 2, (8, 8), guidance=5.0)
    assert_default_guidance_scale(found, rows, lambda: guided(submission, setting, rng, 5.0))


@pytest.mark.supporting
def test_the_net_is_told_the_class_of_each_image(submission, setting, rng):
    """With mask 1 the net is told the class in c; without a class the mask is 0, not c.

    Class 0 is the digit 0: `zeros_like(c)` is no way to say "no class".
    """
    inputs = conditions(rng, setting, 5, (6, 6)) | {"c": rng.permutation(np.arange(1, 10))[:5]}
    seen = run_sampler(submission, setting, **inputs, guidance=3.0, guidance_scale=3.0, seed=1)
    assert_classes(seen["rows"], inputs["c"])


def test_the_net_is_asked_at_each_t_from_the_last_to_the_first(submission, setting, rng):
    """The loop visits every t from T down to 1, and the net is told t / T."""
    assert_timesteps(setting, simple_run(submission, rng, setting, 3)["rows"], 3)


@pytest.mark.supporting
def test_one_image_for_each_class_of_the_size_asked(submission, setting, rng):
    """x_0 is (N, 1, H, W) and caches (N, K, 1, H, W), one image for each entry of c."""
    for count, img_hw in ((1, (6, 6)), (3, (6, 9))):
        assert_cache_shape(simple_run(submission, rng, setting, count, img_hw))


def test_the_mean_of_each_step_is_that_of_equation_9(submission, setting, rng, exhibits):
    """x_{t-1} = (x_t - beta_t / sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_t) + noise, at every t.

    As in `ddpm_sample`, with the guided eps.
    """
    found, _ = replayed(submission, setting, rng, 4, (12, 12), guidance_scale=3.0)
    show_steps(exhibits, found)
    assert_step_mean(found)


def test_the_noise_of_each_step_has_the_right_variance(submission, setting, rng, exhibits):
    """Before t = 1 each step adds noise of variance beta_t, or always the posterior variance."""
    drawn = draw_seeds(rng)

    def again(setting: Setting) -> Replay:
        chosen = {"guidance_scale": 3.0, "drawn": drawn}
        return replayed(submission, setting, rng, 8, (16, 16), **chosen)[0]

    found = again(setting)
    show_noise(exhibits, found)
    assert_noise_scale(found, again)


def test_the_last_step_adds_no_noise(submission, setting, rng):
    """At t = 1 nothing is added."""
    found, _ = replayed(submission, setting, rng, 2, (8, 8), guidance_scale=3.0)
    assert_no_noise_in_last_step(found)


def test_the_noise_is_normal_and_fresh_in_each_step(submission, rng):
    """z is drawn anew from N(0, I) for each step, image and pixel, and differs from x_T."""
    setting = Setting.drawn(rng, 31)
    found, _ = replayed(submission, setting, rng, 4, (16, 16), guidance_scale=3.0)
    assert_fresh_step_noise(found)


def test_sampling_starts_from_standard_normal_noise(submission, rng):
    """x_T is N(0, I), different for each image."""
    setting = Setting.drawn(rng, 3)
    assert_start_noise(simple_run(submission, rng, setting, 48, (14, 14))["states"])


def test_equal_seeds_give_equal_samples_and_others_differ(submission, setting, rng):
    """`seed` decides the samples: the same seed gives the same images whatever was drawn before."""
    inputs = conditions(rng, setting, 2, (8, 8))

    def sampled(state: int, **options) -> np.ndarray:
        options |= {"guidance": 3.0, "guidance_scale": 3.0}
        return run_sampler(submission, setting, **inputs, state=state, **options)["states"]

    assert_seed_decides(sampled, rng)


@pytest.mark.supporting
def test_the_net_is_in_eval_mode_and_no_gradients_are_tracked(submission, setting, rng):
    """The sampler calls `unet.eval()` and tracks no gradients."""
    assert_inference_mode(simple_run(submission, rng, setting))


def test_caches_hold_the_states_on_the_way(submission, rng):
    """At T = 300 the caches hold 22 states of the same run, the last of them x_0."""
    setting = Setting(1e-4, 0.02, 300)
    assert_caches(setting, simple_run(submission, rng, setting, 2, (6, 6)))


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """c and the schedule are the same after sampling as before, and the net sees float32."""
    inputs = conditions(rng, setting, 4, (6, 6))
    seen = run_sampler(submission, setting, **inputs, guidance=3.0, guidance_scale=3.0, seed=1)
    assert_arguments_unchanged(seen, c=inputs["c"])


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_the_net(submission, setting, rng):
    """Samples are drawn on the device of the net's weights; the net itself is not moved."""
    inputs = {"setting": setting.inputs, "c": rng.integers(10, size=2)}
    assert_devices(submission.run(probe_cfg_sample_elsewhere, returns=DEVICES, **inputs), "it")
