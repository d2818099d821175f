"""Runs of image-to-image and of inpainting; a spy takes the place of the pretrained model."""

import dataclasses
from typing import Any

import numpy as np
import torch

from checkkit.runner import Array, CheckFailed
from checkkit.runner.outcomes import Blocked, SubmissionProblem
from checkkit.spies.edited import one_tensor
from checkkit.spies.editing import ModelSpy
from checkkit.spies.sampling import followed
from checkkit.verdicts.dependence import assert_answers_enter
from checkkit.verdicts.edited import Edit
from checkkit.verdicts.noise import assert_noise_scale
from checkkit.verdicts.replay import Replay
from checkkit.verdicts.sampling_steps import assert_finite, assert_step_mean
from checkkit.verdicts.seeds import draw_seeds
from checkkit.verdicts.settings import answer_images
from checkkit.verdicts.strided import StridedSetting, editing_returns

from .editing import replayed_iterative


def probe_edit(
    diffusion, *, setting, images, x_0, mask, cond, directions, guidance, state, steps, options
):
    edit = diffusion.image_to_image.sdedit if mask is None else diffusion.inpainting.inpaint
    given = [x_0] if mask is None else [x_0, mask]
    if cond is not None:
        options = {**options, "cond": cond}
    spy, result = followed(
        lambda times: ModelSpy(setting, images, directions, guidance, times, cond),
        steps[:-1],
        lambda spy: one_tensor(edit(spy.model(), *given, **options)),
        state,
    )
    return {
        **spy.evidence((result, result[:, None])),
        "x_after": x_0,
        "mask_after": x_0 if mask is None else mask,
        "timesteps_after": torch.tensor(options["timesteps"]),
    }


def run_edit(
    submission,
    setting: StridedSetting,
    images: np.ndarray,
    x_0: np.ndarray,
    mask: np.ndarray | None = None,
    cond: np.ndarray | None = None,
    directions: np.ndarray | None = None,
    guidance: float = 0.0,
    state: int = 0,
    **options,
) -> dict:
    """One run of the submission's `inpaint`, or without a mask of its `sdedit`.

    Args:
        images: (S, N, 1, H, W), the clean images that the model's answers stand for.
        x_0: (N, 1, H, W), the images to edit.
        mask: of a shape that fits x_0; it needs a `WholeSetting`, since inpaint has no i_start.
        cond: (N,) what the function is to pass on to the model.
        directions: the same shape as images, what cond changes in the model's answer.
        guidance: the strength for which the model's answers add up.
        state: what the global generators are seeded with before.
        options: passed on to the function, beside the setting's: seed, scale.
    """
    count, _, height, width = x_0.shape
    arguments = {**setting.arguments, **options}
    returns = editing_returns(setting, count, (height, width))
    returns["mask_after"] = Array(x_0.shape if mask is None else mask.shape)

    def run(images: np.ndarray, directions: np.ndarray | None = None) -> dict:
        return submission.run(
            probe_edit,
            returns=returns,
            setting=setting.inputs,
            images=images,
            x_0=x_0,
            mask=mask,
            cond=cond,
            directions=directions,
            guidance=guidance,
            state=state,
            steps=setting.timesteps,
            options=arguments,
        )

    parts = [images] if directions is None else [images, directions]
    evidence = run(*parts)
    assert_finite(evidence, setting)
    assert_answers_enter(evidence, parts, run, f"{setting.next_x} from x and the prediction")
    return evidence


def edit_inputs(
    rng: np.random.Generator,
    setting: StridedSetting,
    count: int,
    img_hw: tuple[int, int],
    guidance: float | None = None,
) -> dict[str, Any]:
    """Random images and x_0 for `run_edit`; with guidance also cond and directions."""
    inputs: dict[str, Any] = {
        "images": answer_images(rng, setting, count, img_hw),
        "x_0": rng.uniform(-1, 1, size=(count, 1, *img_hw)).astype(np.float32),
    }
    if guidance is not None:
        inputs["cond"] = 1 + rng.integers(9, size=count)
        inputs["directions"] = rng.normal(size=inputs["images"].shape).astype(np.float32)
        inputs |= {"guidance": guidance, "scale": guidance}
    return inputs


def two_edits(
    submission,
    setting: StridedSetting,
    rng: np.random.Generator,
    count: int,
    img_hw: tuple[int, int],
    mask: np.ndarray | None = None,
    guidance: float | None = None,
    seeds: tuple[int, int] | None = None,
) -> tuple[Edit, Edit]:
    """Two runs with the same seeds (new ones unless given), of other x_0 and other answers."""
    (state, seed), edits = seeds or draw_seeds(rng), []
    for _ in range(2):
        inputs = edit_inputs(rng, setting, count, img_hw, guidance)
        edits.append(edit_of(submission, setting, inputs, mask, state=state, seed=seed))
    return edits[0], edits[1]


def edit_of(
    submission, setting: StridedSetting, inputs: dict[str, Any], mask: np.ndarray | None, **options
) -> Edit:
    """One run with the inputs of `edit_inputs`."""
    evidence = run_edit(submission, setting, **inputs, mask=mask, **options)
    return Edit.of(setting, evidence, inputs["images"], inputs["x_0"], inputs.get("directions"))


def assert_edit_steps(
    submission, setting: StridedSetting, replay: Replay, rng: np.random.Generator
) -> None:
    """Mean and noise of each step are those of equation A4.

    Raises:
        Blocked: they are wrong in `iterative_denoise_cfg`, too, which has checks of its own.
    """
    try:
        assert_step_mean(replay)
        assert_noise_scale(replay)
    except CheckFailed:
        own_setting = StridedSetting(  # one that passes i_start, which may have no default
            *(getattr(setting, field.name) for field in dataclasses.fields(StridedSetting))
        )
        try:
            own = replayed_iterative(submission, own_setting, rng, 4, (12, 12), 2.0)
            assert_step_mean(own)
            assert_noise_scale(own)
        except CheckFailed:
            why = "The steps of iterative_denoise_cfg are wrong, too"
            raise Blocked(setting.mean, why) from None
        except SubmissionProblem:
            pass  # it is not there: the steps are the function's own
        raise
