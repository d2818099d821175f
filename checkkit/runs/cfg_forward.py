"""Runs of `ddpm_cfg_forward` with a spy in the place of the net."""

import numpy as np

from checkkit.runner import Array
from checkkit.spies.losses import ClassLossSpy
from checkkit.spies.schedules import tables_of, usable_schedule
from checkkit.verdicts.losses import (
    loss_returns,
)
from checkkit.verdicts.settings import Setting


def probe_cfg_forward(diffusion, *, setting, x_0, c, p_uncond, train_mode):
    spy = ClassLossSpy().train(train_mode)
    schedule = usable_schedule(diffusion, setting)
    before = tables_of(schedule)
    loss = diffusion.cfg.ddpm_cfg_forward(spy, schedule, x_0, c, p_uncond, setting["num_ts"])
    return {
        **spy.recorded(loss),
        "mode_after": spy.training,
        "x_0_after": x_0,
        "c_after": c,
        "tables_change": tables_of(schedule) - before,
    }


def run_loss(
    submission,
    setting: Setting,
    x_0: np.ndarray,
    c: np.ndarray,
    p_uncond: float = 0.1,
    train_mode: bool = True,
) -> dict:
    """One call of the submission's loss on x_0 (N, 1, H, W) and c (N,)."""
    returns = {**loss_returns(setting, x_0), "c_after": Array(c.shape, "int64")}
    inputs = {"setting": setting.inputs, "x_0": x_0, "c": c, "p_uncond": p_uncond}
    return submission.run(probe_cfg_forward, returns=returns, train_mode=train_mode, **inputs)


def digits(rng: np.random.Generator, count: int) -> np.ndarray:
    """Classes 0 to 9, (count,) int64."""
    return rng.integers(10, size=count)
