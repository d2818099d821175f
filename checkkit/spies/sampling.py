"""A net that looks over a sampler's shoulder: it records every x_t and answers with chosen images.

The records and the images are in another object, which the net's attributes do not lead to. It
tells steps and images apart by the rows of x and the times that it gets, so that one stacked
pass, two passes, interleaved rows, a pass left out, and images one at a time (step by step, or one
chain after the other) all read the same.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeVar

import torch
from torch import nn

from .conditions import as_net, read_classes, read_mask, read_times
from .randomness import reset_random_state
from .steps import Steps

Tensor = torch.Tensor


class SamplerSpy:
    """Looks over a sampler's shoulder; answers eps so that the estimate of x_0 is the chosen image.

    eps = (x - sqrt(alpha_bar_t) y) / sqrt(1 - alpha_bar_t), y = images[k, i] for image i in step k,
    t = times[k]. With `directions` d, a row that keeps its class gets eps + (1 - w) d, another one
    eps - w d, w = `guidance`: guided with exactly w, they add up to eps again.

    The sampler gets `net()`, whose only attribute is a weight: what the answers add up to is the
    result that the check wants, and the net must not tell it.

    Args:
        setting: {"tables": {"alpha_bars": (T + 1,)}, "num_ts": T, ...}.
        images: (S, N, 1, H, W).
        directions: of the same shape; None for a net without classes.
        guidance: w.
        times: the t at which each step begins.
    """

    def __init__(
        self,
        setting: dict,
        images: Tensor,
        directions: Tensor | None,
        guidance: float,
        times: Sequence[int],
    ):
        self.setting, self.num_ts, self.num_images = setting, setting["num_ts"], images.shape[1]
        self.images = images.double()
        self.directions = None if directions is None else directions.double()
        self.guidance = guidance
        self.steps = Steps(self.num_images)
        self.times = times
        self.rows: list[Tensor] = []
        self.counts = {"calls_in_train_mode": 0, "tracked_calls": 0, "calls_in_double": 0}

    def net(self) -> nn.Module:
        """The net that the sampler gets: with classes if there are directions, else without."""
        return time_net(self.answer) if self.directions is None else class_net(self.answer)

    def answer(
        self, net: "SpiedNet", x: Tensor, t: Tensor, c: Tensor | None, keep: Tensor
    ) -> Tensor:
        """Record the rows of one call of the net and answer them."""
        if x.shape[1:] != self.images.shape[2:]:
            want = f"(any, 1, {self.images.shape[3]}, {self.images.shape[4]})"
            raise ValueError(f"the net was given x of shape {tuple(x.shape)}, expected {want}")
        plain = x.detach().cpu().float()
        step, places = self.steps.find(plain, round(t[0].item(), 6) if len(t) else 0.0, keep)
        klass = torch.full_like(t, -1) if c is None else c
        numbers = torch.full_like(t, step), torch.tensor(places, dtype=torch.float64)
        self.rows.append(torch.stack([*numbers, t, klass, keep], dim=1))
        self.counts["calls_in_train_mode"] += net.training
        self.counts["calls_in_double"] += x.dtype != torch.float32
        asked = min(step, len(self.times) - 1)
        answers = self.seen(x.detach().double(), asked, self.images[asked, places])
        if self.directions is not None:
            kept = (keep != 0).double().view(-1, 1, 1, 1)
            answers = answers + (kept - self.guidance) * self.directions[asked, places]
        reply = answers.to(x.dtype) * net.weight
        self.counts["tracked_calls"] += reply.requires_grad
        return reply

    def seen(self, x: Tensor, step: int, images: Tensor) -> Tensor:
        """The answer of a net that sees these images (R, 1, H, W) in x: the noise."""
        on_image, on_eps = self._factors[self.times[step]]
        return (x - on_image * images) / on_eps

    @cached_property
    def _factors(self) -> list[tuple[float, float]]:
        """Of x_0 and of the noise in x_t, for each t."""
        alpha_bars = self.setting["tables"]["alpha_bars"].double()
        return list(zip(alpha_bars.sqrt().tolist(), (1 - alpha_bars).sqrt().tolist(), strict=True))

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
        fewer = len(times) < len(self.times)
        return [max(t, 1) for t in times] if falling and whole and fewer else []


Spy = TypeVar("Spy", bound=SamplerSpy)


def followed(
    spy_for: Callable[[Sequence[int]], Spy],
    times: Sequence[int],
    call: Callable[[Spy], Any],
    state: int,
) -> tuple[Spy, Any]:
    """A spy, and what a function returned that was called with it.

    If the loop of the function leaves steps out, it is called again with a spy whose answers are
    for the steps that it takes.

    Args:
        spy_for: makes a spy whose answers are for steps from these times.
        times: those of the whole loop.
        call: calls the function.
        state: what the global generators are seeded with before each call.
    """
    spy = spy_for(times)
    reset_random_state(state)
    returned = call(spy)
    if taken := spy.loop_times():
        spy = spy_for(taken)
        reset_random_state(state)
        returned = call(spy)
    return spy, returned


class SpiedNet(nn.Module):
    """What a sampler gets for a net: a weight on the net's device, and nothing else."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))


def time_net(answer: Callable[..., Tensor]) -> nn.Module:
    """A net in the place of the time-conditional one, which others answer for."""

    class TimeSpy(SpiedNet):
        @as_net
        def forward(self, x: Tensor, t: Tensor) -> Tensor:
            return answer(self, x, read_times(t, len(x)), None, read_mask(None, len(x)))

    return TimeSpy()


def class_net(answer: Callable[..., Tensor]) -> nn.Module:
    """A net in the place of the class-conditional one, which others answer for."""

    class ClassSpy(SpiedNet):
        @as_net
        def forward(self, x: Tensor, c: Tensor, t: Tensor, mask: Tensor | None = None) -> Tensor:
            told = read_times(t, len(x)), read_classes(c, len(x)), read_mask(mask, len(x))
            return answer(self, x, *told)

    return ClassSpy()


# for: flow_sample flow_cfg_sample
class VelocitySpy(SamplerSpy):
    """A spy that answers the velocity of the straight line from x at t to its image at 1.

    v = (y - x) / (1 - t), at times in [1 - 1/T, 1] as at 1 - 1/T, t being what the net is told.
    """

    def seen(self, x: Tensor, step: int, images: Tensor) -> Tensor:
        last = 1 - 1 / self.num_ts
        return (images - x) / (1 - min(max(self.steps.all[step].time, 0.0), last))

    def loop_times(self) -> list[int]:
        return []  # the answers suit any loop


# end for
def unpack_samples(returned: Any) -> tuple[Any, Any]:
    """The two things that a sampler returns."""
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        what = f"{len(returned)} values" if isinstance(returned, tuple | list) else "one value"
        what = "nothing" if returned is None else what
        raise TypeError(f"the sampler returned {what}, not the pair (x_0, caches)")
    if isinstance(returned[1], tuple | list):
        raise TypeError("caches is a list; return one tensor: torch.stack(caches, dim=1)")
    return returned[0], returned[1]
