"""A net that looks over a sampler's shoulder: it records every x_t and answers with chosen images.

It tells steps and images apart by the rows of x and the times that it gets, so that one stacked
pass, two passes, interleaved rows, a pass left out, and images one at a time (step by step, or one
chain after the other) all read the same.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from .conditions import read_classes, read_mask, read_times
from .steps import Steps

Tensor = torch.Tensor


class SamplerSpy(nn.Module):
    """The net of a sampler; answers eps so that the estimate of x_0 is the chosen image.

    eps = (x - sqrt(alpha_bar_t) y) / sqrt(1 - alpha_bar_t), y = images[k, i] for image i in step k,
    t = times[k]. With `directions` d, a row that keeps its class gets eps + (1 - w) d, another one
    eps - w d, w = `guidance`: guided with exactly w, they add up to eps again.

    Args:
        setting: {"tables": {"alpha_bars": (T + 1,)}, "num_ts": T, ...}.
        images: (T, N, 1, H, W).
        directions: of the same shape, or None.
        times: the t of each step; by default from T down to 1.
    """

    def __init__(
        self,
        setting: dict,
        images: Tensor,
        directions: Tensor | None = None,
        guidance: float = 0.0,
        times: Sequence[int] = (),
    ):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.num_ts, self.num_images = images.shape[:2]
        alpha_bars = setting["tables"]["alpha_bars"].double()
        self.on_image, self.on_eps = alpha_bars.sqrt().tolist(), (1 - alpha_bars).sqrt().tolist()
        self.images = images.double()
        self.directions = None if directions is None else directions.double()
        self.guidance = guidance
        self.steps = Steps(self.num_images)
        self.times = times or range(self.num_ts, 0, -1)
        self.rows: list[Tensor] = []
        self.counts = {"calls_in_train_mode": 0, "tracked_calls": 0, "calls_in_double": 0}

    def answer(self, x: Tensor, t: Tensor, c: Tensor | None, keep: Tensor) -> Tensor:
        """Record the rows of one call and answer them."""
        if x.shape[1:] != self.images.shape[2:]:
            want = f"(any, 1, {self.images.shape[3]}, {self.images.shape[4]})"
            raise ValueError(f"the net was given x of shape {tuple(x.shape)}, expected {want}")
        plain = x.detach().cpu().float()
        step, places = self.steps.find(plain, round(t[0].item(), 6) if len(t) else 0.0, keep)
        klass = torch.full_like(t, -1) if c is None else c
        numbers = torch.full_like(t, step), torch.tensor(places, dtype=torch.float64)
        self.rows.append(torch.stack([*numbers, t, klass, keep], dim=1))
        self.counts["calls_in_train_mode"] += self.training
        self.counts["calls_in_double"] += x.dtype != torch.float32
        eps = self._eps(x.detach().double(), min(step, len(self.times) - 1), places, keep)
        reply = eps.to(x.dtype) * self.weight
        self.counts["tracked_calls"] += reply.requires_grad
        return reply

    def _eps(self, x: Tensor, step: int, places: list[int], keep: Tensor) -> Tensor:
        t = self.times[step]
        eps = (x - self.on_image[t] * self.images[step, places]) / self.on_eps[t]
        if self.directions is None:
            return eps
        kept = (keep != 0).double().view(-1, 1, 1, 1)
        return eps + (kept - self.guidance) * self.directions[step, places]

    def evidence(self, returned: Any) -> dict:
        """Evidence of one finished run, `returned` being what the sampler returned."""
        x_0, caches = unpack_samples(returned)
        states = [step.state for step in self.steps.all]
        return {
            "x_0": x_0,
            "caches": caches,
            "states": torch.stack(states) if states else torch.empty(0, *self.images.shape[1:]),
            "times": torch.tensor([*self.times], dtype=torch.int64),
            "rows": torch.cat(self.rows) if self.rows else torch.zeros(0, 5, dtype=torch.float64),
            **self.counts,
        }

    def loop_times(self) -> list[int]:
        """The t of each step, by what the net was told, of a loop that leaves some out; else []."""
        T = self.num_ts
        told = [step.time for step in self.steps.all]
        told = [time * T if max(told) <= 1 else time for time in told]
        times = [round(time) for time in told]
        falling = all(a > b for a, b in pairwise(times))
        whole = all(abs(t - n) <= 1e-3 and 0 <= n <= T for t, n in zip(told, times, strict=True))
        return [max(t, 1) for t in times] if falling and whole and len(times) < T else []


class TimeSpy(SamplerSpy):
    """The spy in the place of the time-conditional net."""

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.answer(x, read_times(t, len(x)), None, read_mask(None, len(x)))


class ClassSpy(SamplerSpy):
    """The spy in the place of the class-conditional net."""

    def forward(self, x: Tensor, c: Tensor, t: Tensor, mask: Tensor | None = None) -> Tensor:
        told = read_times(t, len(x)), read_classes(c, len(x)), read_mask(mask, len(x))
        return self.answer(x, *told)


def unpack_samples(returned: Any) -> tuple[Any, Any]:
    """The two things that a sampler returns."""
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        what = f"{len(returned)} values" if isinstance(returned, tuple | list) else "one value"
        what = "nothing" if returned is None else what
        raise TypeError(f"the sampler returned {what}, not the pair (x_0, caches)")
    if isinstance(returned[1], tuple | list):
        raise TypeError("caches is a list; return one tensor: torch.stack(caches, dim=1)")
    return returned[0], returned[1]
