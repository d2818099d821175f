"""Runs of iterative denoising; a spy takes the place of the pretrained model."""

from typing import Any

import numpy as np
import torch

from checkkit.spies.editing import ModelSpy
from checkkit.spies.sampling import followed
from checkkit.verdicts.dependence import assert_answers_enter
from checkkit.verdicts.replay import Replay, Run, replay
from checkkit.verdicts.sampling_steps import assert_finite
from checkkit.verdicts.seeds import draw_seeds
from checkkit.verdicts.settings import answer_images
from checkkit.verdicts.strided import StridedSetting, editing_returns


def probe_iterative(
    diffusion, *, setting, images, x, cond, directions, guidance, state, steps, options
):
    iterative = diffusion.iterative
    denoise = iterative.iterative_denoise if directions is None else iterative.iterative_denoise_cfg
    if cond is not None:
        options = {**options, "cond": cond}
    spy, returned = followed(
        lambda times: ModelSpy(setting, images, directions, guidance, times, cond),
        steps[:-1],
        lambda spy: denoise(spy.model(), x, **options),
        state,
    )
    timesteps = torch.tensor(options["timesteps"])
    return {**spy.evidence(returned), "x_after": x, "timesteps_after": timesteps}


def run_iterative(
    submission,
    setting: StridedSetting,
    images: np.ndarray,
    x: np.ndarray,
    cond: np.ndarray | None = None,
    directions: np.ndarray | None = None,
    guidance: float = 0.0,
    state: int = 0,
    **options,
) -> dict:
    """One run of the submission's function; evidence of `editing_returns`.

    Args:
        images: (S, N, 1, H, W), the x_0 that the model's answers stand for.
        x: (N, 1, H, W), where the function begins.
        cond: (N,) what it is to pass on to the model.
        directions: the same shape as images, what cond changes in the model's answer; None runs the
            function without guidance.
        guidance: the strength for which the model's answers add up.
        state: what the global generators are seeded with before.
        options: passed on to the function, beside the setting's: seed, scale.
    """
    count, _, height, width = x.shape

    def run(images: np.ndarray, directions: np.ndarray | None = None) -> dict:
        return submission.run(
            probe_iterative,
            returns=editing_returns(setting, count, (height, width)),
            setting=setting.inputs,
            images=images,
            x=x,
            cond=cond,
            directions=directions,
            guidance=guidance,
            state=state,
            steps=setting.timesteps,
            options={**setting.arguments, **options},
        )

    parts = [images] if directions is None else [images, directions]
    evidence = run(*parts)
    assert_finite(evidence, setting)
    assert_answers_enter(evidence, parts, run, f"{setting.next_x} from x and the prediction")
    return evidence


def iterative_inputs(
    rng: np.random.Generator,
    setting: StridedSetting,
    count: int,
    img_hw: tuple[int, int],
    guidance: float | None = None,
) -> dict[str, Any]:
    """Random images, x and cond for `run_iterative`, with directions if there is guidance."""
    inputs: dict[str, Any] = {
        "images": answer_images(rng, setting, count, img_hw),
        "x": rng.normal(size=(count, 1, *img_hw)).astype(np.float32),
        "cond": rng.integers(10, size=count),
    }
    if guidance is not None:
        inputs["directions"] = rng.normal(size=inputs["images"].shape).astype(np.float32)
        inputs |= {"guidance": guidance, "scale": guidance}
    return inputs


def replayed_iterative(
    submission,
    setting: StridedSetting,
    rng: np.random.Generator,
    count: int,
    img_hw: tuple[int, int],
    guidance: float | None = None,
    seeds: tuple[int, int] | None = None,
) -> Replay:
    """Compare two runs on one x with the same seeds (new ones unless given).

    Equal seeds also give equal x: all that differs between two comparisons is the setting.
    """
    state, seed = seeds or draw_seeds(rng)
    same = iterative_inputs(np.random.default_rng(seed), setting, count, img_hw)
    runs, directions = [], []
    for _ in range(2):
        inputs = iterative_inputs(rng, setting, count, img_hw, guidance)
        inputs |= {"x": same["x"], "cond": same["cond"]}
        evidence = run_iterative(submission, setting, **inputs, state=state, seed=seed)
        runs.append(Run.of(setting, evidence, inputs["images"]))
        directions.append(inputs.get("directions"))
    return replay(*runs, directions=None if guidance is None else tuple(directions))
