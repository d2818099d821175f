"""Mistakes in the steps of DDIM, x' = A_t x_t + B_t eps + sigma z, and in its loop.

Each formula below is that of equations 12 and 13 with one mistake in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..oracles import Tables
from ..runner import Mistake
from .matching import Factors, Formula, recognise, recognise_steps, sentence
from .noise_scale import Noises

OF_X_0 = (  # mistakes in the estimate of x_0
    "no division", "no root below", "no root above", "no roots", "+ eps", "eps without factor",
    "x_0 of t'",
)  # fmt: skip


@dataclass(frozen=True)
class Steps:
    """K steps, each from a t of the list to the next one, t'.

    Attributes:
        here, there, before: (K,) alpha_bar at t, t' and t - 1.
        alpha: (K,) alpha_t.
        first: alpha_bar at 1.
    """

    here: np.ndarray
    there: np.ndarray
    before: np.ndarray
    alpha: np.ndarray
    first: float
    eta: float

    @classmethod
    def at(cls, tables: Tables, timesteps: Sequence[int], t: np.ndarray, eta: float) -> "Steps":
        """The steps that begin at (K,) t, all of them in the list."""
        after = [timesteps[timesteps.index(one) + 1] for one in t.tolist()]
        bars = tables.alpha_bars
        return cls(bars[t], bars[after], bars[t - 1], tables.alphas[t], bars[1], eta)


def ddim_noises(steps: Steps) -> Noises:
    """What z could be multiplied by, by name, and what is wrong with it, for `scale_mistake`."""
    a, b, eta = steps.here, steps.there, steps.eta
    fraction, rest = (1 - b) / (1 - a), 1 - a / b
    root = np.sqrt(fraction * rest)
    wrong = {
        "squared": ((eta * root) ** 2, "sigma squared; the roots of equation 12 are missing"),
        "no roots": (eta * root**2, "sigma without the roots of equation 12"),
        "eta = 0": (0 * a, "0 at every eta; eta is not used"),
        "eta = 1": (root, "the sigma of eta = 1; eta is not used"),
        "sqrt(eta)": (eta**0.5 * root, "sigma with eta below the root; eta stands before it"),
        "eta^2": (eta**2 * root, "sigma with eta squared"),
        "1": (1 + 0 * a, "1; it is sigma"),
        "eta": (eta + 0 * a, "eta alone; equation 12 has two roots after it"),
        "first root": (eta * np.sqrt(fraction), "sigma without the second root"),
        "second root": (eta * np.sqrt(rest), "sigma without the first root"),
        "beta_t": (
            eta * np.sqrt(fraction * (1 - steps.alpha)),
            "sigma with beta_t, which is for steps from t to t - 1, below the second root",
        ),
        "sqrt(beta_t)": (
            eta * np.sqrt(1 - steps.alpha),
            "eta sqrt(beta_t), which is for steps from t to t - 1",
        ),
        "t - 1": (_sigma_at(steps, steps.before), "the sigma of a step to t - 1, not to t'"),
    }
    named = {f"sigma: {name}": what for name, what in wrong.items()}
    return {"sigma": (eta * root, ""), **named}


def ddim_mistake(steps: Steps, on_x: np.ndarray, on_eps: np.ndarray) -> Mistake | None:
    """Why the factors of x and of eps are these, each (K,), from the first timestep down."""
    return recognise_steps(on_x, on_eps, _means(steps))


def _means(steps: Steps) -> Iterator[tuple[Factors, Mistake | None]]:
    """The right factors first, then those of one mistake each."""
    a, b, before, alpha = steps.here, steps.there, steps.before, steps.alpha
    sigma, single = _sigma_at(steps, b), _sigma_at(steps, before)
    early = np.where(b == 1, steps.first, b)
    p, q, one = np.sqrt(1 - a), np.sqrt(a), np.ones_like(a)

    def mean(
        of_x_0: np.ndarray, of_eps: np.ndarray, p: np.ndarray = p, q: np.ndarray = q
    ) -> Factors:
        """Of of_x_0 x_0' + of_eps eps with x_0' = (x - p eps) / q."""
        return of_x_0 / q, of_eps - of_x_0 * p / q

    image, noise = np.sqrt(b), _root(1 - b - sigma**2)
    yield mean(image, noise), None
    for name, story, series in (
        ("no sigma", "the factor of eps lacks sigma: it is sqrt(1 - alpha_bar_t' - sigma^2)",
         mean(image, _root(1 - b))),
        ("no root", "the factor of eps lacks its root", mean(image, noise**2)),
        ("no root, no sigma", "the factor of eps lacks its root and sigma", mean(image, 1 - b)),
        ("sigma not squared", "sigma has to be squared in the factor of eps",
         mean(image, _root(1 - b - sigma))),
        ("sigma^2 added", "sigma^2 has to be subtracted in the factor of eps",
         mean(image, _root(1 - b + sigma**2))),
        ("sigma outside", "sigma^2 belongs below the root, in the factor of eps",
         mean(image, _root(1 - b) - sigma)),
        ("eps as at t", "the factor of eps is that of t; x' is the one of t'",
         mean(image, _root(1 - a - sigma**2))),
        ("eps lost", "the part of eps is missing", mean(image, 0 * a)),
        ("x_0 returned", "each step returns its estimate of x_0 and does not go on to t'",
         mean(one, 0 * a)),
        ("x_0 without factor", "the estimate of x_0 lacks its factor sqrt(alpha_bar_t')",
         mean(one, noise)),
        ("x_0 without root", "the factor of x_0 lacks its root", mean(b, noise)),
        ("x_0 as at t", "the factor of x_0 is that of t; x' is the one of t'", mean(q, noise)),
        ("swapped", "the factors of x_0 and of eps have changed places", mean(noise, image)),
        ("t - 1", "the step goes to t - 1, but its end is t', the next timestep",
         mean(np.sqrt(before), _root(1 - before - single**2))),
        ("alpha_bars[1]", "the last step ends at alpha_bar_1; it ends at alpha_bar_0, which is 1",
         mean(np.sqrt(early), _root(1 - early - _sigma_at(steps, early) ** 2))),
        ("no division", "the division by sqrt(alpha_bar_t) is missing in x_0",
         mean(image, noise, q=one)),
        ("no root below", "the root below x_0 is missing", mean(image, noise, q=a)),
        ("no root above", "the root of 1 - alpha_bar_t is missing in x_0",
         mean(image, noise, p=1 - a)),
        ("no roots", "both roots are missing in x_0", mean(image, noise, 1 - a, a)),
        ("+ eps", "the predicted noise has to be subtracted in x_0", mean(image, noise, -p)),
        ("eps without factor", "sqrt(1 - alpha_bar_t) is missing in x_0",
         mean(image, noise, p=one)),
        ("x_0 of t'", "x_0 is estimated with alpha_bar of t'; x is the one of t",
         mean(image, noise, _root(1 - b), image)),
        ("equation 9", "this is the step of equation 9, from t to t - 1",
         (alpha**-0.5, -(1 - alpha) / p * alpha**-0.5)),
    ):  # fmt: skip
        equation = 8 if name in OF_X_0 else 13
        words = f"{sentence(story)} (equation {equation})."
        yield series, Mistake(f"ddim: {name}", words)
    for name, (scale, story) in ddim_noises(steps).items():
        if story and scale.any():  # without any noise, the factor of eps lacks sigma, as above
            words = f"What you subtract below the root is the square of {story} (equation 12)."
            yield mean(image, _root(1 - b - scale**2)), Mistake(name, words)


def _sigma_at(steps: Steps, end: np.ndarray) -> np.ndarray:
    """sigma of equation 12, if the steps end at this alpha_bar."""
    a = steps.here
    return steps.eta * np.sqrt((1 - end) / (1 - a) * np.maximum(1 - a / end, 0))


def _root(values: np.ndarray) -> np.ndarray:
    """NaN below 0, but for rounding."""
    return np.sqrt(np.where(values < -1e-9, np.nan, np.maximum(values, 0)))


def ddim_loop_mistake(times: np.ndarray, timesteps: Sequence[int], num_ts: int) -> Mistake | None:
    """Why a loop passes these (K,) times in place of t / T for all timesteps but the last."""
    listed, steps = np.array(timesteps), len(timesteps) - 1
    loops = {
        "right": (listed[:-1], ""),
        "t'": (listed[1:], "The net gets t' / T, the end of the step; it is t / T."),
        "first left out": (listed[1:-1], "The loop leaves the first timestep out."),
        "stops early": (listed[:-2], "The loop ends one step early: the last step ends at 0."),
        "to 0": (listed, "The loop has a step that begins at 0, the last timestep; a step there "
                 "has nothing to do."),
        "backwards": (listed[-2::-1], "The loop runs upwards; the list is descending already."),
        "backwards from 0": (listed[:0:-1], "The loop runs upwards; the list is descending "
                             "already."),
        "all t": (np.arange(num_ts, 0, -1), "The loop ignores `timesteps`: it visits every t from "
                  "T to 1; it has to visit those of the list."),
        "even": (np.round(np.linspace(num_ts, 0, steps + 1))[:-1], "The loop ignores `timesteps`: "
                 "it visits others, evenly spaced; it has to visit those of the list."),
        "number of the step": (np.arange(steps), "The net gets the number of the step, divided by "
                               "T; it is t / T."),
        "steps left": (np.arange(steps, 0, -1) * num_ts / steps, "The net gets the share of steps "
                       "that are left; it is t / T."),
        "steps done": (np.arange(steps) * num_ts / steps, "The net gets the share of steps that "
                       "are done; it is t / T."),
    }  # fmt: skip
    if listed[0] != num_ts:
        told = listed[:-1] * num_ts / listed[0]
        words = "The net gets t / timesteps[0]; it is t / T, also if the list begins below T."
        loops["t / timesteps[0]"] = told, words
    formulas = [
        Formula(told / num_ts, Mistake(f"ddim loop: {name}", words) if words else None)
        for name, (told, words) in loops.items()
        if len(told) == len(times)
    ]
    return recognise(times, formulas)
