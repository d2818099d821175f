"""The reference as a contender: its own training loop and its own sampler, timed from outside."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from autograder.experiments.trained_runs.reference import reference

from .workload import BETAS, CLASSES, GUIDANCE, HW, LR, NUM_TS, P_UNCOND, Recipe, Run, Workload, now

Tensor = torch.Tensor
LOSS = "ddpm_cfg_forward"
EPOCHS, DIGITS, SAMPLES, AT_ONCE = 20, 60_000, 10_000, 1_000  # of the wall clock


def net_of(D: int) -> nn.Module:
    """The class-conditional UNet."""
    return reference("unet").ClassConditionalUNet(1, CLASSES, D)


def one_pass(net: nn.Module, count: int) -> Tensor:
    """One pass of the net with a few images."""
    device = next(net.parameters()).device
    ones = torch.ones(count, device=device)
    return net(torch.zeros(count, 1, *HW, device=device), ones.long(), ones / 2, ones)


def fast_recipe(kind: str, device: torch.device) -> Recipe:
    """The recipe that `--fast` is on a device, for training or for sampling."""
    common = Recipe(reference("runs.fast").precision(device), channels_last=True)
    if kind == "training":
        return replace(common, fused=True, resident=True)
    return replace(common, folded=True)


def schedule_of(work: Workload) -> dict[str, Tensor]:
    """The tables for all T steps, on the device."""
    tables = reference("ddpm").ddpm_schedule(*BETAS, NUM_TS)
    return {name: table.to(work.device) for name, table in tables.items()}


# ---------------------------------------------------------------------------------------- training


def training_run(work: Workload, recipe: Recipe) -> Run:
    """One epoch of `train_ddpm_cfg` over a few batches."""
    net, loader, schedule = work.net(net_of, recipe), work.loader(recipe), schedule_of(work)
    trained, training = recipe.compile(net), reference("training")

    def run() -> float:
        with around_training(net, recipe):
            training.train_ddpm_cfg(trained, schedule, loader, NUM_TS, 1, LR, P_UNCOND)
        return loader.seconds

    return run


@contextmanager
def around_training(net: nn.Module, recipe: Recipe) -> Iterator[None]:
    """The changes that a recipe makes around the loop: `--fast` itself, or a part of it."""
    training, fast = reference("training"), reference("runs.fast")
    if recipe.fused and recipe.channels_last:
        with fast.fast_training(training, net, recipe.dtype):
            yield
        return
    device, loss = next(net.parameters()).device, getattr(training, LOSS)

    def lowered(*args: object, **kwargs: object) -> Tensor:
        with fast.lower_precision(device, recipe.dtype):
            return loss(*args, **kwargs)

    # Private, but the bench measures the parts of that one file, each without the others.
    hook = register_optimizer_step_pre_hook(fast._fuse) if recipe.fused else None
    setattr(training, LOSS, lowered)
    try:
        yield
    finally:
        setattr(training, LOSS, loss)
        if hook:
            hook.remove()


# ---------------------------------------------------------------------------------------- sampling


class Stacked(nn.Module):
    """Both predictions of a guided step in one pass of twice the batch.

    The sampler calls the net twice with the same x: with the class, then without. The first call
    computes both predictions; the second one is kept until its call comes.
    """

    def __init__(self, unet: nn.Module):
        super().__init__()
        self.unet = unet
        self.kept: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor, c: Tensor, t: Tensor, mask: Tensor) -> Tensor:
        if self.kept is not None and self.kept[0] is x:
            second, self.kept = self.kept[1], None
            return second
        masks = torch.cat([mask, torch.zeros_like(mask)])
        both = self.unet(torch.cat([x, x]), torch.cat([c, c]), torch.cat([t, t]), masks)
        first, second = both.chunk(2)
        self.kept = (x, second)
        return first


class Lowered(nn.Module):
    """A net that computes in another precision and returns float32."""

    def __init__(self, unet: nn.Module, device: torch.device, dtype: torch.dtype):
        super().__init__()
        self.unet, self.device, self.dtype = unet, device, dtype

    def forward(self, *args: Tensor) -> Tensor:
        with reference("runs.fast").lower_precision(self.device, self.dtype):
            return self.unet(*args).float()


def sampling_net(net: nn.Module, recipe: Recipe) -> nn.Module:
    """A trained net as a recipe hands it to the sampler; `net` itself stays as it is.

    Folding changes the layout too: a recipe that folds is channels_last.
    """
    if recipe.folded:
        ready = reference("runs.fast").SamplingNet(net, recipe.dtype)
        one_pass(ready, 2)  # folds, before anything is compiled
        ready.unet = recipe.compile(ready.unet)
    else:
        layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
        changed = copy.deepcopy(net).eval().to(memory_format=layout)
        device = next(net.parameters()).device
        ready = Lowered(recipe.compile(changed), device, recipe.dtype)
    return Stacked(ready) if recipe.stacked else ready


def sampling_run(work: Workload, recipe: Recipe) -> Run:
    """A few steps of the chain of `ddpm_cfg_sample`."""
    sample = reference("cfg").ddpm_cfg_sample
    net = sampling_net(work.net(net_of, Recipe()).eval(), recipe)
    args = (schedule_of(work), work.classes(), HW, work.chain_steps, GUIDANCE)
    return work.sampling_run(lambda: sample(net, *args))


# -------------------------------------------------------------------------------------- wall clock


def wall_clock(work: Workload) -> dict[str, float]:
    """For a GPU: seconds that `--fast` takes for the handout's training, and for many samples."""
    training, data, fast = (reference(name) for name in ("training", "data", "runs.fast"))
    net, schedule = work.net(net_of, Recipe()), schedule_of(work)
    digits = data.batches(work.digits(DIGITS), work.batch)
    began = now(work.device)
    loader = fast.resident(digits, work.device)
    with fast.fast_training(training, net):
        training.train_ddpm_cfg(net, schedule, loader, NUM_TS, EPOCHS, LR, P_UNCOND)
    trained = now(work.device)
    ready, c = fast.SamplingNet(net), torch.arange(AT_ONCE) % CLASSES
    sample = reference("cfg").ddpm_cfg_sample
    for seed in range(SAMPLES // AT_ONCE):
        sample(ready, schedule, c, HW, NUM_TS, GUIDANCE, seed)
    return {
        "training_seconds": trained - began,
        "sampling_seconds": now(work.device) - trained,
        "epochs": EPOCHS,
        "digits": DIGITS,
        "samples": SAMPLES,
    }
