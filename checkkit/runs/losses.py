"""Runs of the training losses, without and with classes; a spy takes the net's place."""

import numpy as np
import torch

from checkkit.runner import Array
from checkkit.spies.losses import ClassLossSpy, TimeLossSpy
from checkkit.spies.schedules import tables_of, usable_schedule
from checkkit.verdicts.dependence import assert_images_enter
from checkkit.verdicts.losses import LossAnalysis, analyse_loss, loss_returns
from checkkit.verdicts.settings import Setting

PLAIN = ("ddpm", "ddpm_forward")  # for: forward
CLASSED = ("cfg", "ddpm_cfg_forward")  # for: cfg_forward


def probe_loss(diffusion, *, function, setting, x_0, c, p_uncond, train_mode):
    spy = (TimeLossSpy() if c is None else ClassLossSpy()).train(train_mode)
    schedule = usable_schedule(diffusion, setting)
    before, (module, name) = tables_of(schedule), function
    conditions = () if c is None else (c, p_uncond)
    loss = getattr(getattr(diffusion, module), name)(
        spy, schedule, x_0, *conditions, setting["num_ts"]
    )
    return {
        **spy.evidence(loss),
        "mode_after": spy.training,
        "x_0_after": x_0,
        "c_after": c,
        "tables_change": tables_of(schedule) - before,
    }


# for: cfg_forward
def probe_batches(diffusion, *, setting, x_0, c, p_uncond, size):
    schedule, rows = usable_schedule(diffusion, setting), []
    for start in range(0, len(x_0), size):
        spy, batch = ClassLossSpy(), slice(start, start + size)
        diffusion.cfg.ddpm_cfg_forward(
            spy, schedule, x_0[batch], c[batch], p_uncond, setting["num_ts"]
        )
        rows.append(torch.cat(spy.rows))
    return {"rows": torch.cat(rows)}


def run_batches(
    submission, setting: Setting, x_0: np.ndarray, c: np.ndarray, p_uncond: float, size: int
) -> np.ndarray:
    """The mask of each image (N,) where batches of this size make up x_0 (N, 1, H, W)."""
    inputs = {"setting": setting.inputs, "x_0": x_0, "c": c, "p_uncond": p_uncond, "size": size}
    returns = {"rows": Array((len(x_0), 3), "float64")}
    return submission.run(probe_batches, returns=returns, **inputs)["rows"][:, 2]


# end for
def run_loss(
    submission,
    setting: Setting,
    x_0: np.ndarray,
    c: np.ndarray | None = None,
    p_uncond: float = 0.1,
    train_mode: bool = True,
) -> dict:
    """One call of the submission's loss on x_0 (N, 1, H, W) and, if given, the classes c (N,)."""
    returns = loss_returns(setting, x_0)
    if c is not None:
        returns["c_after"] = Array(c.shape, "int64")
    inputs = {"function": PLAIN if c is None else CLASSED, "setting": setting.inputs}
    inputs |= {"x_0": x_0, "c": c, "p_uncond": p_uncond}
    evidence = submission.run(probe_loss, returns=returns, train_mode=train_mode, **inputs)
    assert_images_enter(x_0, evidence)
    return evidence


def analysed_loss(
    submission, setting: Setting, x_0: np.ndarray, c: np.ndarray | None = None
) -> LossAnalysis:
    """The analysis of one call of the submission's loss."""
    return analyse_loss(setting, run_loss(submission, setting, x_0, c), x_0)


def random_classes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Classes from 0 to 9, (count,) int64."""
    return rng.integers(10, size=count)
