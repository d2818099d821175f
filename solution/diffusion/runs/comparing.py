# for: better_unet
"""Two nets, trained on the same batches at equal steps: losses and times. Given."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import TensorDataset

Tensor = torch.Tensor
HELD_OUT, PASSES = 500, 2  # test digits, each with so many noises
DECAY = 0.999  # the greatest one of the moving average of the weights


@dataclass
class Trained:
    """One net: its loss in each step, on test digits, and there with the average of its weights.

    `seconds` is the time of all steps, without the averaging.
    """

    losses: list[float] = field(default_factory=list)
    held_out: float = 0.0
    averaged: float = 0.0
    seconds: float = 0.0


def compare(
    nets: Mapping[str, Callable[[], nn.Module]],
    loss: Callable[[nn.Module, Tensor], Tensor],
    training: TensorDataset,
    test: TensorDataset,
    steps: int = 300,
    batch_size: int = 64,
    lr: float = 1e-3,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> dict[str, Trained]:
    """Train nets by Adam, step by step in turn, so that a busy machine slows all alike.

    Args:
        nets: name -> makes an untrained net.
        loss: of a net and a batch x_0 (N, 1, H, W); it may draw noise and times.
        training, test: digits as `mnist` gives them.
        seed: of weights, batches, noise and times, which are the same for all nets.
    """
    made, optimizers, averages = {}, {}, {}
    found = {name: Trained() for name in nets}
    for name, make in nets.items():
        torch.manual_seed(seed)
        made[name] = make().to(device)
        optimizers[name] = torch.optim.Adam(made[name].parameters(), lr=lr)
        averages[name] = AveragedModel(made[name], avg_fn=_moving_average, use_buffers=True)
    images, order = training.tensors[0], torch.Generator().manual_seed(seed)
    for step in range(steps):
        x_0 = images[torch.randint(len(images), (batch_size,), generator=order)].to(device)
        for name, net in made.items():
            torch.manual_seed(seed + step)
            began = _clock(device)
            value = loss(net, x_0)
            optimizers[name].zero_grad()
            value.backward()
            optimizers[name].step()
            found[name].losses.append(value.item())  # waits for the device
            found[name].seconds += _clock(device) - began
            averages[name].update_parameters(net)
    batches = [x.to(device) for x in test.tensors[0][:HELD_OUT].split(250) for _ in range(PASSES)]

    @torch.no_grad()
    def held_out(net: nn.Module) -> float:
        torch.manual_seed(seed)
        return float(torch.stack([loss(net.eval(), x) for x in batches]).mean())

    for name, net in made.items():
        found[name].held_out, found[name].averaged = held_out(net), held_out(averages[name])
    return found


def _moving_average(average: Tensor, weight: Tensor, updates: int | Tensor) -> Tensor:
    """The exponential moving average (EMA) over about a twentieth of the steps so far."""
    decay = min(DECAY, int(updates) / (20 + int(updates)))
    return (decay * average + (1 - decay) * weight).to(average.dtype)


def _clock(device: torch.device | str) -> float:
    """Seconds; on a CPU those that this process computed, whatever else the machine does."""
    on_cpu = torch.device(device).type == "cpu"
    return time.process_time() if on_cpu else time.perf_counter()


def in_words(found: Sequence[Mapping[str, Trained]], plain: str, better: str) -> str:
    """Means over seeds of the losses and times of two nets, and their ratios."""

    def mean(name: str, of: str) -> float:
        return sum(getattr(one[name], of) for one in found) / len(found)

    losses, times, averaged = (
        [mean(name, of) for name in (plain, better)] for of in ("held_out", "seconds", "averaged")
    )
    return (
        f"held-out loss {losses[0]:.4f} {plain}, {losses[1]:.4f} {better} "
        f"({100 * (1 - losses[1] / losses[0]):.0f} % lower); time {times[0]:.1f} s {plain}, "
        f"{times[1]:.1f} s {better} ({times[1] / times[0]:.2f} times); "
        f"with averaged weights {averaged[0]:.4f} {plain}, {averaged[1]:.4f} {better}"
    )
# end for
