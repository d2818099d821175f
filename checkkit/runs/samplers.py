"""Runs of the samplers, without and with classes; a spy takes the net's place."""

from typing import Any

import numpy as np
import torch

from checkkit.runner import Array
from checkkit.spies.sampling import SamplerSpy, followed
from checkkit.spies.schedules import tables_of, usable_schedule
from checkkit.verdicts.dependence import assert_answers_enter
from checkkit.verdicts.replay import Replay, Run, replay, sampler_returns
from checkkit.verdicts.sampling_steps import assert_finite
from checkkit.verdicts.seeds import draw_seeds
from checkkit.verdicts.settings import Setting, answer_images

FUNCTIONS = {  # module and name, by sampler and whether with classes
    ("ddpm", False): ("ddpm", "ddpm_sample"),  # for: sample
    ("ddpm", True): ("cfg", "ddpm_cfg_sample"),  # for: cfg_sample
    ("ddim", False): ("ddim", "ddim_sample"),  # for: ddim
    ("ddim", True): ("ddim", "ddim_cfg_sample"),  # for: ddim_cfg
}


def probe_sampler(
    diffusion, *, function, setting, images, c, directions, guidance, state, steps, options
):
    schedule = usable_schedule(diffusion, setting)
    before, (module, name) = tables_of(schedule), function
    sampler = getattr(getattr(diffusion, module), name)
    num_samples, _, *img_hw = images.shape[1:]
    what = num_samples if c is None else c
    arguments = what, tuple(img_hw), setting["num_ts"]
    spy, returned = followed(
        lambda times: SamplerSpy(setting, images, directions, guidance, times),
        steps[:-1],
        lambda spy: sampler(spy.net(), schedule, *arguments, **options),
        state,
    )
    return {
        **spy.evidence(returned),
        "tables_change": tables_of(schedule) - before,
        "c_after": c,
        "timesteps_after": torch.tensor(options["timesteps"]) if "timesteps" in options else None,
    }


def run_sampler(
    submission,
    setting: Setting,
    images: np.ndarray,
    c: np.ndarray | None = None,
    directions: np.ndarray | None = None,
    guidance: float = 0.0,
    state: int = 0,
    gate: bool = True,
    **options,
) -> dict:
    """One run of the submission's sampler; evidence of `sampler_returns`.

    Args:
        images: (S, N, 1, H, W), the x_0 that the net's answers stand for, guided where c is given.
        c: (N,) classes; None runs the sampler without classes.
        directions: the same shape as images, what keeping the class changes in the net's answer.
        guidance: the strength for which the spy's answers add up.
        state: what the global generators are seeded with before.
        gate: whether the net's answers have to enter; a verdict on coefficients tells it better.
        options: passed on to the sampler, beside the setting's: seed, guidance_scale.
    """
    count, _, height, width = images.shape[1:]
    returns = sampler_returns(setting, count, (height, width))
    if c is not None:
        returns["c_after"] = Array(c.shape, "int64")
    if "timesteps" in setting.arguments:
        returns["timesteps_after"] = Array((None,), "int64")

    def run(images: np.ndarray, directions: np.ndarray | None = None) -> dict:
        return submission.run(
            probe_sampler,
            returns=returns,
            function=FUNCTIONS[setting.sampler, c is not None],
            setting=setting.inputs,
            images=images,
            c=c,
            directions=directions,
            guidance=guidance,
            state=state,
            steps=setting.timesteps,
            options={**setting.arguments, **options},
        )

    parts = [images] if directions is None else [images, directions]
    evidence = run(*parts)
    assert_finite(evidence, setting)
    if gate:
        assert_answers_enter(evidence, parts, run, f"{setting.next_x} from x_t and the prediction")
    return evidence


def random_inputs(
    rng: np.random.Generator, setting: Setting, count: int, img_hw: tuple[int, int]
) -> dict[str, Any]:
    """Images, classes and directions for a guided `run_sampler`."""
    images = answer_images(rng, setting, count, img_hw)
    directions = rng.normal(size=images.shape).astype(np.float32)
    return {"c": rng.integers(10, size=count), "images": images, "directions": directions}


def guided_run(submission, rng, setting: Setting, count: int = 2, img_hw=(8, 8)) -> dict:
    """One run of the guided sampler with guidance 3 and a random seed."""
    inputs, seed = random_inputs(rng, setting, count, img_hw), int(rng.integers(2**31))
    return run_sampler(submission, setting, **inputs, guidance=3.0, guidance_scale=3.0, seed=seed)


def replayed(
    submission,
    setting: Setting,
    rng: np.random.Generator,
    count: int,
    img_hw: tuple[int, int],
    guidance: float | None = None,
    seeds: tuple[int, int] | None = None,
    gate: bool = True,
    **options,
) -> Replay:
    """Compare two runs with the same seeds (new ones unless given) and different images.

    With `guidance` the guided sampler runs; pass `guidance_scale` too unless its default is meant.
    `gate` as in `run_sampler`.
    """
    state, seed = seeds or draw_seeds(rng)
    options |= {"state": state, "seed": seed, "gate": gate}
    runs, directions = [], []
    for _ in range(2):
        if guidance is None:
            inputs: dict[str, Any] = {"images": answer_images(rng, setting, count, img_hw)}
        else:
            inputs = random_inputs(rng, setting, count, img_hw) | {"guidance": guidance}
            directions.append(inputs["directions"])
        evidence = run_sampler(submission, setting, **inputs, **options)
        runs.append(Run.of(setting, evidence, inputs["images"]))
    return replay(*runs, directions=tuple(directions) or None)
