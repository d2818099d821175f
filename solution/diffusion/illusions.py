"""Images that show two things: visual anagrams and hybrid images.

Geng, Park, Owens, "Visual Anagrams: Generating Multi-View Optical Illusions with Diffusion Models",
2024; Geng, Park, Owens, "Factorized Diffusion: Perceptual Illusions by Noise Decomposition", 2024;
handout, part A.
"""

from collections.abc import Callable, Sequence

import torch

### BEGIN SOLUTION
from .iterative import steps_back
### END SOLUTION
from .pretrained.model import Cond, Model
### BEGIN SOLUTION
from .single_step import blur_denoise
### END SOLUTION

Tensor = torch.Tensor


def upside_down(x: Tensor) -> Tensor:
    """Images (N, C, H, W), the upper row below: a mirror in the water. Given."""
    return x.flip(2)


def half_turn(x: Tensor) -> Tensor:
    """Images (N, C, H, W) after a rotation by 180 degrees. Given."""
    return x.flip(2, 3)


def diagonal(x: Tensor) -> Tensor:
    """Images (N, C, H, H) whose rows and columns have changed places. Given."""
    return x.transpose(2, 3)


### BEGIN SOLUTION
def guided_eps(model: Model, x: Tensor, t: int, cond: Cond, scale: float) -> Tensor:
    """The noise in x with classifier-free guidance (equation A6)."""
    eps_c, eps_u = model.eps(x, t, cond), model.eps(x, t, None)
    return eps_u + scale * (eps_c - eps_u)


### END SOLUTION
def visual_anagram(
    model: Model,
    x: Tensor,
    timesteps: Sequence[int],
    cond_1: Cond,
    cond_2: Cond,
    scale: float,
    seed: int = 0,
    turn: Callable[[Tensor], Tensor] = upside_down,
) -> tuple[Tensor, Tensor]:
    """Images that show cond_1, and cond_2 after `turn` (equations A4 and A8).

    The steps are those of `iterative_denoise`, from timesteps[0] to the last one, with the mean of
    two guided predictions for eps: the one for x with cond_1, and the one for turn(x) with cond_2,
    turned back. The variance of a step is that of the model for x with cond_1; that with cond_2 and
    the mean of both are right as well. Keep x after every step:

        caches.append(x)

    Args:
        model: predicts the noise, and the variance of a step.
        x: (N, C, H, W) float32, pure noise; not changed.
        timesteps: S + 1 indices of the model's table, descending, evenly spaced or not.
        cond_1, cond_2: what the model is told about x and about turn(x), passed on to it.
        scale: w of the guidance (equation A6), of both predictions.
        seed: equal seeds draw equal noise.
        turn: moves the pixels of images (N, C, H, W), and undoes itself: turn(turn(x)) is x.

    Returns:
        x_0: (N, C, H, W) float32.
        caches: (N, S, C, H, W) float32, x after each step.
    """
    ### BEGIN SOLUTION
    def both(x: Tensor, t: int) -> Tensor:
        upright = guided_eps(model, x, t, cond_1, scale)
        turned = guided_eps(model, turn(x), t, cond_2, scale)
        return (upright + turn(turned)) / 2

    return steps_back(model, both, x, timesteps, seed, cond_1)
    ### END SOLUTION


def hybrid_image(
    model: Model,
    x: Tensor,
    timesteps: Sequence[int],
    cond_1: Cond,
    cond_2: Cond,
    scale: float,
    seed: int = 0,
    kernel_size: int = 33,
    sigma: float = 2.0,
) -> tuple[Tensor, Tensor]:
    """Images that show cond_1 from afar and cond_2 from near (equations A4 and A9).

    The steps are those of `iterative_denoise`, from timesteps[0] to the last one. Their eps has the
    low frequencies of the guided prediction with cond_1, and the high ones of that with cond_2. The
    variance of a step is that of the model for x with cond_1; that with cond_2 and the mean of both
    are right as well. Keep x after every step, as above.

    Args:
        model, x, timesteps, seed: as for `visual_anagram`.
        cond_1, cond_2: what the model is told for the low and for the high frequencies.
        scale: w of the guidance (equation A6), of both predictions.
        kernel_size: width and height of the Gaussian blur in pixels, odd, and no less than 8 sigma.
            33 needs images of 17 pixels or more if the blur continues them by reflection.
        sigma: standard deviation of the blur in pixels.

    Returns:
        x_0: (N, C, H, W) float32.
        caches: (N, S, C, H, W) float32, x after each step. At the border, any continuation of the
            predictions is right.
    """
    ### BEGIN SOLUTION
    def mixed(x: Tensor, t: int) -> Tensor:
        far = guided_eps(model, x, t, cond_1, scale)
        near = guided_eps(model, x, t, cond_2, scale)
        low, too_low = (blur_denoise(eps, kernel_size, sigma) for eps in (far, near))
        return low + near - too_low

    return steps_back(model, mixed, x, timesteps, seed, cond_1)
    ### END SOLUTION
