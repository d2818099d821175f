"""A net that answers a loss with random numbers, so that the loss's gradient tells its target.

With L = k sum((out - target)^2) the gradient is 2 k (out - target): whatever the target is, it can
be read off, and so can k.
"""

from typing import Any

import torch
from torch import nn

from .conditions import as_net, read_classes, read_mask, read_times

Tensor = torch.Tensor


class LossSpy(nn.Module):
    """The net of a loss: records what it is given and answers standard normal numbers."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.generator = torch.Generator().manual_seed(20)  # leaves the global generators alone
        self.given: list[Tensor] = []
        self.rows: list[Tensor] = []
        self.outs: list[Tensor] = []
        self.calls_in_train_mode = self.calls_in_double = 0
        self.seed = torch.initial_seed()  # another one after torch.manual_seed

    def answer(self, x: Tensor, t: Tensor, c: Tensor | None, keep: Tensor) -> Tensor:
        """Record one call; the reply hangs on the spy's weight and on a leaf of its own."""
        klass = torch.full_like(t, -1) if c is None else c
        self.rows.append(torch.stack([t, klass, keep], dim=1))
        self.given.append(x.detach().clone())
        self.calls_in_train_mode += self.training
        self.calls_in_double += x.dtype == torch.float64
        out = torch.randn(x.shape, generator=self.generator).to(x).requires_grad_()
        self.outs.append(out)
        return out * self.weight

    def evidence(self, loss: Any) -> dict:
        """Evidence of one finished call of a loss, `loss` being what it returned."""
        nothing = torch.zeros(0, 1, 1, 1)
        reaches = isinstance(loss, Tensor) and loss.requires_grad
        grads = [torch.zeros_like(out) for out in self.outs]
        if reaches:
            found = torch.autograd.grad(loss.sum(), [*self.outs, self.weight], allow_unused=True)
            grads = [
                new if new is not None else old for new, old in zip(found, grads, strict=False)
            ]
            reaches = found[-1] is not None
        return {
            "loss": loss,
            "x_t": torch.cat(self.given) if self.given else nothing,
            "out": torch.cat(self.outs) if self.outs else nothing,
            "grad": torch.cat(grads) if grads else nothing,
            "rows": torch.cat(self.rows) if self.rows else torch.zeros(0, 3, dtype=torch.float64),
            "gradient_reaches_net": reaches,
            "calls": len(self.rows),
            "calls_in_train_mode": self.calls_in_train_mode,
            "calls_in_double": self.calls_in_double,
            "reseeded": torch.initial_seed() != self.seed,
        }


class TimeLossSpy(LossSpy):
    """The spy in the place of the time-conditional net."""

    @as_net
    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.answer(x, read_times(t, len(x)), None, read_mask(None, len(x)))


class ClassLossSpy(LossSpy):
    """The spy in the place of the class-conditional net."""

    @as_net
    def forward(self, x: Tensor, c: Tensor, t: Tensor, mask: Tensor | None = None) -> Tensor:
        told = read_times(t, len(x)), read_classes(c, len(x)), read_mask(mask, len(x))
        return self.answer(x, *told)
