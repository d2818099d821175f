"""Mistakes in the steps of iterative denoising, x' = A_t x_t + B_t eps + z, and in its loop.

Each formula below is that of equation A4 with one mistake in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..oracles import Tables
from ..runner import Mistake
from ..spies.editing import LEARNED, UNCONDITIONAL
from .matching import Factors, Formula, recognise, recognise_steps, sentence
from .noise_scale import Noises


@dataclass(frozen=True)
class Steps:
    """K steps, each from a t of the list to the next one, t'.

    Attributes:
        here, there, before: (K,) alpha_bar at t, t' and t - 1.
        later: (K,) alpha_bar at the timestep after t'; at the end of the list that of t'.
    """

    here: np.ndarray
    there: np.ndarray
    before: np.ndarray
    later: np.ndarray

    @classmethod
    def at(cls, tables: Tables, timesteps: Sequence[int], t: np.ndarray) -> "Steps":
        """The steps that begin at (K,) t, all of them in the list."""
        places = [timesteps.index(one) for one in t.tolist()]
        after = [timesteps[place + 1] for place in places]
        later = [timesteps[min(place + 2, len(timesteps) - 1)] for place in places]
        bars = tables.alpha_bars
        return cls(bars[t], bars[after], bars[t - 1], bars[later])


def strided_noises(steps: Steps) -> Noises:
    """What z could be multiplied by, by name, and what is wrong with it, for `scale_mistake`."""
    posterior, beta = variances(steps.here, steps.there)
    single, one_beta = variances(steps.here, steps.before)
    lagging = variances(steps.there, steps.later)[0]
    wrong = {
        "squared": (LEARNED * posterior, "the variance; a standard deviation is its root"),
        "posterior squared": (posterior, "the variance; a standard deviation is its root"),
        "beta squared": (beta, "the variance; a standard deviation is its root"),
        "unconditional": (
            np.sqrt(UNCONDITIONAL * posterior),
            "the root of model.variance without cond; pass cond on to it",
        ),
        "to t - 1": (
            np.sqrt(LEARNED * single),
            "the root of model.variance for a step from t to t - 1; the step ends at t'",
        ),
        "posterior of one step": (
            np.sqrt(single),
            "the root of the posterior variance of a step to t - 1; the step ends at t'",
        ),
        "beta of one step": (np.sqrt(one_beta), "the root of beta_t; beta is 1 - alpha, with the "
                             "alpha of the whole step"),
        "of the next step": (
            np.sqrt(LEARNED * lagging),
            "the root of model.variance from t' on; the variance is that of the step from t to t'",
        ),
        "1": (1 + 0 * beta, "1; it is the root of the variance"),
        "sqrt(1 - alpha_bar)": (
            np.sqrt(1 - steps.here),
            "sqrt(1 - alpha_bar_t), the noise of x_t as a whole; it is the root of the variance",
        ),
        "sqrt(1 - alpha_bar')": (
            np.sqrt(1 - steps.there),
            "sqrt(1 - alpha_bar'), the noise of x' as a whole; it is the root of the variance",
        ),
    }  # fmt: skip
    named = {f"variance: {name}": what for name, what in wrong.items()}
    right = {
        "model.variance": (np.sqrt(LEARNED * posterior), ""),
        "posterior": (np.sqrt(posterior), ""),
        "beta": (np.sqrt(beta), ""),
    }
    return right | named


def variances(here: np.ndarray, there: np.ndarray) -> Factors:
    """The posterior variance and the beta of steps between these alpha_bars."""
    beta = np.maximum(1 - here / there, 0)
    return (1 - there) / (1 - here) * beta, beta


def strided_mistake(steps: Steps, on_x: np.ndarray, on_eps: np.ndarray) -> Mistake | None:
    """Why the factors of x and of eps are these, each (K,), from the first timestep down."""
    return recognise_steps(on_x, on_eps, _means(steps))


def _means(steps: Steps) -> Iterator[tuple[Factors, Mistake | None]]:
    """The right factors first, then those of one mistake each."""
    a, b, before = steps.here, steps.there, steps.before
    root, noise = np.sqrt(a), np.sqrt(1 - a)

    def mean(
        on_x_0: np.ndarray, on_x: np.ndarray, p: np.ndarray = noise, q: np.ndarray = root
    ) -> Factors:
        """Of on_x_0 x_0 + on_x x_t with x_0 = (x_t - p eps) / q."""
        return on_x + on_x_0 / q, -on_x_0 * p / q

    def factors(alpha: np.ndarray, beta: np.ndarray) -> Factors:
        return np.sqrt(b) * beta / (1 - a), np.sqrt(alpha) * (1 - b) / (1 - a)

    alpha, beta = a / b, 1 - a / b
    on_x_0, on_x = factors(alpha, beta)
    single = a / before
    yield mean(on_x_0, on_x), None
    for name, story, series in (
        ("alpha = alpha_bar", "alpha is alpha_bar_t / alpha_bar_t', not alpha_bar_t",
         mean(*factors(a, 1 - a))),
        ("beta of one step", "beta is 1 - alpha with the alpha of the whole step; yours is beta_t, "
         "of a step from t to t - 1", mean(*factors(alpha, 1 - single))),
        ("alpha of one step", "alpha is alpha_bar_t / alpha_bar_t'; yours is alpha_t, of a step "
         "from t to t - 1", mean(*factors(single, 1 - single))),
        ("step to t - 1", "the step goes to t - 1, but its end is t', the next timestep",
         mean(np.sqrt(before) * (1 - single) / (1 - a),
              np.sqrt(single) * (1 - before) / (1 - a))),
        ("swapped", "the factors of x_0 and of x_t have changed places", mean(on_x, on_x_0)),
        ("deterministic", "this is the step of DDIM without noise",
         mean(np.sqrt(b) - np.sqrt(1 - b) * root / noise, np.sqrt(1 - b) / noise)),
        ("no roots", "both roots are missing in x_0", mean(on_x_0, on_x, 1 - a, a)),
        ("no root below", "the root below x_0 is missing", mean(on_x_0, on_x, q=a)),
        ("no root above", "the root of 1 - alpha_bar_t is missing in x_0",
         mean(on_x_0, on_x, p=1 - a)),
        ("no division", "the division by sqrt(alpha_bar_t) is missing in x_0",
         mean(on_x_0, on_x, q=1 + 0 * a)),
        ("eps without factor", "sqrt(1 - alpha_bar_t) is missing in x_0",
         mean(on_x_0, on_x, p=1 + 0 * a)),
        ("eps subtracted", "x_0 is x_t - eps in your step; both factors are missing",
         mean(on_x_0, on_x, 1 + 0 * a, 1 + 0 * a)),
        ("sqrt(alpha_bar) twice", "the factor of eps in x_0 is sqrt(1 - alpha_bar_t)",
         mean(on_x_0, on_x, p=root)),
        ("+ eps", "the predicted noise has to be subtracted in x_0", mean(on_x_0, on_x, -noise)),
        ("x_0 of t'", "x_0 is estimated with alpha_bar of t'; x is the one of t",
         mean(on_x_0, on_x, np.sqrt(1 - b), np.sqrt(b))),
        ("x_0 returned", "each step returns its estimate of x_0 and does not go on to t'",
         mean(1 + 0 * a, 0 * a)),
        ("x_0 without factor", "the factor of x_0 is missing", mean(1 + 0 * a, on_x)),
        ("root of alpha_bar_t", "sqrt(alpha_bar_t') belongs in the factor of x_0, not "
         "sqrt(alpha_bar_t)", mean(root * beta / (1 - a), on_x)),
        ("no root of alpha_bar'", "the root of alpha_bar_t' is missing in the factor of x_0",
         mean(b * beta / (1 - a), on_x)),
        ("no root of alpha", "the root of alpha is missing in the factor of x_t",
         mean(on_x_0, alpha * (1 - b) / (1 - a))),
        ("x_t without 1 - alpha_bar'", "1 - alpha_bar_t' is missing in the factor of x_t",
         mean(on_x_0, np.sqrt(alpha) / (1 - a))),
        ("no 1 - alpha_bar below", "the division by 1 - alpha_bar_t is missing",
         mean(on_x_0 * (1 - a), on_x * (1 - a))),
    ):  # fmt: skip
        yield series, Mistake(f"strided: {name}", f"{sentence(story)} (equation A4).")


def strided_loop_mistake(
    told: np.ndarray, listed: Sequence[int], i_start: int, num_ts: int
) -> Mistake | None:
    """Why a model gets these (K,) t in place of the timesteps from i_start on but the last."""
    steps = np.array(listed[i_start:])
    loops = {
        "right": (steps[:-1], ""),
        "i_start ignored": (
            np.array(listed[:-1]) if i_start else None,
            "The loop begins at the first of the timesteps; it begins at timesteps[i_start].",
        ),
        "i_start + 1": (
            steps[1:-1],
            "The loop begins one step late, behind timesteps[i_start]."
            if i_start
            else "The loop begins one step late, at timesteps[1]; it begins at timesteps[0].",
        ),
        "i_start - 1": (
            np.array(listed[i_start - 1 : -1]) if i_start > 1 else None,
            "The loop begins one step early, before timesteps[i_start].",
        ),
        "stops early": (steps[:-2], "The loop ends one step early: the last step ends at the last "
                        "of the timesteps."),
        "to the end": (steps, "The loop has a step that begins at the last of the timesteps; "
                       "nothing comes after it."),
        "t'": (steps[1:], "The model gets t', the end of the step; it is t."),
        "backwards": (steps[-2::-1], "The loop runs upwards; the timesteps are descending."),
        "backwards from the end": (steps[:0:-1], "The loop runs upwards; the timesteps are "
                                   "descending."),
        "t / T": (steps[:-1] / num_ts, "The model gets t / T; it is t itself."),
        "places": (
            np.arange(i_start, len(listed) - 1),
            "The model gets the place in the list; it is the timestep at this place.",
        ),
        "all t": (np.arange(steps[0], 0, -1), "The loop visits every t; it has to visit those of "
                  "the list."),
    }  # fmt: skip
    formulas = [
        Formula(times / num_ts, Mistake(f"strided loop: {name}", words) if words else None)
        for name, (times, words) in loops.items()
        if times is not None and len(times) == len(told)
    ]
    return recognise(told / num_ts, formulas)


def strided_guidance_mistake(
    scales: np.ndarray, used: np.ndarray, rows: np.ndarray
) -> Mistake | None:
    """Why eps is eps_uncond + `used` (eps_cond - eps_uncond) at several scales.

    Args:
        scales: (K,) the given ones, w.
        used: (K,) the measured ones.
        rows: (R, 5) what the model received at one of them: step, image, t, cond, whether given.
    """
    w = np.asarray(scales, float)
    twice = len(rows) >= 2 * len(np.unique(rows[:, :2], axis=0)) and (rows[:, 4] != 0).all()
    alone = "both calls get cond, so that their difference is 0; the second one needs None"
    series = {
        "1 + w": (1 + w, "you add w (eps_cond - eps_uncond) to eps_cond, equation A6 adds it to "
                  "eps_uncond"),
        "1 - w": (1 - w, "eps_cond and eps_uncond are swapped"),
        "-w": (-w, "the difference is eps_uncond - eps_cond; it is eps_cond - eps_uncond"),
        "1": (1 + 0 * w, alone if twice else "only eps_cond is used, whatever w is"),
        "0": (0 * w, "only eps_uncond is used, whatever w is"),
        "7": (7 + 0 * w, "7 is written where scale belongs"),
        "3": (3 + 0 * w, "3 is written where scale belongs"),
        "2 w": (2 * w, "the difference is multiplied by 2 w"),
        "w^2": (w**2, "the difference is multiplied by w twice"),
    }  # fmt: skip
    formulas = [Formula(w)]
    for name, (values, story) in series.items():
        words = f"The guidance is not that of equation A6: {story}."
        formulas.append(Formula(values, Mistake(f"strided guidance: {name}", words)))
    return recognise(used, formulas, at_least=4)
