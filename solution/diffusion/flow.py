"""Flow matching: a net that predicts the velocity from noise to data.

Liu, Gong, Liu, "Flow Straight and Fast: Learning to Generate and Transfer Data with Rectified
Flow", 2023; Lipman et al., "Flow Matching for Generative Modeling", 2023; handout, part 4. The time
t is 0 for pure noise x_0 and 1 for data: x_1 is the clean image.
"""

### BEGIN SOLUTION
from collections.abc import Callable

### END SOLUTION
import torch
from torch import nn

Tensor = torch.Tensor


### BEGIN SOLUTION
def between(x_1: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A time (N,) for each image, x_t on the line from noise to it, and the velocity there."""
    t = torch.rand(len(x_1), device=x_1.device)  # (N,)
    x_0 = torch.randn_like(x_1)                  # (N, 1, H, W)
    share = t.view(-1, 1, 1, 1)                  # (N, 1, 1, 1)
    return t, (1 - share) * x_0 + share * x_1, x_1 - x_0


def follow(
    velocity: Callable[[Tensor, Tensor], Tensor], x: Tensor, num_ts: int
) -> tuple[Tensor, Tensor]:
    """x at t = 1 and all x on the way, by Euler's method from x at t = 0."""
    caches = []
    with torch.no_grad():
        for k in range(num_ts):
            x = x + velocity(x, torch.full((len(x),), k / num_ts, device=x.device)) / num_ts
            caches.append(x)
    return x, torch.stack(caches, dim=1)


### END SOLUTION
def flow_forward(unet: nn.Module, x_1: Tensor, num_ts: int) -> Tensor:
    """The training loss of flow matching on one batch (algorithm 6, equations 16 and 17).

    Draw noise x_0 ~ N(0, I) and, for each image separately, t uniformly from [0, 1]; mix
    x_t = (1 - t) x_0 + t x_1, and compare unet(x_t, t) with the velocity x_1 - x_0.

    Args:
        unet: called as unet(x_t, t) with t (N,) float32 in [0, 1], 0 for noise and 1 for data; its
            mode is not changed.
        x_1: (N, 1, H, W) float32 clean images; not changed.
        num_ts: T of the sampler; needed only if you draw t from 0, 1/T, 2/T, ..., 1, which is
            allowed, also without the first or the last of them.

    Returns:
        A scalar float32 loss, the mean squared error over all pixels.
    """
    ### BEGIN SOLUTION
    t, x_t, velocity = between(x_1)
    return nn.functional.mse_loss(unet(x_t, t), velocity)
    ### END SOLUTION


def flow_sample(
    unet: nn.Module,
    num_samples: int,
    img_hw: tuple[int, int],
    num_ts: int,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Sample images: go from noise x_0 at t = 0 to data x_1 at t = 1 in T steps (algorithm 7).

    Set the net to eval(), track no gradients. Step k = 0, 1, ..., T - 1 begins at t = k / T, adds
    1 / T times the velocity (equation 18), and draws no noise. Keep x after every step for the
    animation:

        caches.append(x)

    Args:
        unet: called as unet(x_t, t) with t (N,) float32 in [0, 1]; works on the device of its
            weights.
        num_samples: N.
        img_hw: (height, width).
        num_ts: T.
        seed: equal seeds give equal samples.

    Returns:
        x_1: (N, 1, H, W) float32.
        caches: (N, T, 1, H, W) float32, x after each step.
    """
    ### BEGIN SOLUTION
    unet.eval()
    device = next(unet.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    x = torch.randn(num_samples, 1, *img_hw, generator=generator, device=device)
    return follow(unet, x, num_ts)
    ### END SOLUTION


def flow_cfg_forward(
    unet: nn.Module, x_1: Tensor, c: Tensor, p_uncond: float, num_ts: int
) -> Tensor:
    """The training loss of flow matching with classes, some of them dropped, on one batch.

    As algorithm 6; the class of each image is dropped with probability `p_uncond`, independently of
    other images and of t.

    Args:
        unet: called as unet(x_t, c, t, mask), mask (N,) with 1 = keep, 0 = drop; its mode is not
            changed.
        x_1: (N, 1, H, W) float32 clean images; not changed.
        c: (N,) int64 classes; not changed.
        p_uncond: the probability of dropping a class, 0.1 in the handout.
        num_ts: T of the sampler, as in `flow_forward`.

    Returns:
        A scalar float32 loss, the mean squared error over all pixels.
    """
    ### BEGIN SOLUTION
    t, x_t, velocity = between(x_1)
    mask = torch.rand(len(x_1), device=x_1.device) >= p_uncond  # (N,)
    return nn.functional.mse_loss(unet(x_t, c, t, mask), velocity)
    ### END SOLUTION


def flow_cfg_sample(
    unet: nn.Module,
    c: Tensor,
    img_hw: tuple[int, int],
    num_ts: int,
    guidance_scale: float = 5.0,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Sample images of the classes c with guidance, in T steps from noise to data.

    As algorithm 7, with the velocity v = v_uncond + w (v_cond - v_uncond) for w = `guidance_scale`:
    v_cond is predicted with the class, v_uncond with the class dropped. Keep x after every step for
    the animation.

    Args:
        unet: called as unet(x_t, c, t, mask); works on the device of its weights.
        c: (N,) int64 classes, one image each, on any device; not changed.
        img_hw: (height, width).
        num_ts: T.
        guidance_scale: w; 0 ignores the class, 1 uses v_cond alone.
        seed: equal seeds give equal samples.

    Returns:
        x_1: (N, 1, H, W) float32.
        caches: (N, T, 1, H, W) float32, x after each step.
    """
    ### BEGIN SOLUTION
    unet.eval()
    device = next(unet.parameters()).device
    c = c.to(device)
    keep, drop = torch.ones(len(c), device=device), torch.zeros(len(c), device=device)

    def guided(x: Tensor, time: Tensor) -> Tensor:
        v_c, v_u = unet(x, c, time, keep), unet(x, c, time, drop)
        return v_u + guidance_scale * (v_c - v_u)

    generator = torch.Generator(device).manual_seed(seed)
    x = torch.randn(len(c), 1, *img_hw, generator=generator, device=device)
    return follow(guided, x, num_ts)
    ### END SOLUTION
