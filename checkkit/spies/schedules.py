"""The schedule that samplers and losses get: the submission's own where its tables are usable."""

from typing import Any

import torch


def usable_schedule(diffusion: Any, setting: dict) -> Any:
    """`ddpm_schedule`'s own answer if its three tables agree with the given ones, else those.

    Its own answer may be any object with the three keys: with more keys, in float64, or no dict.
    """
    given = setting["tables"]
    try:
        own = diffusion.ddpm.ddpm_schedule(setting["beta_1"], setting["beta_T"], setting["num_ts"])
        usable = all(_agree(own[name], given[name]) for name in given)
    except Exception:  # whatever is wrong with it is the business of the schedule's own checks
        return given
    return own if usable else given


def tables_of(schedule: Any) -> torch.Tensor:
    """The three tables as they stand, (3, T + 1) float64, detached from the schedule."""
    names = ("betas", "alphas", "alpha_bars")
    return torch.stack([schedule[name].detach().cpu().double().clone() for name in names])


def _agree(own: torch.Tensor, given: torch.Tensor) -> bool:
    return (
        own.dtype in (torch.float32, torch.float64)
        and own.shape == given.shape
        and torch.allclose(own.detach().cpu().double(), given.double(), rtol=1e-5, atol=1e-7)
    )
