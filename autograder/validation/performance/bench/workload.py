"""What every contender is given: the same sizes, the same digits, and a recipe to run them by."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import cast

import torch
from torch import nn
from torch.utils.data import TensorDataset

from autograder.experiments.trained_runs.reference import reference

CLASSES = 10
HW = (28, 28)


@dataclass(frozen=True)
class Workload:
    """Sizes of the handout by default.

    Sampling is timed over `chain_steps` steps and multiplied up to T: each step costs the same.
    """

    device: torch.device
    D: int = 64
    batch: int = 128
    train_steps: int = 4
    samples: int = 40
    chain_steps: int = 8
    num_ts: int = 300
    betas: tuple[float, float] = (1e-4, 0.02)
    guidance: float = 5.0
    p_uncond: float = 0.1
    lr: float = 1e-3

    def digits(self, count: int | None = None) -> TensorDataset:
        """Real digits, repeated as often as needed: by default the warm-up and timed batches."""
        count = count or (1 + self.train_steps) * self.batch
        images, labels = reference("data").mnist(subset=True).tensors
        at = torch.arange(count) % len(images)
        return TensorDataset(images[at], labels[at])

    def classes(self) -> torch.Tensor:
        """One class for each sample."""
        return torch.arange(self.samples, device=self.device) % CLASSES


@dataclass(frozen=True)
class Recipe:
    """How a contender is run; the default is plain."""

    dtype: torch.dtype = torch.float32
    channels_last: bool = field(default=False, metadata={"shown": "channels_last"})
    fused: bool = field(default=False, metadata={"shown": "fused Adam"})
    resident: bool = field(default=False, metadata={"shown": "digits on the device"})
    folded: bool = field(default=False, metadata={"shown": "BatchNorm folded"})
    stacked: bool = field(default=False, metadata={"shown": "one stacked pass"})
    compiled: str = field(default="", metadata={"shown": "compiled"})

    def __str__(self) -> str:
        shown = ["fp32" if self.dtype == torch.float32 else "bf16"]
        shown += [one.metadata["shown"] for one in fields(self)[1:] if getattr(self, one.name)]
        if self.compiled == GRAPHS:
            shown[-1] += " with CUDA graphs"
        return ", ".join(shown)

    def compile(self, net: nn.Module) -> nn.Module:
        """The net, compiled if the recipe says so."""
        if not self.compiled:
            return net
        return cast(nn.Module, torch.compile(net, dynamic=False, mode=self.compiled))


# Modes of torch.compile.
COMPILED, GRAPHS = "default", "reduce-overhead"


def why_not_compile(device: torch.device) -> str | None:
    """What torch.compile lacks on this machine, in one sentence; None if nothing."""
    if device.type == "mps":
        return "torch.compile is not measured on MPS."
    compilers = (os.environ.get("CXX"), "g++", "clang++")
    if any(name and shutil.which(name) for name in compilers):
        return None
    return "torch.compile needs a C++ compiler (apt-get install g++): left out."


@contextmanager
def quickest_kernels() -> Iterator[None]:
    """Let cuDNN try its kernels and keep the quickest, as `--fast` does."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
