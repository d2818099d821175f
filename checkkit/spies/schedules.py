"""The schedule that samplers, losses and loops get: the submission's own, if its tables are right.

A submission may compute with everything that its own schedule holds.
"""

import copy
from collections.abc import Callable
from typing import Any

import torch

Move = Callable[[torch.Tensor], torch.Tensor]


class OwnScheduleWrong(NotImplementedError, KeyError):
    """A function wants more of the schedule than its three tables, and its own one is not right."""

    __str__ = BaseException.__str__  # KeyError would quote the text


class RightTables(dict):
    """The three right tables, for a submission whose own schedule is wrong."""

    def __missing__(self, key: Any) -> Any:
        raise OwnScheduleWrong(
            f"This function reads schedule[{key!r}], which is not one of the three tables. Your "
            "own schedule can be used here when its three tables are right"
            " (task schedule)"  # for: schedule
        )


def usable_schedule(diffusion: Any, setting: dict, move: Move | None = None) -> Any:
    """The submission's own schedule if its three tables agree with the given ones, else those.

    Its own answer may be any object with the three keys: with more keys, or no dict.

    Args:
        setting: {"beta_1", "beta_T", "num_ts", "tables"}.
        move: moves each tensor of the schedule, such as to another device.
    """
    given = setting["tables"]
    schedule: Any = RightTables(given)
    # for: schedule
    try:
        own = diffusion.ddpm.ddpm_schedule(setting["beta_1"], setting["beta_T"], setting["num_ts"])
        if all(_agree(own[name], given[name]) for name in given):
            schedule = own
    except Exception:  # whatever is wrong with it is the business of the schedule's own checks
        pass
    # end for
    return schedule if move is None else _moved(schedule, move, {})


def tables_of(schedule: Any) -> torch.Tensor:
    """The three tables as they stand, (3, T + 1) float64, detached from the schedule."""
    names = ("betas", "alphas", "alpha_bars")
    return torch.stack([schedule[name].detach().cpu().double().clone() for name in names])


def _agree(own: torch.Tensor, given: torch.Tensor) -> bool:
    return (
        own.dtype == torch.float32
        and own.shape == given.shape
        and torch.allclose(own.detach().cpu().double(), given.double(), rtol=1e-5, atol=1e-7)
    )


def _moved(value: Any, move: Move, done: dict[int, Any]) -> Any:
    """A copy of a schedule, and of the objects in it, with each tensor moved."""
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, torch.Tensor):
        done[id(value)] = move(value)
    elif isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(_moved(item, move, done) for item in value)
    elif isinstance(value, dict | list) or hasattr(value, "__dict__"):
        twin = done[id(value)] = copy.copy(value)
        for items in (twin, getattr(twin, "__dict__", None)):
            if isinstance(items, dict | list):
                for key in list(items) if isinstance(items, dict) else range(len(items)):
                    items[key] = _moved(items[key], move, done)
    return done.get(id(value), value)
