"""The reference as a contender: its own training loop and its own sampler, timed from outside."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from autograder.experiments.trained_runs.reference import reference

from .timing import Arm, Timed, now
from .workload import CLASSES, HW, Recipe, Workload

Tensor = torch.Tensor


def net_of(D: int) -> nn.Module:
    """The class-conditional UNet."""
    return reference("unet").ClassConditionalUNet(1, CLASSES, D)


def fast_recipes(device: torch.device) -> tuple[Recipe, Recipe]:
    """What `--fast` is on a device: for training, and for sampling."""
    dtype = reference("runs.fast").precision(device)
    common = Recipe(dtype=dtype, channels_last=True)
    return replace(common, fused=True, resident=True), replace(common, folded=True)


def schedule_of(work: Workload) -> dict[str, Tensor]:
    """The tables for all T steps, on the device."""
    tables = reference("ddpm").ddpm_schedule(*work.betas, work.num_ts)
    return {name: table.to(work.device) for name, table in tables.items()}


# ---------------------------------------------------------------------------------------- training


def training_arm(work: Workload, recipe: Recipe, name: str = "ours") -> Arm:
    """One epoch of `train_ddpm_cfg` over a few batches."""
    training, data, fast = (reference(name) for name in ("training", "data", "runs.fast"))
    torch.manual_seed(0)
    net = net_of(work.D).to(work.device)
    if recipe.channels_last:
        net.to(memory_format=torch.channels_last)
    loader = data.batches(work.digits(), work.batch)
    if recipe.resident:
        loader = fast.resident(loader, work.device)
    timed, schedule, trained = Timed(loader, work.device), schedule_of(work), recipe.compile(net)

    def run() -> float:
        with surroundings(net, recipe):
            training.train_ddpm_cfg(
                trained, schedule, timed, work.num_ts, 1, work.lr, work.p_uncond
            )
        return timed.seconds / (work.train_steps * work.batch)

    return Arm(name, run)


@contextmanager
def surroundings(net: nn.Module, recipe: Recipe) -> Iterator[None]:
    """What a recipe changes around the loop: `--fast` itself, or a part of it."""
    training, fast = reference("training"), reference("runs.fast")
    if recipe.fused and recipe.channels_last:
        with fast.fast_training(training, net, recipe.dtype):
            yield
        return
    device, name = next(net.parameters()).device, "ddpm_cfg_forward"
    loss = getattr(training, name)

    def lowered(*given: object, **named: object) -> Tensor:
        with fast.lower_precision(device, recipe.dtype):
            return loss(*given, **named)

    # Private, but the bench measures the parts of that one file, each without the others.
    hook = register_optimizer_step_pre_hook(fast._fuse) if recipe.fused else None
    setattr(training, name, lowered)
    try:
        yield
    finally:
        setattr(training, name, loss)
        if hook:
            hook.remove()


# ---------------------------------------------------------------------------------------- sampling


class Stacked(nn.Module):
    """Both predictions of a guided step in one pass of twice the batch.

    The sampler asks twice about the same x: with the class, then without. The first question is
    answered together with the second, whose answer waits until it is asked.
    """

    def __init__(self, unet: nn.Module):
        super().__init__()
        self.unet = unet
        self.waiting: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor, c: Tensor, t: Tensor, mask: Tensor) -> Tensor:
        if self.waiting is not None and self.waiting[0] is x:
            answer, self.waiting = self.waiting[1], None
            return answer
        twice, masks = torch.cat([x, x]), torch.cat([mask, torch.zeros_like(mask)])
        both = self.unet(twice, torch.cat([c, c]), torch.cat([t, t]), masks)
        answer, waiting = both.chunk(2)
        self.waiting = (x, waiting)
        return answer


class Lowered(nn.Module):
    """A net that computes in another precision and returns float32."""

    def __init__(self, unet: nn.Module, device: torch.device, dtype: torch.dtype):
        super().__init__()
        self.unet, self.device, self.dtype = unet, device, dtype

    def forward(self, *given: Tensor) -> Tensor:
        with reference("runs.fast").lower_precision(self.device, self.dtype):
            return self.unet(*given).float()


def sampling_net(net: nn.Module, recipe: Recipe) -> nn.Module:
    """A trained net as a recipe hands it to the sampler; `net` itself stays as it is.

    Raises:
        ValueError: folding without channels_last, which `--fast` does not know.
    """
    device = next(net.parameters()).device
    if recipe.folded:
        if not recipe.channels_last:
            raise ValueError("SamplingNet folds and changes the layout at once")
        ready = reference("runs.fast").SamplingNet(net, recipe.dtype)
        _ask_once(ready, device)  # folds, before anything is compiled
        ready.unet = recipe.compile(ready.unet)
    else:
        layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
        changed = copy.deepcopy(net).eval().to(memory_format=layout)
        ready = Lowered(recipe.compile(changed), device, recipe.dtype)
    return Stacked(ready) if recipe.stacked else ready


def _ask_once(net: nn.Module, device: torch.device) -> None:
    ones = torch.ones(2, device=device)
    net(torch.zeros(2, 1, *HW, device=device), ones.long(), ones / 2, ones)


def sampling_arm(work: Workload, recipe: Recipe, name: str = "ours") -> Arm:
    """A few steps of the chain of `ddpm_cfg_sample`, multiplied up to T."""
    sample = reference("cfg").ddpm_cfg_sample
    torch.manual_seed(0)
    net = sampling_net(net_of(work.D).to(work.device).eval(), recipe)
    schedule, c, steps = schedule_of(work), work.classes(), work.chain_steps

    def run() -> float:
        began = now(work.device)
        sample(net, schedule, c, HW, steps, work.guidance)
        return (now(work.device) - began) / steps * work.num_ts / work.samples

    return Arm(name, run)
