"""Mistakes of a loss in the mixture of x_0 and noise, in its target, and in its weight."""

import itertools
from collections.abc import Iterator

import numpy as np

from ..oracles import Tables
from ..runner import Mistake
from .matching import FEW, Formula, recognise
from .symbols import Symbols, index_of

# (factor of x_0, factor of eps) -> what is wrong, in more detail than the formula
STORIES = {
    ("sqrt(alpha_t)", "sqrt(1 - alpha_t)"): "alpha_t is used in place of alpha_bar_t",
    ("alpha_t", "1 - alpha_t"): "alpha_t is used in place of alpha_bar_t, without its root",
    ("alpha_bar_t", "1 - alpha_bar_t"): "both square roots are missing",
    ("alpha_bar_t", "sqrt(1 - alpha_bar_t)"): "the factor of x_0 lacks its square root",
    ("sqrt(alpha_bar_t)", "1 - alpha_bar_t"): "the factor of eps lacks its square root",
    ("sqrt(1 - alpha_bar_t)", "sqrt(alpha_bar_t)"): "the two factors are swapped",
    ("sqrt(alpha_bar_(t-1))", "sqrt(1 - alpha_bar_(t-1))"): (
        "x_t is mixed with the table entry before the t that the net gets; tables are indexed by t "
        "itself, entry 0 is the clean image"
    ),
    ("sqrt(alpha_bar_(t+1))", "sqrt(1 - alpha_bar_(t+1))"): (
        "the net gets the time one step before the t of the mixture; t runs from 1 to T and the "
        "net gets t / T"
    ),
}

OTHER_NOISE = Mistake(
    "target = other noise",
    "The noise in x_t and the noise that the answer is compared with were drawn separately: draw "
    "eps once and use it for both.",
)


def mixing_mistake(
    tables: Tables, t: np.ndarray, on_clean: np.ndarray, on_noise: np.ndarray
) -> Mistake | None:
    """Why x_t = on_clean x_0 + on_noise eps at (K,) whole t; both factors (K,), eps normal."""
    if len(np.unique(t)) < FEW:
        return None
    mirrored = Symbols(tables, len(tables.betas) - 1 - t).at()[2]
    reversed_times = Mistake(
        "times reversed",
        "The time that the net gets and the t of the mixture run in opposite directions: at t = T "
        "x_t has to contain the most noise.",
    )
    formulas = itertools.chain(
        _mixtures(Symbols(tables, t)),
        [Formula(np.sqrt(np.stack([mirrored, 1 - mirrored])), reversed_times)],
    )
    return recognise(np.stack([on_clean, on_noise]), formulas)


def _mixtures(symbols: Symbols) -> Iterator[Formula]:
    factors = dict(_factors(symbols))
    right = ("sqrt(alpha_bar_t)", "sqrt(1 - alpha_bar_t)")
    for names in itertools.product(factors, repeat=2):
        series = np.stack([factors[name] for name in names])
        yield Formula(series, None if names == right else _mistake(*names))


def _factors(symbols: Symbols) -> Iterator[tuple[str, np.ndarray]]:
    one = np.ones_like(symbols.at()[0])
    yield from {"1": one, "0": 0 * one}.items()
    for shift in (0, -1, 1):
        _, alpha, alpha_bar = symbols.at(shift)
        i = index_of(shift)
        for name, value in ((f"alpha_{i}", alpha), (f"alpha_bar_{i}", alpha_bar)):
            yield from {name: value, f"sqrt({name})": np.sqrt(value)}.items()
            yield from {f"1 - {name}": 1 - value, f"sqrt(1 - {name})": np.sqrt(1 - value)}.items()


def _mistake(on_clean: str, on_noise: str) -> Mistake:
    story = STORIES.get((on_clean, on_noise), "at least one of the factors is another one")
    name = f"x_t = {_times(on_clean, 'x_0')} + {_times(on_noise, 'eps')}"
    return Mistake(name, f"What you compute is {name}: {story} (equation 5).")


def _times(factor: str, what: str) -> str:
    return f"({factor}) {what}" if factor.startswith("1 -") else f"{factor} {what}"


def target_mistake(
    tables: Tables, t: np.ndarray, x_0: np.ndarray, x_t: np.ndarray, target: np.ndarray
) -> Mistake | None:
    """Why a loss has this target, all three (N, H, W), where x_t is mixed as it should be."""
    _, _, alpha_bar = (symbol[:, None, None] for symbol in Symbols(tables, t).at())
    eps = (x_t - np.sqrt(alpha_bar) * x_0) / np.sqrt(1 - alpha_bar)
    velocity = np.sqrt(alpha_bar) * eps - np.sqrt(1 - alpha_bar) * x_0
    formulas = [Formula(eps.reshape(1, -1))]
    for what, series, story in (
        ("x_0", x_0, "the clean image x_0; the net of this part predicts the noise eps"),
        ("x_t", x_t, "the noisy image x_t itself; it has to be the noise eps in it"),
        ("x_t - x_0", x_t - x_0, "x_t - x_0; it has to be eps itself, as it was drawn"),
        ("v", velocity, "sqrt(alpha_bar_t) eps - sqrt(1 - alpha_bar_t) x_0, the velocity"),
        ("-eps", -eps, "noise of the other sign than that in x_t"),
    ):
        words = f"The loss compares the net's answer with {story}."
        formulas.append(Formula(series.reshape(1, -1), Mistake(f"target = {what}", words)))
    measured = target.reshape(1, -1)
    return recognise(measured, formulas) or _another_draw(eps, target)


def _another_draw(eps: np.ndarray, target: np.ndarray) -> Mistake | None:
    """Target and noise are both normal, and independent of each other.

    Up to five standard errors each; a common share of 0.1 would be found.
    """
    bound = 5 / np.sqrt(eps.size)
    moments = [
        np.mean(eps**2) - 1, np.mean(target**2) - 1, np.mean(eps), np.mean(target),
        np.mean(eps * target),
    ]  # fmt: skip
    if eps.size < 2000 or not np.all(np.abs(moments) <= np.array([1.5, 1.5, 1, 1, 1]) * bound):
        return None
    return OTHER_NOISE


def weight_mistake(weight: float, shape: tuple[int, ...]) -> Mistake | None:
    """Why a loss is `weight` times the mean square over a batch of this shape (N, C, H, W)."""
    size, images = float(np.prod(shape)), shape[0]
    stories = {
        "sum over all": (size, "a sum over all pixels; take the mean"),
        "sum over pixels": (size / images, "a mean over images of sums over pixels; take the mean"),
        "sum over images": (float(images), "a sum over the images; take the mean"),
        "half": (0.5, "half the mean"),
        "double": (2.0, "twice the mean"),
    }
    formulas = [Formula(np.ones(1))]
    for name, (factor, story) in stories.items():
        mistake = Mistake(f"loss: {name}", f"The loss is {story}.")
        formulas.append(Formula(np.array([factor]), mistake))
    return recognise(np.array([weight]), formulas, at_least=1)
