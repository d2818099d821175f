"""diffusers as a contender: `UNet2DModel` and `DDPMScheduler` at our parameter count and batch.

No attention blocks: they would only make it slower. Its training example also decodes images and
runs inside accelerate; both are left out, in its favour.
"""

import importlib.util
import math
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

import torch
from torch import nn

from autograder.experiments.trained_runs.reference import reference

from .timing import Arm, Timed, now
from .workload import CLASSES, HW, Recipe, Workload, quickest_kernels

Tensor = torch.Tensor
NO_CLASS = CLASSES  # one class more, which stands for none


def installed() -> bool:
    """Can diffusers be imported?"""
    return importlib.util.find_spec("diffusers") is not None


def net_of(D: int) -> nn.Module:
    """A `UNet2DModel` of as many parameters as our net, three resolutions like ours.

    Its FLOPs are 7 % below ours: of the nets with equal parameters one that favours theirs.

    Raises:
        ValueError: D is no multiple of 4.
    """
    from diffusers import UNet2DModel  # pyright: ignore[reportMissingImports]  # bench extra

    if D % 4:
        raise ValueError(f"D is {D}; for an equal net of diffusers it must be a multiple of 4")
    return UNet2DModel(
        sample_size=HW[0],
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=(D // 2, D, 7 * D // 4),
        down_block_types=("DownBlock2D",) * 3,
        up_block_types=("UpBlock2D",) * 3,
        add_attention=False,
        norm_num_groups=math.gcd(D // 4, 8),
        num_class_embeds=CLASSES + 1,
    )


def _scheduler(work: Workload) -> Any:
    from diffusers import DDPMScheduler  # pyright: ignore[reportMissingImports]  # bench extra

    beta_1, beta_T = work.betas
    return DDPMScheduler(num_train_timesteps=work.num_ts, beta_start=beta_1, beta_end=beta_T)


# ---------------------------------------------------------------------------------------- training


def training_arm(
    work: Workload, recipe: Recipe, name: str = "diffusers", example: bool = False
) -> Arm:
    """One epoch over a few batches.

    Args:
        work: sizes.
        recipe: how it is run.
        name: of the arm.
        example: do all that their training example does in a step as its README runs it: AdamW,
            gradients clipped to norm 1, a cosine schedule and an average of the weights. Without
            it a step does what ours does.
    """
    data, fast = reference("data"), reference("runs.fast")
    torch.manual_seed(0)
    net = net_of(work.D).to(work.device).train()
    if recipe.channels_last:
        net.to(memory_format=torch.channels_last)
    loader = data.batches(work.digits(), work.batch)
    if recipe.resident:
        loader = fast.resident(loader, work.device)
    timed, scheduler, trained = Timed(loader, work.device), _scheduler(work), recipe.compile(net)

    def predict(x_t: Tensor, t: Tensor, labels: Tensor, noise: Tensor) -> Tensor:
        with fast.lower_precision(work.device, recipe.dtype):
            eps_hat = trained(x_t, t, class_labels=labels).sample
            return nn.functional.mse_loss(eps_hat, noise)

    def run() -> float:
        with quickest_kernels() if recipe.fused else nullcontext():
            epoch = _example_epoch if example else _plain_epoch
            epoch(work, recipe, net, scheduler, timed, predict)
        return timed.seconds / (work.train_steps * work.batch)

    return Arm(name, run)


def _noised(work: Workload, scheduler: Any, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
    x, c = (one.to(work.device) for one in batch)
    noise = torch.randn_like(x)
    t = torch.randint(0, work.num_ts, (len(x),), device=work.device)
    dropped = torch.rand(len(x), device=work.device) < work.p_uncond
    return scheduler.add_noise(x, noise, t), t, torch.where(dropped, NO_CLASS, c), noise


def _plain_epoch(work, recipe, net, scheduler, loader: Iterable, predict) -> None:
    optimizer = torch.optim.Adam(net.parameters(), lr=work.lr, fused=recipe.fused or None)
    losses = []
    for batch in loader:
        loss = predict(*_noised(work, scheduler, batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())


def _example_epoch(work, recipe, net, scheduler, loader: Iterable, predict) -> None:
    from diffusers.optimization import get_scheduler  # pyright: ignore[reportMissingImports]  # bench extra
    from diffusers.training_utils import EMAModel  # pyright: ignore[reportMissingImports]  # bench extra

    kind = {"lr": 1e-4, "betas": (0.95, 0.999), "weight_decay": 1e-6, "eps": 1e-8}
    optimizer = torch.optim.AdamW(net.parameters(), **kind)
    rate = get_scheduler("cosine", optimizer, num_warmup_steps=500, num_training_steps=10_000)
    average = EMAModel(net.parameters(), decay=0.9999, use_ema_warmup=True, power=3 / 4)
    losses = []
    for batch in loader:
        loss = predict(*_noised(work, scheduler, batch))
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        rate.step()
        optimizer.zero_grad()
        average.step(net.parameters())
        losses.append(loss.item())


# ---------------------------------------------------------------------------------------- sampling


def sampling_arm(work: Workload, recipe: Recipe, name: str = "diffusers") -> Arm:
    """A few steps of their chain, guided as their pipelines do it, multiplied up to T."""
    fast = reference("runs.fast")
    torch.manual_seed(0)
    net = net_of(work.D).to(work.device).eval()
    if recipe.channels_last:
        net.to(memory_format=torch.channels_last)
    asked, scheduler = recipe.compile(net), _scheduler(work)
    with_class, steps = work.classes(), work.chain_steps
    without = torch.full_like(with_class, NO_CLASS)
    scheduler.set_timesteps(work.num_ts, device=work.device)

    def predict(x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        with fast.lower_precision(work.device, recipe.dtype):
            return asked(x, t, class_labels=labels).sample.float()

    @torch.no_grad()
    def run() -> float:
        began = now(work.device)
        generator = torch.Generator(work.device).manual_seed(0)
        x = torch.randn(work.samples, 1, *HW, generator=generator, device=work.device)
        for t in scheduler.timesteps[:steps]:
            if recipe.stacked:
                both = predict(torch.cat([x, x]), t, torch.cat([with_class, without]))
                eps_c, eps_u = both.chunk(2)
            else:
                eps_c, eps_u = predict(x, t, with_class), predict(x, t, without)
            eps = eps_u + work.guidance * (eps_c - eps_u)
            x = scheduler.step(eps, t, x, generator=generator).prev_sample
        return (now(work.device) - began) / steps * work.num_ts / work.samples

    return Arm(name, run)
