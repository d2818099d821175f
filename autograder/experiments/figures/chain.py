"""Figure 4 of the handout, the schedule's curves, and the picture of a digit drowning in noise."""

from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from autograder.config.paths import REPOSITORY
from checkkit.oracles import forward_coefficients, schedule

from .drawing import DPI, INK, PAPER, WIDTH, Page, columns

NUM_TS = 300
TABLES = schedule(0.0001, 0.02, NUM_TS)
SHOWN = 0, 20, 60, 100, 160, 300
DIGIT = 7


def figure_schedule(path: Path) -> None:
    """Figure 4: beta grows evenly; what is left of the image, and how much noise there is."""
    keep, noise = forward_coefficients(TABLES)
    t = np.arange(NUM_TS + 1)
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(WIDTH - 1, 4.6), dpi=DPI, sharex=True, height_ratios=(1, 2), facecolor=PAPER
    )
    above.plot(t[1:], TABLES.betas[1:], color="#c26a1d", lw=2)
    above.set_ylabel(r"$\beta_t$", fontsize=13)
    above.set_ylim(0, 0.021)
    below.plot(t, keep, color="#2f6fad", lw=2, label=r"$\sqrt{\bar\alpha_t}$ of the image")
    below.plot(t, noise, color="#b03a53", lw=2, label=r"$\sqrt{1-\bar\alpha_t}$ of the noise")
    below.plot(t, TABLES.alpha_bars, color=INK, lw=2, ls="--", label=r"$\bar\alpha_t$")
    below.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 0.98),
        ncols=3,
        frameon=False,
        fontsize=10.5,
        handlelength=1.5,
        columnspacing=1.2,
    )
    below.set_xlabel("t", fontsize=13)
    below.set_xlim(0, NUM_TS)
    below.set_ylim(0, 1.03)
    for axes in (above, below):
        axes.tick_params(labelsize=10.5)
        axes.grid(color="#e3e6e9", lw=0.7)
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, facecolor=PAPER, metadata={"Software": None})
    plt.close(figure)


def figure_chain(path: Path) -> None:
    """One test digit at six times, the way there and the way back."""
    with np.load(REPOSITORY.digits, allow_pickle=False) as arrays:
        at = np.flatnonzero(arrays["test_labels"] == DIGIT)[0]
        x_0 = arrays["test_images"][at] / 255
    keep, noise = forward_coefficients(TABLES)
    eps = np.random.default_rng(0).standard_normal(x_0.shape)
    page = Page(2.3)
    centres, size, y = columns(len(SHOWN), 0.05, WIDTH - 0.05), 0.86, 1.2
    for x, t in zip(centres, SHOWN, strict=True):
        limits = {"vmin": -1.5 * noise[t], "vmax": keep[t] + 1.3 * noise[t]}
        page.image((x, y), size, keep[t] * x_0 + noise[t] * eps, **limits)
        page.text((x, y - 0.6), f"t = {t}", 11)
    first, last = centres[0], centres[-1]
    page.arrow((first, y + 0.62), (last, y + 0.62), colour="#b03a53")
    page.text((3.0, y + 0.82), r"forward: add noise, $q(x_t \mid x_{t-1})$", 11.5, "#b03a53")
    page.arrow((last, y - 0.82), (first, y - 0.82), colour="#2f6fad")
    text = r"reverse: the net removes it, $p_\theta(x_{t-1} \mid x_t)$"
    page.text((3.0, y - 1.04), text, 11.5, "#2f6fad")
    page.save(path)
