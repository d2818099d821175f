"""Runs of `ddpm_sample` with a spy in the place of the net."""

import numpy as np

from checkkit.spies.randomness import reset_random_state
from checkkit.spies.sampling import TimeSpy
from checkkit.spies.schedules import tables_of, usable_schedule
from checkkit.verdicts.replay import Replay, Run, replay, sampler_returns
from checkkit.verdicts.seeds import draw_seeds
from checkkit.verdicts.settings import Setting, answer_images


def probe_sample(diffusion, *, setting, images, state, options):
    spy = TimeSpy(setting, images)
    schedule = usable_schedule(diffusion, setting)
    before = tables_of(schedule)
    num_ts, num_samples, _, *img_hw = images.shape
    reset_random_state(state)
    returned = diffusion.ddpm.ddpm_sample(
        spy, schedule, num_samples, tuple(img_hw), num_ts, **options
    )
    return {**spy.recorded(returned), "tables_change": tables_of(schedule) - before}


def run_sampler(submission, setting: Setting, images: np.ndarray, state: int, **options) -> dict:
    """One run of the submission's sampler; evidence of `sampler_returns`.

    Args:
        images: (T, N, 1, H, W), what the net claims to see.
        state: what the global generators are seeded with before.
        options: passed on to the sampler: seed.
    """
    inputs = {"setting": setting.inputs, "images": images, "state": state, "options": options}
    return submission.run(probe_sample, returns=sampler_returns(images), **inputs)


def replayed(
    submission,
    setting: Setting,
    rng,
    count: int,
    img_hw: tuple[int, int],
    drawn: tuple[int, int] | None = None,
) -> Replay:
    """Two runs with one seed and one random state, those `drawn` or new ones, compared."""
    state, seed = drawn or draw_seeds(rng)
    runs = []
    for _ in range(2):
        images = answer_images(rng, setting, count, img_hw)
        seen = run_sampler(submission, setting, images, state, seed=seed)
        runs.append(Run.of(setting, seen, images))
    return replay(*runs)
