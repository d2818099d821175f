"""Task hidden_ddim: DDIM with other lists of timesteps, etas, sizes and seeds."""

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.samplers import random_inputs, replayed, run_sampler
from checkkit.verdicts.caches import assert_caches
from checkkit.verdicts.ddim import DdimSetting, assert_no_noise
from checkkit.verdicts.guidance import assert_guidance
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
)
from checkkit.verdicts.replay import Replay
from checkkit.verdicts.sampling_steps import assert_step_mean, assert_timesteps
from checkkit.verdicts.settings import answer_images
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_inference_mode

pytestmark = [
    pytest.mark.task("hidden_ddim"),
    pytest.mark.parametrize("guidance", [None, 2.5], ids=["plain", "guided"]),
]


def run_of(submission, rng, setting, count, img_hw, guidance, **options) -> Replay:
    """`replayed`, with guidance or without."""
    if guidance is not None:
        options |= {"guidance": guidance, "guidance_scale": guidance}
    return replayed(submission, setting, rng, count, img_hw, **options)


def test_hidden_ddim_every_single_step(submission, rng, guidance):
    """All 300 steps of the usual schedule, from t to t - 1, are right."""
    setting = DdimSetting(1e-4, 0.02, 300, tuple(range(300, -1, -1)), 0.7)
    replay = run_of(submission, rng, setting, 2, (8, 8), guidance)
    assert_timesteps(setting, replay.rows, 2)
    assert_step_mean(replay)
    assert_noise_scale(replay)
    assert_no_noise_in_last_step(replay)


def test_hidden_ddim_any_list_of_timesteps(submission, rng, guidance):
    """Lists of two, that begin below T, and of any spacing, for any N, H and W."""
    lists = (11, 0), (23, 1, 0), (17, 16, 4, 0), (25, 20, 15, 10, 5, 0), (24, 9, 8, 7, 6, 5, 1, 0)
    for i in range(len(lists)):
        eta = float(rng.uniform(0.2, 0.9))
        setting = DdimSetting(0.01, float(rng.uniform(0.1, 0.2)), 25, lists[i], eta)
        count, *img_hw = (6, 13, 6) if i % 2 else (1, 9, 12)
        replay = run_of(submission, rng, setting, count, tuple(img_hw), guidance)
        assert_timesteps(setting, replay.rows, count)
        assert_step_mean(replay)
        assert_noise_scale(replay)
        assert_no_noise_in_last_step(replay)
        if guidance is not None:
            assert_guidance(replay, guidance)


def test_hidden_ddim_eta_of_0_is_not_1(submission, rng, guidance):
    """eta = 0 may be passed too, and no step adds noise then."""
    setting = DdimSetting.strided(rng, 30, 12, 0.0)
    replay = run_of(submission, rng, setting, 2, (7, 9), guidance, eta=0.0)
    assert_step_mean(replay)
    assert_no_noise(replay)


def test_hidden_ddim_different_seeds_share_no_noise(submission, rng, guidance):
    """The noise of one seed, at the start and in each step, is independent of another seed's."""
    setting = DdimSetting.strided(rng, 30, 4, 1.0)
    chains = [run_of(submission, rng, setting, 4, (12, 12), guidance) for _ in range(4)]
    assert_fresh_step_noise(*chains)


def test_hidden_ddim_side_effects(submission, rng, guidance):
    """Mode, gradients, caches and arguments are right for a list that begins below T, too."""
    setting = DdimSetting(0.01, 0.2, 25, (22, 13, 5, 2, 0), 0.5)
    options: dict = {"images": answer_images(rng, setting, 3, (8, 5))}
    if guidance is not None:
        options = random_inputs(rng, setting, 3, (8, 5))
        options |= {"guidance": guidance, "guidance_scale": guidance}
    evidence = run_sampler(submission, setting, **options, seed=3)
    assert_inference_mode(evidence)
    assert_caches(setting, evidence)
    assert_arguments_unchanged(evidence, timesteps=np.array(setting.timesteps))


@pytest.mark.supporting
def test_hidden_ddim_device(submission, rng, guidance):
    """With eta = 1, noise is drawn on the device of the net."""
    setting = DdimSetting.strided(rng, 20, 4, 1.0)
    arguments = (6, 6), setting.num_ts, [*setting.timesteps]
    if guidance is None:
        name, arguments = "ddim.ddim_sample", (2, *arguments, 1.0)
    else:
        name, arguments = "ddim.ddim_cfg_sample", (rng.integers(10, size=2), *arguments, 2.0, 1.0)
    assert_stays_on_device(submission, name, setting, arguments, "unet")
