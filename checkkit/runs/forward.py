"""Runs of `ddpm_forward` with a spy in the place of the net."""

import numpy as np

from checkkit.spies.losses import TimeLossSpy
from checkkit.spies.schedules import tables_of, usable_schedule
from checkkit.verdicts.losses import (
    loss_returns,
)
from checkkit.verdicts.settings import Setting


def probe_forward(diffusion, *, setting, x_0, train_mode):
    spy = TimeLossSpy().train(train_mode)
    schedule = usable_schedule(diffusion, setting)
    before = tables_of(schedule)
    loss = diffusion.ddpm.ddpm_forward(spy, schedule, x_0, setting["num_ts"])
    return {
        **spy.recorded(loss),
        "mode_after": spy.training,
        "x_0_after": x_0,
        "tables_change": tables_of(schedule) - before,
    }


def run_loss(submission, setting: Setting, x_0: np.ndarray, train_mode: bool = True) -> dict:
    """One call of the submission's loss on x_0 (N, 1, H, W); evidence of `loss_returns`."""
    inputs = {"setting": setting.inputs, "x_0": x_0, "train_mode": train_mode}
    return submission.run(probe_forward, returns=loss_returns(setting, x_0), **inputs)
