"""Runs of `ddpm_cfg_sample` with a spy in the place of the net."""

from typing import Any

import numpy as np

from checkkit.runner import Array
from checkkit.spies.randomness import reset_random_state
from checkkit.spies.sampling import ClassSpy
from checkkit.spies.schedules import tables_of, usable_schedule
from checkkit.verdicts.replay import Replay, Run, replay, sampler_returns
from checkkit.verdicts.seeds import draw_seeds
from checkkit.verdicts.settings import Setting, answer_images


def probe_cfg_sample(diffusion, *, setting, c, images, directions, guidance, state, options):
    spy = ClassSpy(setting, images, directions, guidance)
    schedule = usable_schedule(diffusion, setting)
    before = tables_of(schedule)
    num_ts, _, _, *img_hw = images.shape
    reset_random_state(state)
    returned = diffusion.cfg.ddpm_cfg_sample(spy, schedule, c, tuple(img_hw), num_ts, **options)
    return {**spy.recorded(returned), "tables_change": tables_of(schedule) - before, "c_after": c}


def run_sampler(
    submission,
    setting: Setting,
    c: np.ndarray,
    images: np.ndarray,
    directions: np.ndarray,
    guidance: float,
    state: int = 0,
    **options,
) -> dict:
    """One run of the submission's sampler; evidence of `sampler_returns`.

    Args:
        c: (N,) classes.
        images: (T, N, 1, H, W), what the net claims to see once it is guided right.
        directions: the same shape, what keeping the class changes in the net's answer.
        guidance: the strength for which the spy's answers add up.
        state: what the global generators are seeded with before.
        options: passed on to the sampler: seed, guidance_scale.
    """
    inputs = {"images": images, "directions": directions, "guidance": guidance, "state": state}
    return submission.run(
        probe_cfg_sample,
        returns={**sampler_returns(images), "c_after": Array(c.shape, "int64")},
        setting=setting.inputs,
        c=c,
        options=options,
        **inputs,
    )


def conditions(rng, setting: Setting, count: int, img_hw: tuple[int, int]) -> dict[str, Any]:
    """Classes, images and directions for `run_sampler`."""
    images = answer_images(rng, setting, count, img_hw)
    directions = rng.normal(size=images.shape).astype(np.float32)
    return {"c": rng.integers(10, size=count), "images": images, "directions": directions}


def simple_run(submission, rng, setting: Setting, count: int = 2, img_hw=(8, 8)) -> dict:
    """One run at some strength of guidance, from some seed."""
    inputs, seed = conditions(rng, setting, count, img_hw), int(rng.integers(2**31))
    return run_sampler(submission, setting, **inputs, guidance=3.0, guidance_scale=3.0, seed=seed)


def replayed(
    submission,
    setting: Setting,
    rng: np.random.Generator,
    count: int,
    img_hw: tuple[int, int],
    guidance: float = 3.0,
    drawn: tuple[int, int] | None = None,
    **options,
) -> tuple[Replay, np.ndarray]:
    """Two runs with one seed and one random state, compared; and the rows that the net saw."""
    state, seed = drawn or draw_seeds(rng)
    runs, directions = [], []
    for _ in range(2):
        inputs = conditions(rng, setting, count, img_hw)
        seen = run_sampler(
            submission, setting, **inputs, guidance=guidance, state=state, seed=seed, **options
        )
        runs.append(Run.of(setting, seen, inputs["images"]))
        directions.append(inputs["directions"])
    return replay(*runs, directions=tuple(directions)), seen["rows"]
