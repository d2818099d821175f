"""How much there is to compute, and how fast this machine's convolutions can be."""

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from . import ours, theirs
from .workload import HW, Workload, now

PEAK_CHANNELS = (64, 128, 256)
CPU_BATCH = 32  # more than fits any cache already


def flops_of(net: nn.Module, one_pass: Callable[[nn.Module, int], torch.Tensor]) -> dict:
    """FLOPs for an image: forward, and both forward and backward.

    Counted are convolutions and matrix products, a multiplication and an addition as two.
    """
    count = 2  # BatchNorm in train mode wants more than one value of a channel
    with FlopCounterMode(display=False) as forward, torch.no_grad():
        one_pass(net, count)
    with FlopCounterMode(display=False) as both:
        one_pass(net, count).sum().backward()
    net.zero_grad(set_to_none=True)
    return {
        "forward": forward.get_total_flops() / count,
        "both": both.get_total_flops() / count,
    }


def sizes(D: int, with_theirs: bool) -> dict[str, dict[str, float]]:
    """Parameters and FLOPs of both nets."""
    nets = {}
    for name, contender in {"ours": ours, "diffusers": theirs}.items():
        if contender is ours or with_theirs:
            net = contender.net_of(D)
            parameters = sum(weight.numel() for weight in net.parameters())
            nets[name] = {"parameters": parameters, **flops_of(net, contender.one_pass)}
    return nets


def conv_peaks(work: Workload, dtypes: Sequence[torch.dtype], tries: int) -> dict[str, dict]:
    """The measured peak by precision: forward, and both forward and backward."""
    return {
        str(dtype).removeprefix("torch."): {
            name: conv_peak(work, dtype, backward, tries)
            for name, backward in (("forward", False), ("both", True))
        }
        for dtype in dtypes
    }


def conv_peak(work: Workload, dtype: torch.dtype, backward: bool, tries: int) -> float:
    """FLOP/s of the best of a few large 3 x 3 convolutions, in the layout that suits them best.

    Args:
        work: its device and, on a GPU, its batch are used.
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
        for attempt in range(1 + tries):
            began = now(work.device)
            with torch.set_grad_enabled(backward):
                out = conv(x)
            if backward:
                torch.autograd.grad(out, (x, *conv.parameters()), out_grad)
            if attempt:  # the first one warms up
                best = max(best, operations / (now(work.device) - began))
    return best
