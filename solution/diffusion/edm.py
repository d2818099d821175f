"""EDM: noise levels in place of timesteps, a preconditioned net, and Heun's method.

Karras, Aittala, Aila, Laine, "Elucidating the Design Space of Diffusion-Based Generative Models",
2022; handout, part 4. A noisy image is x = x_0 + sigma eps, for any noise level sigma above 0.
"""

### BEGIN SOLUTION
from itertools import pairwise

### END SOLUTION
import torch
from torch import nn

Tensor = torch.Tensor


def edm_precondition(
    sigma: Tensor, sigma_data: float = 0.34
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The four factors that keep input and target of the net at one scale (equation 20).

    Args:
        sigma: (N,) float32 noise levels, all above 0; not changed.
        sigma_data: root mean square of the pixels of the data.

    Returns:
        c_skip, c_out, c_in, c_noise: each (N,) float32, on the device of sigma.
    """
    ### BEGIN SOLUTION
    total = sigma**2 + sigma_data**2
    return sigma_data**2 / total, sigma * sigma_data / total**0.5, total**-0.5, sigma.log() / 4
    ### END SOLUTION


### BEGIN SOLUTION
def denoise(unet: nn.Module, x: Tensor, sigma: Tensor, sigma_data: float) -> Tensor:
    """D(x; sigma), the estimate of x_0 (equation 19); sigma (N,) on the device of x."""
    c_skip, c_out, c_in, c_noise = edm_precondition(sigma, sigma_data)
    c_skip, c_out, c_in = (c.view(-1, 1, 1, 1) for c in (c_skip, c_out, c_in))
    return c_skip * x + c_out * unet(c_in * x, c_noise)


### END SOLUTION
def edm_loss(
    unet: nn.Module,
    x_0: Tensor,
    sigma_data: float = 0.34,
    p_mean: float = -1.2,
    p_std: float = 1.2,
) -> Tensor:
    """The training loss of EDM on one batch (equation 21).

    Draw eps ~ N(0, I) and, for each image separately, ln(sigma) ~ N(p_mean, p_std^2); the noisy
    image is x = x_0 + sigma eps. Compare D(x; sigma) of equation 19 with x_0.

    Args:
        unet: called as unet(c_in x, c_noise) with c_noise (N,) float32; its mode is not changed.
        x_0: (N, 1, H, W) float32 clean images; not changed.
        sigma_data: as in `edm_precondition`.
        p_mean: mean of ln(sigma).
        p_std: standard deviation of ln(sigma).

    Returns:
        A scalar float32 loss: the mean over all pixels of the weighted squares.
    """
    ### BEGIN SOLUTION
    noise = torch.randn(len(x_0), device=x_0.device)
    sigma = (p_mean + p_std * noise).exp()                       # (N,)
    level = sigma.view(-1, 1, 1, 1)                              # (N, 1, 1, 1)
    x = x_0 + level * torch.randn_like(x_0)                      # (N, 1, H, W)
    weight = (level**2 + sigma_data**2) / (level * sigma_data) ** 2
    return (weight * (denoise(unet, x, sigma, sigma_data) - x_0) ** 2).mean()
    ### END SOLUTION


def edm_sigmas(
    n: int, sigma_min: float = 0.002, sigma_max: float = 80.0, rho: float = 7.0
) -> Tensor:
    """The noise levels of a sampler with n steps, and 0, where the last step ends (equation 22).

    Args:
        n: number of steps, 2 or more.
        sigma_min: the last level before 0.
        sigma_max: the first level.
        rho: 1 for even spacing; the larger, the more of the levels are small ones.

    Returns:
        (n + 1,) float32 on the CPU, descending from sigma_max to sigma_min, and then 0.
    """
    ### BEGIN SOLUTION
    ramp = torch.linspace(sigma_max ** (1 / rho), sigma_min ** (1 / rho), n, dtype=torch.float64)
    return torch.cat([ramp**rho, torch.zeros(1)]).float()
    ### END SOLUTION


def edm_sample(
    unet: nn.Module,
    sigmas: Tensor,
    num_samples: int,
    img_hw: tuple[int, int],
    sigma_data: float = 0.34,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Sample images by Heun's method in len(sigmas) - 1 steps (algorithm 8, equations 23 and 24).

    Set the net to eval(), track no gradients. x starts as sigmas[0] times standard normal noise;
    nothing is random afterwards. Each step goes from a level to the next one and calls the net
    twice, the last step, to 0, once: 2n - 1 calls for n steps, each for all images. Keep x after
    every step for the animation:

        caches.append(x)

    Args:
        unet: called as unet(c_in x, c_noise) with c_noise (N,) float32; works on the device of its
            weights.
        sigmas: (n + 1,) float32 on the device of unet: descending noise levels, then 0; not
            changed.
        num_samples: N.
        img_hw: (height, width).
        sigma_data: as in `edm_precondition`.
        seed: equal seeds give equal samples.

    Returns:
        x_0: (N, 1, H, W) float32.
        caches: (N, n, 1, H, W) float32, x after each step.
    """
    ### BEGIN SOLUTION
    unet.eval()
    device = next(unet.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    x = sigmas[0] * torch.randn(num_samples, 1, *img_hw, generator=generator, device=device)
    caches = []

    def slope(x: Tensor, sigma: Tensor) -> Tensor:
        return (x - denoise(unet, x, sigma.expand(num_samples), sigma_data)) / sigma

    with torch.no_grad():
        for sigma, sigma_next in pairwise(sigmas):
            d = slope(x, sigma)
            x_euler = x + (sigma_next - sigma) * d
            if sigma_next > 0:
                d = (d + slope(x_euler, sigma_next)) / 2
            x = x + (sigma_next - sigma) * d
            caches.append(x)
    return x, torch.stack(caches, dim=1)
    ### END SOLUTION
