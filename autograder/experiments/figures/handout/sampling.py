"""Samples of a run by the reference's samplers, and how long they still take."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import Run

Tensor = torch.Tensor
SIDE = 28


@dataclass(frozen=True)
class Job:
    """One call of a sampler. Equal jobs give equal samples, so that figures can share them."""

    epoch: int
    count: int
    classes: tuple[int, ...] | None = None  # None for a net that knows no classes
    guidance: float = 5.0


@dataclass(frozen=True)
class Samples:
    """What a sampler returns, on the CPU."""

    images: Tensor  # (N, 1, H, W) float32
    caches: Tensor  # (N, K, 1, H, W) float32, the images on the way


class NotFinite(Exception):
    """A net drew what is no image."""


def labelled(epoch: int, classes: tuple[int, ...], guidance: float = 5.0) -> Job:
    """A job for a net that knows the class."""
    return Job(epoch, len(classes), classes, guidance)


def work(run: Run, job: Job) -> int:
    """How much there is to do: images through the net, each as dear as its width squared."""
    calls = run.settings.num_ts * (1 if job.classes is None else 2)
    return calls * job.count * run.settings.num_hiddens**2


def sample(
    run: Run, job: Job, device: torch.device, seed: int, advance: Callable[[int], object]
) -> Samples:
    """Run the sampler.

    Args:
        run: of a net with a time, with classes if the job has some.
        seed: of the starting noise and of what is added on the way.
        advance: called after each call of the net with the share of `work` that it did.

    Raises:
        UnreadableRun: the weights cannot be read.
        NotFinite: the samples are no numbers.
    """
    net = reference("runs.fast").SamplingNet(run.net(job.epoch, device))
    each = job.count * run.settings.num_hiddens**2
    net.register_forward_hook(lambda *_: advance(each))
    schedule, num_ts = run.schedule(device), run.settings.num_ts
    if job.classes is None:
        draw = reference("ddpm").ddpm_sample
        x_0, caches = draw(net, schedule, job.count, (SIDE, SIDE), num_ts, seed)
    else:
        draw, c = reference("cfg").ddpm_cfg_sample, torch.tensor(job.classes)
        x_0, caches = draw(net, schedule, c, (SIDE, SIDE), num_ts, job.guidance, seed)
    if not torch.isfinite(x_0).all():
        raise NotFinite(
            f"{run.path}: the net after epoch {job.epoch} draws values that are not finite; "
            "train the run anew, or give another one"
        )
    return Samples(x_0.float().cpu(), caches.float().cpu())


def kept_steps(num_ts: int) -> list[int]:
    """The t of each x_t in the caches: a sampler keeps x_{t-1} at some t (handout, 2.4)."""
    return [t - 1 for t in range(num_ts, 0, -1) if t % 20 == 0 or t == num_ts or t < 8]
