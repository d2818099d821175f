"""Mistakes in the tables of a schedule."""

from collections.abc import Iterator

import numpy as np

from ..runner import Mistake
from .matching import Formula, recognise

DOUBLE = Mistake(
    "tables: float64",
    "With tables in float64, x_t becomes float64 too, and a net in float32 refuses it: end with "
    ".float().",
)


def length_mistake(length: int, num_ts: int) -> Mistake | None:
    """Why tables have this length instead of T + 1."""
    if length != num_ts:
        return None
    return Mistake(
        "tables: T entries",
        "Your tables have an entry for each step and none for t = 0: entry 0 belongs to the clean "
        "image, so that tables[t] is that of t.",
    )


def betas_mistake(betas: np.ndarray, beta_1: float, beta_T: float) -> Mistake | None:
    """Why betas are these (T + 1,) instead of evenly spaced from beta_1 at 1 to beta_T at T."""
    T = len(betas) - 1
    t = np.arange(1, T + 1)
    first, last = beta_1, beta_T
    share = (t - 1) / (T - 1)
    stories = {
        "geometric": (first * (last / first) ** share, "a geometric series; they are evenly "
                      "spaced (linspace)"),
        "even roots": ((first**0.5 + (last**0.5 - first**0.5) * share) ** 2, "evenly spaced in "
                       "their roots; the betas themselves are"),
        "downwards": (last + (first - last) * share, "falling from beta_T to beta_1; they rise"),
        "0 to beta_T": (last * t / T, "evenly spaced from 0 to beta_T; betas[1] is beta_1"),
        "T + 1 of them": (first + (last - first) * t / T, "evenly spaced from t = 0, where beta_1 "
                          "would be, to t = T; beta_1 belongs to t = 1"),
        "spaced by 1 / T": (first + (last - first) * (t - 1) / T, "spaced by (beta_T - beta_1) / T "
                            "and do not reach beta_T: T betas have T - 1 steps between them"),
        "of 1000 steps": (first + (last - first) * (t - 1) / 999, "the first ones of 1000 steps; "
                          "betas[T] is beta_T"),
        "constant": (first + 0 * share, "all beta_1"),
    }  # fmt: skip
    formulas = [Formula(first + (last - first) * share)]
    for name, (series, story) in stories.items():
        formulas.append(Formula(series, Mistake(f"betas: {name}", f"Your betas are {story}.")))
    return recognise(betas[1:] / last, [Formula(f.series / last, f.mistake) for f in formulas])


def alphas_mistake(alphas: np.ndarray, betas: np.ndarray) -> Mistake | None:
    """Why alphas (T + 1,) are not 1 - betas."""
    b = betas[1:]
    return recognise(alphas[1:], [
        Formula(1 - b),
        _formula("alphas: sqrt(1 - beta)", np.sqrt(1 - b), "Your alphas are square roots of "
                 "1 - beta_t; the roots come later."),
        _formula("alphas: betas", b, "Your alphas are the betas; alpha_t = 1 - beta_t."),
        _formula("alphas: 1 + beta", 1 + b, "Your alphas are 1 + beta_t; alpha_t = 1 - beta_t."),
        _formula("alphas: products", np.cumprod(1 - b), "Your alphas are the running products; "
                 "those are alpha_bars."),
    ])  # fmt: skip


def alpha_bars_mistake(
    alpha_bars: np.ndarray, alphas: np.ndarray, betas: np.ndarray
) -> Mistake | None:
    """Why alpha_bars (T + 1,) are not the running product of the alphas given beside them."""
    if not alpha_bars[1:].any():
        return Mistake(
            "alpha_bars: zeros",
            "Your alpha_bars are all 0: a factor of the product is 0. Entry 0 of the alphas is 1.",
        )
    return recognise(alpha_bars[1:], _alpha_bars(alphas[1:], betas[1:]))


def _alpha_bars(a: np.ndarray, b: np.ndarray) -> Iterator[Formula]:
    right = np.cumprod(a)
    yield Formula(right)
    for name, series, story in (
        ("alphas", a, "the alphas themselves: alpha_bars[t] is the product of alphas[1] to "
         "alphas[t]"),
        ("shifted back", np.r_[1, right[:-1]], "one step behind: alphas[t] belongs to "
         "alpha_bars[t]"),
        ("shifted ahead", np.r_[right[1:], np.nan], "one step ahead: alphas[t + 1] does not belong "
         "to alpha_bars[t]"),
        ("cumsum of alphas", np.cumsum(a), "a running sum of the alphas; it is a product"),
        ("cumsum of alphas with entry 0", 1 + np.cumsum(a), "a running sum of the alphas; it is a "
         "product"),
        ("1 - cumsum of betas", 1 - np.cumsum(b), "1 minus the running sum of the betas; it is the "
         "running product of the alphas"),
        ("cumprod of betas", np.cumprod(b), "the running product of the betas; it is that of the "
         "alphas"),
        ("root", np.sqrt(right), "square roots of the product; the roots come later"),
        ("square", right**2, "squares of the product"),
        ("backwards", np.cumprod(a[::-1])[::-1], "multiplied from the end; alpha_bars[1] is "
         "alphas[1]"),
    ):  # fmt: skip
        yield _formula(f"alpha_bars: {name}", series, f"Your alpha_bars are {story}.")


def _formula(name: str, series: np.ndarray, words: str) -> Formula:
    return Formula(series, Mistake(name, words))
