"""Runs of the losses and samplers of flow matching; a spy takes the net's place."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from checkkit.runner import Array
from checkkit.spies.losses import ClassLossSpy, TimeLossSpy
from checkkit.spies.randomness import reset_random_state
from checkkit.spies.sampling import VelocitySpy
from checkkit.verdicts.dependence import assert_answers_enter, assert_images_enter
from checkkit.verdicts.flow_losses import FlowLoss, flow_loss_returns
from checkkit.verdicts.flow_paths import FlowPath, flow_returns, velocity_images
from checkkit.verdicts.seeds import draw_seeds

FEW = 7  # fewer images may all have t = 1, where x_t is x_1


def probe_flow_loss(diffusion, *, x_1, c, p_uncond, num_ts, train_mode):
    spy = (TimeLossSpy() if c is None else ClassLossSpy()).train(train_mode)
    if c is None:
        loss = diffusion.flow.flow_forward(spy, x_1, num_ts)
    else:
        loss = diffusion.flow.flow_cfg_forward(spy, x_1, c, p_uncond, num_ts)
    return {
        **spy.evidence(loss), "mode_after": spy.training, "x_1_after": x_1, "c_after": c,
    }  # fmt: skip


def probe_flow_batches(diffusion, *, x_1, c, p_uncond, num_ts, size):
    rows = []
    for start in range(0, len(x_1), size):
        spy, batch = ClassLossSpy(), slice(start, start + size)
        diffusion.flow.flow_cfg_forward(spy, x_1[batch], c[batch], p_uncond, num_ts)
        rows.append(torch.cat(spy.rows))
    return {"rows": torch.cat(rows)}


def probe_flow_sampler(diffusion, *, images, c, directions, guidance, num_ts, state, options):
    count, _, *img_hw = images.shape[1:]
    flow = diffusion.flow
    sampler, what = (flow.flow_sample, count) if c is None else (flow.flow_cfg_sample, c)
    spy = VelocitySpy({"num_ts": num_ts}, images, directions, guidance, range(len(images)))
    reset_random_state(state)
    evidence = spy.evidence(sampler(spy.net(), what, tuple(img_hw), num_ts, **options))
    return {**evidence, "x_1": evidence["x_0"], "c_after": c}


def run_flow_loss(
    submission,
    x_1: np.ndarray,
    num_ts: int,
    c: np.ndarray | None = None,
    p_uncond: float = 0.1,
    train_mode: bool = True,
) -> dict:
    """One call of the loss on x_1 (N, 1, H, W) and, if given, the classes c (N,)."""
    returns = flow_loss_returns(x_1)
    if c is not None:
        returns["c_after"] = Array(c.shape, "int64")
    inputs = {"x_1": x_1, "c": c, "p_uncond": p_uncond, "num_ts": num_ts}
    evidence = submission.run(probe_flow_loss, returns=returns, train_mode=train_mode, **inputs)
    if len(x_1) >= FEW:
        assert_images_enter(x_1, evidence, "x_1")
    return evidence


def analysed_flow_loss(
    submission, x_1: np.ndarray, num_ts: int, c: np.ndarray | None = None
) -> FlowLoss:
    """The analysis of one call of the loss."""
    return FlowLoss.of(num_ts, run_flow_loss(submission, x_1, num_ts, c), x_1)


def flow_times(
    submission, x_1: np.ndarray, num_ts: int, c: np.ndarray | None = None
) -> tuple[np.ndarray, Callable[[], FlowLoss]]:
    """The t (N,) that the net got in one call of the loss, and how to analyse this call."""
    evidence = run_flow_loss(submission, x_1, num_ts, c)
    return evidence["rows"][:, 0], lambda: FlowLoss.of(num_ts, evidence, x_1)


def run_flow_batches(
    submission, x_1: np.ndarray, c: np.ndarray, p_uncond: float, num_ts: int, size: int
) -> np.ndarray:
    """The mask of each image (N,) where batches of this size make up x_1 (N, 1, H, W)."""
    inputs = {"x_1": x_1, "c": c, "p_uncond": p_uncond, "num_ts": num_ts, "size": size}
    returns = {"rows": Array((len(x_1), 3), "float64")}
    return submission.run(probe_flow_batches, returns=returns, **inputs)["rows"][:, 2]


def run_flow_sampler(
    submission,
    num_ts: int,
    images: np.ndarray,
    c: np.ndarray | None = None,
    directions: np.ndarray | None = None,
    guidance: float = 0.0,
    state: int = 0,
    gate: bool = True,
    **options,
) -> dict:
    """One run of the sampler in T = `num_ts` steps; evidence of `flow_returns`.

    Args:
        images: (calls, N, 1, H, W), where the velocity of each call leads to, guided if c is given.
        c: (N,) classes; None runs the sampler without classes.
        directions: the same shape as images, what keeping the class changes in the net's answer.
        guidance: the strength for which the spy's answers add up.
        state: what the global generators are seeded with before.
        gate: whether the net's answers have to enter; a verdict on coefficients tells it better.
        options: passed on to the sampler: seed, guidance_scale.
    """
    count, _, height, width = images.shape[1:]
    returns = flow_returns(count, (height, width))
    if c is not None:
        returns["c_after"] = Array(c.shape, "int64")

    def run(images: np.ndarray, directions: np.ndarray | None = None) -> dict:
        inputs = {"images": images, "c": c, "directions": directions, "guidance": guidance}
        fixed = {"num_ts": num_ts, "state": state, "options": options}
        evidence = submission.run(probe_flow_sampler, returns=returns, **inputs, **fixed)
        return {**evidence, "x_0": evidence["x_1"]}

    parts = [images] if directions is None else [images, directions]
    evidence = run(*parts)
    if gate:
        assert_answers_enter(evidence, parts, run, "x + 1/T times the predicted velocity")
    return evidence


def guided_inputs(
    rng: np.random.Generator, num_ts: int, count: int, img_hw: tuple[int, int]
) -> dict[str, Any]:
    """Images, classes and directions for a guided `run_flow_sampler`."""
    images = velocity_images(rng, num_ts, count, img_hw)
    directions = (0.3 * rng.normal(size=images.shape)).astype(np.float32)
    return {"c": rng.integers(10, size=count), "images": images, "directions": directions}


def flow_inputs(
    rng: np.random.Generator, num_ts: int, count: int, img_hw: tuple[int, int],
    guidance: float | None,
) -> dict[str, Any]:  # fmt: skip
    """Inputs of `run_flow_sampler`, for the guided sampler unless guidance is None."""
    if guidance is None:
        return {"images": velocity_images(rng, num_ts, count, img_hw)}
    scales = {"guidance": guidance, "guidance_scale": guidance}
    return guided_inputs(rng, num_ts, count, img_hw) | scales


def flow_path(
    submission,
    rng: np.random.Generator,
    num_ts: int,
    count: int,
    img_hw: tuple[int, int],
    guidance: float | None = None,
    seeds: tuple[int, int] | None = None,
    default: bool = False,
    gate: bool = True,
) -> FlowPath:
    """A run with new images, measured, with random seeds unless given.

    Args:
        guidance: None runs the sampler without classes.
        default: guidance_scale is left out.
        gate: as in `run_flow_sampler`.
    """
    inputs = flow_inputs(rng, num_ts, count, img_hw, guidance)
    if default:
        del inputs["guidance_scale"]
    state, seed = seeds or draw_seeds(rng)
    evidence = run_flow_sampler(submission, num_ts, **inputs, state=state, seed=seed, gate=gate)
    return FlowPath.of(num_ts, evidence, inputs["images"], inputs.get("directions"))
