"""Closed forms of denoising diffusion in NumPy float64: what the checks hold submissions against.

Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020. Every table is indexed by t
itself, 0 to T; equation numbers are the handout's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np


@dataclass(frozen=True)
class Tables:
    """betas, alphas and alpha_bars, each (T + 1,) float64, entry 0 being the clean image."""

    betas: np.ndarray
    alphas: np.ndarray
    alpha_bars: np.ndarray


def schedule(beta_1: float, beta_T: float, num_ts: int) -> Tables:
    """Evenly spaced betas from beta_1 to beta_T and what follows from them (equation 4)."""
    t = np.arange(1, num_ts + 1)
    betas = np.concatenate([[0.0], beta_1 + (beta_T - beta_1) * (t - 1) / (num_ts - 1)])
    alphas = 1 - betas
    return Tables(betas, alphas, np.exp(np.cumsum(np.log(alphas))))


def forward_coefficients(tables: Tables) -> tuple[np.ndarray, np.ndarray]:
    """x_t = a_t x_0 + b_t eps (equation 5): a and b, each (T + 1,)."""
    return np.sqrt(tables.alpha_bars), np.sqrt(1 - tables.alpha_bars)


def reverse_coefficients(tables: Tables) -> tuple[np.ndarray, np.ndarray]:
    """Mean of x_{t-1} = A_t x_t + B_t eps (equation 9): A and B, each (T + 1,), NaN at t = 0."""
    alphas, alpha_bars = tables.alphas[1:], tables.alpha_bars[1:]
    on_x = 1 / np.sqrt(alphas)
    on_eps = -(1 - alphas) / (np.sqrt(alphas) * np.sqrt(1 - alpha_bars))
    return np.concatenate([[np.nan], on_x]), np.concatenate([[np.nan], on_eps])


def step_noise_scales(tables: Tables) -> dict[str, np.ndarray]:
    """The two right standard deviations of a step's noise by name, each (T + 1,), NaN at t = 0.

    "sqrt(beta_t)" and the root of the posterior variance (equation 7, right).
    """
    betas, alpha_bars = tables.betas[1:], tables.alpha_bars
    posterior = betas * (1 - alpha_bars[:-1]) / (1 - alpha_bars[1:])
    return {
        "sqrt(beta_t)": np.concatenate([[np.nan], np.sqrt(betas)]),
        "sqrt(posterior variance)": np.concatenate([[np.nan], np.sqrt(posterior)]),
    }


# for: ddim ddim_cfg
def ddim_noise_scale(tables: Tables, timesteps: Sequence[int], eta: float) -> np.ndarray:
    """sigma of the DDIM step that begins at t (equation 12), (T + 1,); NaN where none begins.

    Song, Meng, Ermon, "Denoising Diffusion Implicit Models", 2021, equations 12 and 16.
    """
    t, after = np.array([*pairwise(timesteps)]).T
    here, there = tables.alpha_bars[t], tables.alpha_bars[after]
    sigma = np.full(len(tables.alpha_bars), np.nan)
    sigma[t] = eta * np.sqrt((1 - there) / (1 - here) * (1 - here / there))
    return sigma


def ddim_coefficients(
    tables: Tables, timesteps: Sequence[int], eta: float
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of x' = A_t x_t + B_t eps (equation 13): A and B, each (T + 1,), NaN as above."""
    t, after = np.array([*pairwise(timesteps)]).T
    here, there = tables.alpha_bars[t], tables.alpha_bars[after]
    sigma = ddim_noise_scale(tables, timesteps, eta)
    on_x, on_eps = np.full_like(sigma, np.nan), np.full_like(sigma, np.nan)
    on_x[t] = np.sqrt(there / here)
    on_eps[t] = np.sqrt(1 - there - sigma[t] ** 2) - on_x[t] * np.sqrt(1 - here)
    return on_x, on_eps


# end for


# for: editing_denoise editing_cfg editing_sdedit editing_inpaint editing_anagram editing_hybrid hidden_editing hidden_sdedit hidden_inpaint hidden_illusions
def strided_coefficients(tables: Tables, timesteps: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the step from t to the next timestep t' (equation A4), x' = A_t x_t + B_t eps.

    A and B are (T + 1,), NaN where no step begins. Ho, Jain, Abbeel, equation 7, with the estimate
    of x_0 from eps.
    """
    t, after = np.array([*pairwise(timesteps)]).T
    here, there = tables.alpha_bars[t], tables.alpha_bars[after]
    alpha = here / there
    on_x_0 = np.sqrt(there) * (1 - alpha) / (1 - here)
    on_x, on_eps = np.full((2, len(tables.alpha_bars)), np.nan)
    on_x[t] = np.sqrt(alpha) * (1 - there) / (1 - here) + on_x_0 / np.sqrt(here)
    on_eps[t] = -on_x_0 * np.sqrt((1 - here) / here)
    return on_x, on_eps


def strided_variances(tables: Tables, timesteps: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The posterior variance of the step that begins at t, and its beta; (T + 1,), NaN as above."""
    t, after = np.array([*pairwise(timesteps)]).T
    here, there = tables.alpha_bars[t], tables.alpha_bars[after]
    posterior, beta = np.full((2, len(tables.alpha_bars)), np.nan)
    beta[t] = 1 - here / there
    posterior[t] = beta[t] * (1 - there) / (1 - here)
    return posterior, beta


# end for


# for: edm_precondition edm_loss edm_sample hidden_edm
def edm_factors(sigma: np.ndarray, sigma_data: float) -> np.ndarray:
    """c_skip, c_out, c_in and c_noise at (K,) noise levels (equation 20), (4, K).

    Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", 2022,
    table 1.
    """
    total = sigma**2 + sigma_data**2
    skip, out = sigma_data**2 / total, sigma * sigma_data / np.sqrt(total)
    return np.stack([skip, out, 1 / np.sqrt(total), np.log(sigma) / 4])


def edm_sigmas(n: int, sigma_min: float, sigma_max: float, rho: float) -> np.ndarray:
    """The n noise levels of a sampler, and 0 (equation 22), (n + 1,); equation 5 of the paper."""
    first, last = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    return np.r_[(first + np.arange(n) / (n - 1) * (last - first)) ** rho, 0.0]


# end for


def kept_timesteps(num_ts: int) -> list[int]:
    """The t, from T down to 1, at which the handout's line keeps an image for the animation."""
    return [t for t in range(num_ts, 0, -1) if t % 20 == 0 or t == num_ts or t < 8]
