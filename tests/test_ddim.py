"""Task ddim: `ddim_sample` of diffusion/ddim.py, measured step by step.

A spy takes the net's place; its answers stand for chosen images x_0. Two runs with one seed and
different images show what each step computes.
"""

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.samplers import replayed, run_sampler
from checkkit.verdicts.caches import assert_cache_shape, assert_caches
from checkkit.verdicts.ddim import DdimSetting, assert_no_noise
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
    assert_start_noise,
)
from checkkit.verdicts.pictures import show_noise, show_steps
from checkkit.verdicts.replay import Replay
from checkkit.verdicts.sampling_steps import assert_step_mean, assert_timesteps
from checkkit.verdicts.seeds import assert_seed_decides, draw_seeds
from checkkit.verdicts.settings import answer_images
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_inference_mode

pytestmark = pytest.mark.task("ddim")

ETAS = 0.5, 1.0, 0.0  # at 0.5, most mistakes can be told from each other


def strided(rng: np.random.Generator, eta: float) -> DdimSetting:
    """Eight steps of different lengths on a schedule of T = 45."""
    return DdimSetting.strided(rng, 45, 8, eta)


@pytest.fixture
def setting(rng: np.random.Generator) -> DdimSetting:
    return strided(rng, 1.0)


@pytest.fixture
def images(rng, setting) -> np.ndarray:
    """The answers of the spy for two samples of 8 x 8 pixels."""
    return answer_images(rng, setting, 2, (8, 8))


def test_the_net_is_asked_at_each_timestep_of_the_list(submission, setting, images):
    """The loop begins a step at each of the timesteps but the last, and the net gets t / T.

    A list of S + 1 timesteps has S steps: from the first to the second one, and so on. The first
    one may be below T.
    """
    for one, answers in ((setting, images), (setting.from_below(), images[1:])):
        evidence = run_sampler(submission, one, answers, seed=1)
        assert_timesteps(one, evidence["rows"], len(images[0]))


@pytest.mark.supporting
def test_as_many_images_as_asked_of_the_size_asked(submission, setting, rng):
    """x_0 is (N, 1, H, W) and caches (N, S, 1, H, W), for any N, H and W."""
    for count, img_hw in ((1, (6, 6)), (3, (6, 9))):
        images = answer_images(rng, setting, count, img_hw)
        assert_cache_shape(run_sampler(submission, setting, images, seed=1))


def test_the_mean_of_each_step_is_that_of_equation_13(submission, rng, exhibits):
    """x' = sqrt(alpha_bar') x_0 + sqrt(1 - alpha_bar' - sigma^2) eps + noise, for eta 0, 0.5 and 1.

    x_0 is the estimate of equation 8, alpha_bar' the entry of the next timestep t'. With eta > 0
    the tolerance is wide in the first step, because x_T itself is noise.
    """
    replays = [replayed(submission, strided(rng, eta), rng, 4, (12, 12)) for eta in ETAS]
    show_steps(exhibits, replays[0])
    for replay in replays:
        assert_step_mean(replay)


def test_the_noise_of_each_step_has_standard_deviation_sigma(submission, rng, exhibits):
    """Before the last step, each step adds sigma z with the sigma of equation 12.

    sigma depends on eta and on alpha_bar at both ends of the step.
    """
    for eta in filter(None, ETAS):
        seeds = draw_seeds(rng)

        def again(setting: DdimSetting, seeds: tuple[int, int] = seeds) -> Replay:
            return replayed(submission, setting, rng, 8, (16, 16), seeds=seeds)

        replay = again(strided(rng, eta))
        if eta == ETAS[0]:
            show_noise(exhibits, replay)
        assert_noise_scale(replay, again)


def test_nothing_is_random_after_the_start_if_eta_is_0(submission, rng):
    """With eta = 0, the default, no step adds noise."""
    assert_no_noise(replayed(submission, strided(rng, 0.0), rng, 2, (8, 8)))


def test_the_last_step_adds_no_noise(submission, setting, rng):
    """The step to t' = 0 adds nothing, also with eta = 1: its result is the estimate of x_0."""
    assert_no_noise_in_last_step(replayed(submission, setting, rng, 2, (8, 8)))


def test_the_noise_is_normal_and_fresh_in_each_step(submission, rng):
    """z is sampled again from N(0, I) for each step, image and pixel, and differs from x_T."""
    setting = DdimSetting.strided(rng, 60, 24, 1.0)
    assert_fresh_step_noise(replayed(submission, setting, rng, 4, (16, 16)))


def test_sampling_starts_from_standard_normal_noise(submission, rng):
    """x_T is N(0, I), different for each image."""
    setting = DdimSetting.strided(rng, 40, 3, 0.0)
    images = answer_images(rng, setting, 48, (14, 14))
    evidence = run_sampler(submission, setting, images, seed=int(rng.integers(2**31)))
    assert_start_noise(setting, evidence)


def test_equal_seeds_give_equal_samples_and_others_differ(submission, setting, images, rng):
    """`seed` decides the samples: the same seed gives the same images whatever was drawn before.

    Seed a `torch.Generator` and draw with `generator=`, or call `torch.manual_seed` at the start.
    """

    def sampled(state: int, **options) -> np.ndarray:
        return run_sampler(submission, setting, images, state=state, **options)["states"]

    assert_seed_decides(sampled, rng)


@pytest.mark.supporting
def test_the_net_is_in_eval_mode_and_no_gradients_are_tracked(submission, setting, images):
    """The sampler calls `unet.eval()` and tracks no gradients."""
    assert_inference_mode(run_sampler(submission, setting, images, seed=1))


def test_caches_hold_the_states_on_the_way(submission, setting, images):
    """The caches hold x after each step of the same run, the last of them x_0."""
    assert_caches(setting, run_sampler(submission, setting, images, seed=1))


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, images):
    """The schedule and the timesteps are the same after sampling, and the net gets float32."""
    evidence = run_sampler(submission, setting, images, seed=1)
    assert_arguments_unchanged(evidence, timesteps=np.array(setting.timesteps))


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_the_net(submission, setting):
    """Samples are drawn on the device of the net's weights; the net itself is not moved."""
    arguments = 2, (6, 6), setting.num_ts, [*setting.timesteps], setting.eta
    assert_stays_on_device(submission, "ddim.ddim_sample", setting, arguments, "unet")
