"""A net and a loader that log what a training loop does with them.

The net's answer is far above any target, so that the gradients of its two weights hardly change
from step to step. Adam then moves each weight by the learning rate, however small its gradient is:
the log of the weights shows the optimizer and its learning rate.
"""

from types import ModuleType
from typing import Any

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.data import DataLoader, TensorDataset

from .conditions import as_net

Tensor = torch.Tensor


class TrainingSpy(nn.Module):
    """Answers offset + large + small / 100 at every pixel.

    Args:
        offsets: one number for each call in turn; the last one is used for all later calls.
    """

    def __init__(self, offsets: list[float]):
        super().__init__()
        self.large = nn.Parameter(torch.zeros(1))
        self.small = nn.Parameter(torch.zeros(1))
        self.offsets = offsets
        self.images: list[Tensor] = []
        self.conditions: list[Tensor] = []
        self.steps: list[list[float]] = []
        self.epochs: list[list[float]] = []
        self.empty_steps = 0
        # The first hook also runs for torch.autograd.grad; the second knows the accumulated sum.
        self.large.register_hook(self._note_step)
        self.large.register_post_accumulate_grad_hook(self._note_sum)

    @as_net
    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        conditions = [_rows(value, len(x)) for value in self._conditions(*args, **kwargs)]
        modes = torch.full((len(x),), float(self.training))
        self.conditions.append(torch.stack([*conditions, modes], dim=1))
        offset = self.offsets[min(len(self.images), len(self.offsets) - 1)]
        self.images.append(x.detach().float().clone())
        return (offset + self.large + self.small / 100) * torch.ones_like(x)

    @as_net
    def _conditions(self, t: Any = None) -> tuple:
        return t, None, None

    def _note_step(self, gradient: Tensor) -> None:
        self.steps.append([self.large.item(), self.small.item(), gradient.item()])

    def _note_sum(self, large: Tensor) -> None:
        assert large.grad is not None
        self.steps[-1][2] = large.grad.item()

    def note_optimizer_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """Before any optimizer steps: count the steps for which the net has no gradient."""
        self.empty_steps += self.large.grad is None or not bool(self.large.grad.any())

    def on_epoch(self, epoch: Any, unet: Any) -> None:
        """For the loop to call: note the call, then change the mode as sampling may do."""
        self.epochs.append([float(epoch), float(unet is self), float(len(self.steps))])
        self.eval()

    def evidence(self, curves: Any, loader: "CountingLoader") -> dict:
        """The log, with the curves that the loop returned.

        images (R, 1, H, W) in the order of their arrival; conditions (R, 4): t, c, mask and
        training mode of each; steps (S, 3): both weights before each optimizer step and the first
        one's gradient; epochs (E, 3): number, whether the net was the trained one, steps so far.
        """
        batch, epoch = curves["batch_loss"], curves["epoch_loss"]
        return {
            "images": torch.cat(self.images or [torch.zeros(0, 1, 1, 1)]),
            "conditions": torch.cat([torch.zeros(0, 4), *self.conditions]),
            "steps": torch.tensor([*self.steps, [self.large.item(), self.small.item(), 0.0]]),
            "epochs": torch.tensor(self.epochs).reshape(-1, 3),
            "fetches": loader.fetches,
            "empty_steps": self.empty_steps,
            "batch_loss": torch.tensor([float(loss) for loss in batch], dtype=torch.float64),
            "epoch_loss": torch.tensor([float(loss) for loss in epoch], dtype=torch.float64),
            "floats": all(isinstance(loss, float) for loss in [*batch, *epoch]),
        }


class ClassTrainingSpy(TrainingSpy):
    """The spy in the place of the class-conditional net."""

    @as_net
    def _conditions(self, c: Any = None, t: Any = None, mask: Any = None) -> tuple:
        return t, c, mask


class CountingLoader(DataLoader):
    """Yields (images, labels) in their order, the last batch smaller; counts its passes."""

    def __init__(self, images: Tensor, labels: Tensor, batch_size: int):
        super().__init__(TensorDataset(images, labels), batch_size=batch_size)
        self.fetches = 0

    def __iter__(self):
        self.fetches += 1  # at the first batch: a progress bar may make iterators it never uses
        yield from super().__iter__()


def run_loop(
    training: ModuleType,
    loop: str,
    net: nn.Module,
    schedule: dict[str, Tensor],
    loader: DataLoader,
    pace: dict[str, Any],
    **extras: Any,
) -> Any:
    """The curves of a loop; one whose name ends in _cfg also gets p_uncond.

    `pace` holds num_ts, num_epochs, lr and p_uncond; `extras` are passed by keyword.
    """
    arguments = [net, schedule, loader, pace["num_ts"], pace["num_epochs"], pace["lr"]]
    if loop.endswith("_cfg"):
        arguments.append(pace["p_uncond"])
    note = getattr(net, "note_optimizer_step", lambda *_: None)
    watch = register_optimizer_step_pre_hook(note)
    try:
        return getattr(training, loop)(*arguments, **extras)
    finally:
        watch.remove()


def _rows(value: Any, rows: int) -> Tensor:
    """A condition as (rows,) float32; 1 where there is none, NaN where it does not fit."""
    if value is None:
        return torch.ones(rows)
    if not isinstance(value, Tensor) or value.numel() not in (1, rows):
        return torch.full((rows,), torch.nan)
    return value.detach().float().reshape(-1).expand(rows)
