"""The work of every contender: the same sizes, the same digits, recipes and clocks."""

import os
import shutil
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import cast

import torch
from torch import nn
from torch.utils.data import TensorDataset

from autograder.experiments.trained_runs.reference import reference

CLASSES = 10
HW = (28, 28)
# Of the handout.
NUM_TS, BETAS, GUIDANCE, P_UNCOND, LR = 300, (1e-4, 0.02), 5.0, 0.1, 1e-3
Run = Callable[[], float]  # works once and returns the seconds that an image took


@dataclass(frozen=True)
class Recipe:
    """How a contender is run; the default is plain."""

    dtype: torch.dtype = torch.float32
    channels_last: bool = field(default=False, metadata={"shown": "channels_last"})
    fused: bool = field(default=False, metadata={"shown": "fused Adam"})
    resident: bool = field(default=False, metadata={"shown": "digits on the device"})
    folded: bool = field(default=False, metadata={"shown": "BatchNorm folded"})
    stacked: bool = field(default=False, metadata={"shown": "one stacked pass"})
    compiled: bool = field(default=False, metadata={"shown": "compiled"})

    def __str__(self) -> str:
        shown = ["fp32" if self.dtype == torch.float32 else "bf16"]
        shown += [one.metadata["shown"] for one in fields(self)[1:] if getattr(self, one.name)]
        return ", ".join(shown)

    def compile(self, net: nn.Module) -> nn.Module:
        """The net, compiled if the recipe says so."""
        if not self.compiled:
            return net
        return cast(nn.Module, torch.compile(net, dynamic=False))


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

    def digits(self, count: int) -> TensorDataset:
        """Real digits, repeated as often as needed."""
        images, labels = reference("data").mnist(subset=True).tensors
        at = torch.arange(count) % len(images)
        return TensorDataset(images[at], labels[at])

    def loader(self, recipe: Recipe) -> "TimedLoader":
        """The batches of one epoch: one to warm up, and those that are timed."""
        digits = self.digits((1 + self.train_steps) * self.batch)
        loader = reference("data").batches(digits, self.batch)
        if recipe.resident:
            loader = reference("runs.fast").resident(loader, self.device)
        return TimedLoader(loader, self.device, self.train_steps * self.batch)

    def net(self, net_of: Callable[[int], nn.Module], recipe: Recipe) -> nn.Module:
        """A new net on the device, in the layout of the recipe."""
        torch.manual_seed(0)
        layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
        return net_of(self.D).to(self.device).to(memory_format=layout)

    def classes(self) -> torch.Tensor:
        """One class for each sample."""
        return torch.arange(self.samples, device=self.device) % CLASSES

    def sampling_run(self, sample: Callable[[], object]) -> Run:
        """Time `sample`, which takes `chain_steps` steps for all samples."""

        def run() -> float:
            began = now(self.device)
            sample()
            return (now(self.device) - began) / self.chain_steps * NUM_TS / self.samples

        return run


# ------------------------------------------------------------------------------------------ clocks


def now(device: torch.device) -> float:
    """The time in seconds, once the device has finished its work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


class TimedLoader:
    """A loader that times an epoch from the second batch on: the first one warms up.

    Measured from the request for the second batch to the end of the last batch's step, so that
    fetching counts. `seconds` are for one of `images`.
    """

    def __init__(self, loader: Iterable, device: torch.device, images: int):
        self.loader, self.device, self.images = loader, device, images
        self.seconds = 0.0

    def __iter__(self) -> Iterator:
        batches = iter(self.loader)
        yield next(batches)
        began = now(self.device)
        yield from batches
        self.seconds = (now(self.device) - began) / self.images


def take_turns(
    runs: Mapping[str, Run], rounds: int, after_run: Callable[[], None] = lambda: None
) -> dict[str, list[float]]:
    """Seconds an image of each run in each round: A B C, A B C, ...

    Machines drift: another program starts, a clock rate falls. Runs that take turns drift together,
    so the ratio of two times from one round says more than either time.

    Args:
        runs: by name, warmed up.
        rounds: how often each one runs.
        after_run: called after each run.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            seconds[name].append(run())
            after_run()
    return seconds


def speedup(seconds: Sequence[float], over: Sequence[float]) -> dict[str, float]:
    """How many times as fast as `over`, from the ratios of each round."""
    ratios = [other / own for own, other in zip(seconds, over, strict=True)]
    return {"median": statistics.median(ratios), "least": min(ratios), "most": max(ratios)}


def images_per_second(seconds: Sequence[float]) -> float:
    """From the median time of an image."""
    return 1 / statistics.median(seconds)


# ----------------------------------------------------------------------------------------- machine


def why_not_compile() -> str | None:
    """What torch.compile lacks on this machine, in one sentence; None if nothing."""
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
