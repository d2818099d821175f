"""How much there is to compute, and how fast this machine's convolutions can be."""

from collections.abc import Callable

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from . import ours, theirs
from .timing import now
from .workload import HW, Workload

Tensor = torch.Tensor
PEAK_CHANNELS = (64, 128, 256)
CPU_BATCH = 32  # more than fits any cache already


def parameters(net: nn.Module) -> int:
    """How many numbers a net learns."""
    return sum(weight.numel() for weight in net.parameters())


def ask_ours(net: nn.Module, count: int) -> Tensor:
    """One pass of our net."""
    images, labels, t = torch.zeros(count, 1, *HW), torch.zeros(count).long(), torch.zeros(count)
    return net(images, labels, t, torch.ones(count))


def ask_theirs(net: nn.Module, count: int) -> Tensor:
    """One pass of their net."""
    whole = torch.zeros(count).long()
    return net(torch.zeros(count, 1, *HW), whole, class_labels=whole).sample


def flops_of(net: nn.Module, ask: Callable[[nn.Module, int], Tensor]) -> tuple[float, float]:
    """FLOPs for an image: forward, and forward with backward.

    Counted are convolutions and matrix products, a multiplication and an addition as two.
    """
    count = 2  # BatchNorm in train mode wants more than one value of a channel
    with FlopCounterMode(display=False) as forward, torch.no_grad():
        ask(net, count)
    with FlopCounterMode(display=False) as both:
        ask(net, count).sum().backward()
    net.zero_grad(set_to_none=True)
    return forward.get_total_flops() / count, both.get_total_flops() / count


def sizes(D: int, with_theirs: bool) -> dict[str, dict[str, float]]:
    """Parameters and FLOPs of both nets."""
    contenders = {"ours": (ours.net_of, ask_ours)}
    if with_theirs:
        contenders["diffusers"] = (theirs.net_of, ask_theirs)
    found = {}
    for name, (net_of, ask) in contenders.items():
        net = net_of(D)
        forward, both = flops_of(net, ask)
        found[name] = {"parameters": parameters(net), "forward": forward, "both": both}
    return found


def conv_peak(work: Workload, dtype: torch.dtype, backward: bool, tries: int) -> float:
    """FLOP/s of the best of a few large 3 x 3 convolutions, in the layout that suits them best.

    Args:
        work: of its device and, on a GPU, its batch.
        dtype: of images and weights.
        backward: also compute the gradients of both.
        tries: the best of so many.
    """
    best, count = 0.0, work.batch if work.device.type == "cuda" else min(work.batch, CPU_BATCH)
    for channels in PEAK_CHANNELS:
        conv = nn.Conv2d(channels, channels, 3, padding=1).to(work.device, dtype)
        conv.to(memory_format=torch.channels_last)
        x = torch.randn(count, channels, *HW, device=work.device, dtype=dtype)
        x = x.to(memory_format=torch.channels_last).requires_grad_(backward)
        operations = 2 * 9 * channels**2 * HW[0] * HW[1] * count * (3 if backward else 1)
        out_grad = torch.ones_like(x)

        _once(conv, x, out_grad, backward)
        for _ in range(tries):
            began = now(work.device)
            _once(conv, x, out_grad, backward)
            best = max(best, operations / (now(work.device) - began))
    return best


def _once(conv: nn.Conv2d, x: torch.Tensor, out_grad: torch.Tensor, backward: bool) -> None:
    """One convolution, with its gradients or without."""
    with torch.set_grad_enabled(backward):
        out = conv(x)
    if backward:
        torch.autograd.grad(out, (x, *conv.parameters()), out_grad)


def conv_peaks(work: Workload, dtypes: tuple[torch.dtype, ...], tries: int) -> dict[str, dict]:
    """The measured peak by precision: forward, and forward with backward."""
    return {
        str(dtype).removeprefix("torch."): {
            "forward": conv_peak(work, dtype, False, tries),
            "both": conv_peak(work, dtype, True, tries),
        }
        for dtype in dtypes
    }
