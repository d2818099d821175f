"""A pretrained model that looks over the shoulder of a function for editing.

It records every x and answers with chosen images, as the net of a sampler does; see `sampling`.
What it is told about the images decides nothing but whether it answers with or without condition.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from .sampling import SamplerSpy, SpiedNet

Tensor = torch.Tensor

LEARNED, UNCONDITIONAL = 1.6, 0.4  # times the posterior variance, with the condition and without


class ModelSpy(SamplerSpy):
    """Answers eps so that the estimate of x_0 is the chosen image, guided if there are directions.

    Args:
        setting, images, directions, guidance, times: as for `SamplerSpy`.
        cond: what the function is given; None if it is given nothing.
    """

    def __init__(
        self,
        setting: dict,
        images: Tensor,
        directions: Tensor | None,
        guidance: float,
        times: Sequence[int],
        cond: Tensor | None,
    ):
        super().__init__(setting, images, directions, guidance, times)
        self.cond = cond
        self.variances: list[Tensor] = []  # each (3,): t, t_prev, whether cond was passed
        self._net = SpiedNet()

    def model(self) -> "SpiedModel":
        """What the function gets for a model."""
        table = self.setting["tables"]["alpha_bars"].clone()
        return SpiedModel(table, tuple(self.images.shape[2:]), self._eps, self._variance)

    def evidence(self, returned: Any) -> dict:
        asked = torch.stack(self.variances) if self.variances else torch.zeros(0, 3)
        return {**super().evidence(returned), "variances": asked.double()}

    def _eps(self, x: Any, t: Any, cond: Any) -> Tensor:
        time = read_timestep(t)
        told = torch.full((len(x),), time / self.num_ts, dtype=torch.float64)
        classes = self._read(cond, len(x))
        keep = torch.full((len(x),), float(cond is not None), dtype=torch.float64)
        with torch.no_grad():
            return self.answer(self._net, x, told, classes, keep)

    def _variance(self, x: Any, t: Any, t_prev: Any, cond: Any) -> Tensor:
        begin, end = read_timestep(t), read_timestep(t_prev)
        self._read(cond, len(x))
        given = (cond is None) == (self.cond is None)
        self.variances.append(torch.tensor([begin, end, float(given)]))
        table = self.setting["tables"]["alpha_bars"].double()
        here, there = (table[min(max(int(one), 0), self.num_ts)].item() for one in (begin, end))
        posterior = (1 - there) / max(1 - here, 1e-12) * abs(1 - here / there)
        return torch.full_like(x, posterior * (LEARNED if given else UNCONDITIONAL))

    def _read(self, cond: Any, rows: int) -> Tensor | None:
        """cond as (rows,) float64, one number for each image; None for nothing."""
        if cond is None:
            return None
        if not isinstance(cond, Tensor) or cond.numel() not in (1, rows):
            what = f"shape {tuple(cond.shape)}" if isinstance(cond, Tensor) else f"{cond!r:.40}"
            raise ValueError(
                f"the model was called with cond of {what} for {rows} images; pass cond on to it"
            )
        return cond.detach().double().reshape(-1).expand(rows)


class SpiedModel:
    """The interface of a pretrained model, and nothing else.

    Args:
        alpha_bars: (T + 1,) float32.
        image_shape: (C, H, W).
        eps, variance: answer for it.
    """

    value_range = (-1.0, 1.0)

    def __init__(
        self,
        alpha_bars: Tensor,
        image_shape: tuple[int, ...],
        eps: Callable[..., Tensor],
        variance: Callable[..., Tensor],
    ):
        self.alpha_bars, self.num_ts = alpha_bars, len(alpha_bars) - 1
        self.image_shape = image_shape

        def answer_eps(x: Tensor, t: int, cond: Any = None) -> Tensor:
            return eps(x, t, cond)

        def answer_variance(x: Tensor, t: int, t_prev: int, cond: Any = None) -> Tensor:
            return variance(x, t, t_prev, cond)

        answer_eps.__qualname__, answer_variance.__qualname__ = "model.eps", "model.variance"
        self.eps, self.variance = answer_eps, answer_variance


def read_timestep(t: Any) -> float:
    """A timestep as a number: an int, a float, or a tensor whose values are all the same."""
    if isinstance(t, Tensor):
        values = t.detach().double().reshape(-1)
        if not len(values) or not (values == values[0]).all():
            raise ValueError("the model was called with different t for the images of one call")
        return values[0].item()
    if isinstance(t, bool) or not isinstance(t, int | float):
        raise TypeError(f"the model was called with t of type {type(t).__name__}, not with an int")
    return float(t)
