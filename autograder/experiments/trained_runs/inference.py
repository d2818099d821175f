"""What the nets of runs make: samples, by the samplers of the reference, and denoised digits."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from autograder.exit_codes import UserError

from .reference import reference
from .run import Run


def sampling_net(run: Run, epoch: int, device: torch.device) -> Any:
    """The net after `epoch`, made faster for sampling: a `SamplingNet` of the solution."""
    return reference("runs.fast").SamplingNet(run.net(epoch, device))


def sample(
    run: Run,
    net: Any,
    classes: Tensor,
    seed: int,
    guidance: float | None,
    advance: Callable[[float], object] = lambda images: None,
) -> tuple[Tensor, Tensor]:
    """Draw one image for each class.

    Args:
        run: of a net that knows the time.
        net: the `sampling_net` of this run.
        classes: (N,) int64; a net without classes draws N images all the same.
        seed: of the starting noise and of what is added on the way.
        guidance: for a net with classes.
        advance: called after each call of the net with its share of the N images.

    Returns:
        The images (N, 1, 28, 28), and the K images on the way to each, (N, K, 1, 28, 28); float32,
        on the device of the net.

    Raises:
        UserError: the samples are not finite.
    """
    schedule, T = run.schedule(net.device), run.settings.num_ts
    share = len(classes) / T / (2 if run.conditional else 1)  # guidance calls the net twice a step
    with net.register_forward_hook(lambda *_: advance(share)):
        if run.conditional:
            draw = reference("cfg").ddpm_cfg_sample
            x_0, caches = draw(net, schedule, classes, (28, 28), T, guidance, seed)
        else:
            draw = reference("ddpm").ddpm_sample
            x_0, caches = draw(net, schedule, len(classes), (28, 28), T, seed)
    if not torch.isfinite(x_0).all():
        raise diverged(run)
    return x_0, caches


def diverged(run: Run) -> UserError:
    """The error of a run whose net returns values that are not finite."""
    return UserError(
        f"{run.path}: its net returns values that are not finite; the training has diverged, "
        "train it again with a smaller --lr"
    )


def add_noise(x: Tensor, sigma: float, seed: int) -> Tensor:
    """x with the noise of equation 2, drawn by the seed: for each sigma the same eps."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return reference("denoiser").add_noise(x, sigma)


@torch.no_grad()
def denoise(net: nn.Module, z: Tensor) -> Tensor:
    """What a net makes of noisy digits (N, 1, H, W), on the CPU."""
    device = next(net.parameters(), z).device
    return net(z.to(device)).float().cpu()
