"""diffusers as a contender: `UNet2DModel` and `DDPMScheduler` at our parameter count and batch.

No attention blocks: they would only make it slower. Its training example also decodes images and
runs inside accelerate; both are left out, in its favour.
"""

import math
from contextlib import nullcontext
from typing import Any

import torch
from torch import nn

from autograder.experiments.trained_runs.reference import reference

from .workload import (
    BETAS,
    CLASSES,
    GUIDANCE,
    HW,
    LR,
    NUM_TS,
    P_UNCOND,
    Recipe,
    Run,
    Workload,
    quickest_kernels,
)

Tensor = torch.Tensor
NO_CLASS = CLASSES  # one class more, which stands for none


def net_of(D: int) -> nn.Module:
    """A `UNet2DModel` of as many parameters as our net, three resolutions like ours.

    Its FLOPs are 7 % below ours: of the nets with equal parameters one that favours theirs. D is
    a multiple of 4.
    """
    from diffusers import UNet2DModel  # pyright: ignore[reportPrivateImportUsage]

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


def one_pass(net: nn.Module, count: int) -> Tensor:
    """One pass of the net with a few images."""
    zeros = torch.zeros(count).long()
    return net(torch.zeros(count, 1, *HW), zeros, class_labels=zeros).sample


def _scheduler(work: Workload) -> Any:
    from diffusers import DDPMScheduler  # pyright: ignore[reportPrivateImportUsage]

    beta_1, beta_T = BETAS
    return DDPMScheduler(num_train_timesteps=NUM_TS, beta_start=beta_1, beta_end=beta_T)


def training_run(work: Workload, recipe: Recipe, example: bool = False) -> Run:
    """One epoch over a few batches.

    Args:
        work: sizes.
        recipe: how it is run.
        example: do all that their training example does in a step as its README runs it: AdamW,
            gradients clipped to norm 1, a cosine schedule and an average of the weights. Without
            it a step does what ours does.
    """
    fast, scheduler = reference("runs.fast"), _scheduler(work)
    net, loader = work.net(net_of, recipe).train(), work.loader(recipe)
    trained = recipe.compile(net)

    def run() -> float:
        with quickest_kernels() if recipe.fused else nullcontext():
            if example:
                optimizer, after_step = _example_optimizer(net)
            else:
                fused = recipe.fused or None
                optimizer = torch.optim.Adam(net.parameters(), lr=LR, fused=fused)
                after_step = []
            losses = []
            for batch in loader:
                x_t, t, labels, noise = _noised(work, scheduler, batch)
                with fast.lower_precision(work.device, recipe.dtype):
                    eps_hat = trained(x_t, t, class_labels=labels).sample
                    loss = nn.functional.mse_loss(eps_hat, noise)
                optimizer.zero_grad()
                loss.backward()
                if example:
                    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                optimizer.step()
                for update in after_step:
                    update()
                losses.append(loss.item())
        return loader.seconds

    return run


def _noised(work: Workload, scheduler: Any, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
    x, c = (one.to(work.device) for one in batch)
    noise = torch.randn_like(x)
    t = torch.randint(0, NUM_TS, (len(x),), device=work.device)
    dropped = torch.rand(len(x), device=work.device) < P_UNCOND
    return scheduler.add_noise(x, noise, t), t, torch.where(dropped, NO_CLASS, c), noise


def _example_optimizer(net: nn.Module) -> tuple[torch.optim.Optimizer, list]:
    """Their optimizer, and what follows each of its steps."""
    from diffusers.optimization import get_scheduler
    from diffusers.training_utils import EMAModel

    settings = {"lr": 1e-4, "betas": (0.95, 0.999), "weight_decay": 1e-6, "eps": 1e-8}
    optimizer = torch.optim.AdamW(net.parameters(), **settings)
    rate = get_scheduler("cosine", optimizer, num_warmup_steps=500, num_training_steps=10_000)
    average = EMAModel(net.parameters(), decay=0.9999, use_ema_warmup=True, power=3 / 4)
    return optimizer, [rate.step, lambda: average.step(net.parameters())]


def sampling_run(work: Workload, recipe: Recipe) -> Run:
    """A few steps of their chain, guided as their pipelines do it."""
    fast, scheduler = reference("runs.fast"), _scheduler(work)
    net = recipe.compile(work.net(net_of, recipe).eval())
    with_class = work.classes()
    without = torch.full_like(with_class, NO_CLASS)
    scheduler.set_timesteps(NUM_TS, device=work.device)

    def predict(x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        with fast.lower_precision(work.device, recipe.dtype):
            return net(x, t, class_labels=labels).sample.float()

    @torch.no_grad()
    def sample() -> None:
        generator = torch.Generator(work.device).manual_seed(0)
        x = torch.randn(work.samples, 1, *HW, generator=generator, device=work.device)
        for t in scheduler.timesteps[: work.chain_steps]:
            if recipe.stacked:
                both = predict(torch.cat([x, x]), t, torch.cat([with_class, without]))
                eps_c, eps_u = both.chunk(2)
            else:
                eps_c, eps_u = predict(x, t, with_class), predict(x, t, without)
            eps = eps_u + GUIDANCE * (eps_c - eps_u)
            x = scheduler.step(eps, t, x, generator=generator).prev_sample

    return work.sampling_run(sample)
