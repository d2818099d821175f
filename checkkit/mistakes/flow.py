"""Mistakes in flow matching: in the loss, x_t = a x_1 + b target, and in the sampler's loop."""

from collections.abc import Iterator

import numpy as np

from ..runner import Mistake
from .matching import FEW, Formula, recognise, sentence

OTHER_WAY = Mistake(
    "flow: t runs the other way",
    "Your t runs the other way, from data to noise: here t = 0 is noise, t = 1 is data, and the "
    "velocity is x_1 - x_0 (equations 16 and 17).",
)
TARGET_DATA = Mistake(
    "flow: target = x_1",
    "The loss compares the net's answer with the data x_1; it has to be x_1 - x_0.",
)
TARGET_X_T = Mistake(
    "flow: target = x_t", "The loss compares the net's answer with x_t; it has to be x_1 - x_0."
)
OTHER_NOISE = Mistake(
    "flow: target = other noise",
    "The noise in x_t and that in the velocity were drawn separately: draw x_0 once and use it for "
    "both.",
)


ONE_TIME = Mistake(
    "flow: one t for all images",
    "One t was drawn for the whole batch: draw len(x_1) of them, one for each image.",
)
UNDIVIDED = Mistake(
    "flow: t not divided by T",
    "Your t are whole numbers up to T: divide them by T, before you mix x_t and before you give "
    "them to the net.",
)
OUTSIDE = Mistake(
    "flow: t not in [0, 1]",
    "The t that you draw are not in [0, 1]: torch.rand draws them uniformly from there.",
)
NOISE_ADDED = Mistake(
    "flow: noise in the steps",
    "Noise is added on the way, as in DDPM; here nothing is random after the start.",
)


def line_mistake(
    t: np.ndarray, on_data: np.ndarray, on_target: np.ndarray, num_ts: int
) -> Mistake | None:
    """Why x_t = on_data x_1 + on_target target, both (N,), at (N,) t that the net is told."""
    if len(np.unique(t)) < FEW:
        return None
    formulas = [Formula(np.stack(series), mistake) for series, mistake in _lines(t, num_ts)]
    return recognise(np.stack([on_data, on_target]), formulas)


def _lines(
    t: np.ndarray, num_ts: int
) -> Iterator[tuple[tuple[np.ndarray, np.ndarray], Mistake | None]]:
    one, left = np.ones_like(t), 1 - t
    yield (one, -left), None
    yield (one, t), OTHER_WAY
    root, root_left = np.sqrt(np.maximum(t, 0)), np.sqrt(np.maximum(left, 0))
    kept = np.sqrt(np.maximum(1 - t**2, 0))
    for name, series, story in (
        ("target = x_0 - x_1", (one, left), "the target is x_0 - x_1, which leads from data to "
         "noise; it is x_1 - x_0"),
        ("target = x_0", (t, left), "the target is the noise x_0, as in DDPM; it is x_1 - x_0"),
        ("target = -x_0", (t, -left), "the target lacks x_1; it is x_1 - x_0"),
        ("target = x_0, t the other way", (left, t), "the target is the noise x_0, as in DDPM, and "
         "the factors have changed places: at t = 0 x_t has to be noise, at t = 1 data, and the "
         "target is x_1 - x_0"),
        ("target = x_1 - x_t", (one, -one), "the target is x_1 - x_t; it is x_1 - x_0, at every t"),
        ("target = x_1 + x_0", (2 * t - 1, left), "the target is x_1 + x_0; it is x_1 - x_0"),
        ("target / T", (one, -left * num_ts), "the target is divided by T; the sampler does that"),
        ("target * T", (one, -left / num_ts), "the target is multiplied by T; it is x_1 - x_0"),
        ("square roots", (root + root_left, -root_left), "the factors of x_t are square roots, as "
         "in DDPM; they are 1 - t and t"),
        ("sqrt(1 - t^2)", (t + kept, -kept), "the factor of x_0 is sqrt(1 - t^2); it is 1 - t"),
        ("x_0 + t x_1", (1 + t, -one), "x_t lacks the factor 1 - t of the noise"),
        ("(1 - t) x_0 + x_1", (1 + left, -left), "x_t lacks the factor t of the data"),
    ):  # fmt: skip
        words = f"{sentence(story)} (equations 16 and 17)."
        yield series, Mistake(f"flow: {name}", words)


def other_noise_mistake(
    t: np.ndarray, x_1: np.ndarray, x_t: np.ndarray, target: np.ndarray
) -> Mistake | None:
    """Whether x_t and the target, (N, H, W), have noise that is normal, but not the same."""
    share = t[:, None, None]
    inside = (t > 0.05) & (t < 0.95)
    one = ((x_t - share * x_1) / np.where(1 - share > 0, 1 - share, 1))[inside]
    two = (x_1 - target)[inside]
    if one.size < 2000:
        return None
    moments = [np.mean(one**2) - 1, np.mean(two**2) - 1, one.mean(), two.mean(), np.mean(one * two)]
    bound = np.array([1.5, 1.5, 1, 1, 1]) * 5 / np.sqrt(one.size)
    return OTHER_NOISE if np.all(np.abs(moments) <= bound) else None


def told_mistake(told: np.ndarray, t: np.ndarray, num_ts: int) -> Mistake | None:
    """Why the net is told these (N,) times where x_t holds the share t (N,) of the data."""
    if len(np.unique(t)) < FEW:
        return None
    T = num_ts
    formulas = [Formula(t)]
    for name, series, story in (
        ("1 - t", 1 - t, "1 - t where x_t holds the share t of the data: swap the factors of x_0 "
         "and x_1, or pass t"),
        ("t T", t * T, "t T; it is t itself, in [0, 1]"),
        ("whole t T", np.floor(t * T), "t T rounded down; it is t itself, in [0, 1]"),
        ("1000 t", t * 1000, "1000 t; it is t itself, in [0, 1]"),
        ("t / T", t / T, "t / T; this t is in [0, 1] already"),
        ("0", 0 * t, "0 for every image; it is t"),
        ("1", 0 * t + 1, "1 for every image; it is t"),
    ):  # fmt: skip
        formulas.append(Formula(series, Mistake(f"flow: told {name}", f"The net gets {story}.")))
    return recognise(told, formulas)


def flow_loop_mistake(told: np.ndarray, num_ts: int, backwards: bool) -> Mistake | None:
    """Why a loop of one call a step tells the net these (S,) times in place of k / T.

    Args:
        backwards: the steps subtract the velocity, each 1 / T of it.
    """
    T, k = num_ts, np.arange(num_ts + 1)
    loops: list[tuple[str, np.ndarray, str]] = [
        ("right", k[:T] / T, ""),
        ("t after the step", k[1:] / T, "The net gets the time at which the step ends; it is that "
         "at which it begins, k / T."),
        ("middle of the step", (k[:T] + 0.5) / T, "The net gets the time in the middle of the step "
         "for the x at its beginning; it is k / T."),
        ("k", k[:T].astype(float), "The net gets k; it is k / T."),
        ("T - 1 steps", k[: T - 1] / T, "The loop ends one step early: the last step begins at "
         "t = (T - 1) / T and ends at 1."),
        ("first left out", k[1:T] / T, "The loop leaves the first step out: it begins at t = 0."),
        ("T + 1 steps", k / T, "The loop has a step that begins at t = 1, where the data is "
         "reached already."),
        ("reversed", (k[1:] / T)[::-1], "The loop gives the net t from 1 down to 1 / T; it "
         "begins with noise, at t = 0."),
        ("reversed to 0", (k[:T] / T)[::-1], "The loop gives the net t from (T - 1) / T down to 0; "
         "it begins with noise, at t = 0."),
        ("0", 0.0 * k[:T], "The net gets 0 in every step; it is k / T."),
        ("1", 0.0 * k[:T] + 1, "The net gets 1 in every step; it is k / T."),
    ]  # fmt: skip
    if T > 1:
        ends = "linspace(0, 1, T) has both ends, so that its step is 1 / (T - 1)"
        loops += [
            ("linspace", k[:T] / (T - 1), f"The net gets k / (T - 1); it is k / T ({ends})."),
            ("linspace without its end", k[: T - 1] / (T - 1), "The net gets k / (T - 1), in "
             f"T - 1 steps ({ends})."),
            ("linspace reversed", (k[:T] / (T - 1))[::-1], "The loop gives the net t from 1 down "
             "to 0; it begins with noise, at t = 0."),
        ]  # fmt: skip
    loops += [
        (f"{fixed} steps", np.arange(fixed) / fixed, f"The loop has {fixed} steps whatever num_ts "
         "is; it has T.")
        for fixed in (8, 10, 50, 100, 300, 1000) if fixed != T
    ]  # fmt: skip
    found = recognise(told, [
        Formula(series, Mistake(f"flow loop: {name}", words) if words else None)
        for name, series, words in loops if len(series) == len(told)
    ])  # fmt: skip
    opposite = found and found.name in ("flow loop: reversed", "flow loop: linspace reversed")
    return OTHER_WAY if opposite and backwards else found


def clipping_mistake(low: float, high: float) -> Mistake | None:
    """Why several pixels have the same least or largest value on the way; NaN where none have."""
    ends = {f"below {low:g}": low, f"above {high:g}": high}
    way = [words for words, end in ends.items() if np.isfinite(end)]
    if not way:
        return None
    words = f"x is clipped {' and '.join(way)} in each step: x on the way is partly noise, never "
    return Mistake("flow: clipped", f"{words}clip it.")


def step_mistake(steps: np.ndarray, num_ts: int, told: np.ndarray) -> Mistake | None:
    """Why the steps (S,) are not 1 / T times the velocity, where the net is told (S,) times."""
    T = num_ts
    reverse = np.abs(told - (1 - np.arange(len(told)) / T)).max() <= 1e-4
    backwards = OTHER_WAY if reverse else Mistake(
        "flow: backwards", "The steps subtract the velocity, and lead away from the data; add it."
    )  # fmt: skip
    formulas = [Formula(0 * steps + 1), Formula(0 * steps - 1, backwards)]
    for name, size, story in (
        ("1", T, "the whole velocity; it is 1 / T of it"),
        ("1 / (T - 1)", T / (T - 1) if T > 1 else np.nan, "1 / (T - 1) of the velocity; T steps of "
         "1 / T lead from 0 to 1"),
        ("1 / (T + 1)", T / (T + 1), "1 / (T + 1) of the velocity; T steps of 1 / T lead from 0 to "
         "1"),
        ("1 / T^2", 1 / T, "1 / T^2 of the velocity; it is 1 / T of it"),
    ):  # fmt: skip
        mistake = Mistake(f"flow step: {name}", f"Each step adds {story} (equation 18).")
        formulas.append(Formula(0 * steps + size, mistake))
    left = 1 - np.arange(len(steps)) / T
    words = "The steps are 1 - t and 1 / T times the velocity; equation 18 has 1 / T alone."
    formulas.append(Formula(left, Mistake("flow step: (1 - t) / T", words)))
    return recognise(steps * T, formulas)
