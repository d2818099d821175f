"""What a submission was found to compute, beside the closed form, as pictures for the report."""

from functools import cache

import numpy as np

from .. import DATA, oracles
from ..runner.results import Exhibits
from .losses import LossAnalysis
from .replay import Replay
from .settings import Setting

DIGITS = DATA / "mnist_subset.npz"
SIGMAS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0)  # those of the handout's strip


@cache
def a_digit() -> np.ndarray:
    """A real digit, (28, 28) float32 in [0, 1]: the same one in every picture."""
    with np.load(DIGITS) as digits:
        return digits["test_images"][0].astype(np.float32) / 255


def show_tables(exhibits: Exhibits, setting: Setting, name: str, have: np.ndarray) -> None:
    """One of the schedule's tables, (T + 1,)."""
    series = {"yours": have, "closed form": getattr(setting.tables, name)}
    exhibits.curve(f"Your {name}", series, "t", f"{name}[t]")


def show_forward_process(exhibits: Exhibits, found: LossAnalysis) -> None:
    """Both factors of x_t = a x_0 + b eps at the t of each image."""
    order = np.argsort(found.t)
    on_clean, on_noise = oracles.forward_coefficients(found.setting.tables)
    series = {
        "your factor of x_0": np.stack([found.t, found.on_clean], axis=1)[order],
        "sqrt(alpha_bar_t)": on_clean,
        "your factor of eps": np.stack([found.t, found.on_noise], axis=1)[order],
        "sqrt(1 - alpha_bar_t)": on_noise,
    }
    exhibits.curve("What your x_t is mixed of", series, "t", "factor")


def show_steps(exhibits: Exhibits, found: Replay) -> None:
    """A_t and B_t of x_{t-1} = A_t x_t + B_t eps + noise.

    A_T is not drawn: it is known no better than the step's noise allows.
    """
    on_x, on_eps = found.setting.coefficients
    t = found.timesteps
    for title, label, have, want, shown in (
        ("What x_t is multiplied by", "A_t", found.on_x, on_x, t < t.max()),
        ("What the predicted noise is multiplied by", "B_t", found.on_eps, on_eps, t > 0),
    ):
        series = {
            "yours": np.stack([t, have], axis=1)[shown],
            found.setting.equation: np.stack([t, want[t]], axis=1)[shown],
        }
        exhibits.curve(title, series, "t", label)


def show_noise(exhibits: Exhibits, found: Replay) -> None:
    """The standard deviation of what each step adds; none in the last one."""
    measured = np.sqrt(np.mean(np.square(found.noise), axis=(1, 2, 3)))
    series = {"yours": np.stack([found.timesteps, measured], axis=1)}
    *t, last, _ = found.setting.timesteps
    for name, deviation in found.setting.noise_scales.items():
        series[name] = np.array([*((at, deviation[at]) for at in t), (last, 0.0)])
    exhibits.curve("The noise that each step adds", series, "t", "standard deviation")


def show_noisy_digits(exhibits: Exhibits, found: LossAnalysis, count: int = 8) -> None:
    """x_t of one digit at a few of the t that were drawn, from the least noise to the most."""
    order = np.argsort(found.t)
    chosen = order[np.linspace(0, len(order) - 1, count).astype(int)]
    captions = [f"t={t}" for t in found.t[chosen]]
    exhibits.images("What your net is given at time t", found.x_t[chosen], captions)
