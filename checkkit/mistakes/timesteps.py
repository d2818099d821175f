"""Wrong times that a net gets in place of t / T, and wrong loops over the timesteps."""

from collections.abc import Iterator

import numpy as np

from ..runner import Mistake
from .matching import FEW, Formula, recognise

WHOLE = Mistake(
    "told t // T",
    "The net gets t // T: `//` divides whole numbers and gives 0 for every t below T; write t / T.",
)

NOTHING = Mistake(
    "told 0",
    "The net gets 0 for every image; it is t / T. (`t // T` is 0 for every t below T.)",
)


def telling_mistake(times: np.ndarray, t: np.ndarray, num_ts: int) -> Mistake | None:
    """Why the net got these (K,) times at (K,) whole t."""
    if len(np.unique(t)) < FEW:
        return None
    T = num_ts
    stories = {
        "t": (t, "t itself; divide it by T"),
        "(t - 1) / T": ((t - 1) / T, "(t - 1) / T; t runs from 1 to T, so that it is t / T"),
        "(t - 1) / (T - 1)": ((t - 1) / (T - 1), "(t - 1) / (T - 1); it is t / T"),
        "t / (T - 1)": (t / (T - 1), "t / (T - 1); it is t / T"),
        "t / (T + 1)": (t / (T + 1), "t / (T + 1), the length of the tables; it is t / T"),
        "t / 300": (t / 300, "t / 300, whatever num_ts is; it is t / T"),
        "t / 1000": (t / 1000, "t / 1000, whatever num_ts is; it is t / T"),
        "1 - t / T": (1 - t / T, "1 - t / T: the times are reversed"),
        "(T - t + 1) / T": ((T - t + 1) / T, "the times in reverse: the loop runs from T down to "
                            "1, and the net gets t / T"),
        "T": (np.full(len(t), float(T)), "T in every step"),
        "1": (np.ones(len(t)), "1 in every step; it is t / T"),
        "0": (np.zeros(len(t)), "0 in every step; it is t / T"),
    }  # fmt: skip
    formulas = [Formula(t / T)]
    for name, (series, story) in stories.items():
        mistake = Mistake(f"told {name}", f"The net gets {story}.")
        formulas.append(Formula(series, mistake))
    formulas.append(Formula(t // T, WHOLE))
    return recognise(times, formulas)


def loop_mistake(times: np.ndarray, num_ts: int) -> Mistake | None:
    """Why a loop passes these (K,) times in place of t / T for t = T, ..., 1."""
    T = num_ts
    loops = [Formula(steps / T, mistake) for steps, mistake in _loops(T)]
    return recognise(times, [one for one in loops if len(one.series) == len(times)])


def _loops(T: int) -> Iterator[tuple[np.ndarray, Mistake | None]]:
    down = np.arange(T, 0, -1)
    yield down, None
    yield down[:-1], Mistake(
        "loop: T to 2", "The loop ends one step early: the last step is t = 1 (range leaves its "
        "end out)."
    )  # fmt: skip
    yield (
        down[1:],
        Mistake("loop: T-1 to 1", "The loop begins one step late: the first step is t = T."),
    )
    yield (
        np.r_[down, 0],
        Mistake(
            "loop: T to 0",
            "The loop visits t = 0, which is the clean image: the last step is t = 1.",
        ),
    )
    yield (
        np.arange(1, T + 1),
        Mistake(
            "loop: 1 to T", "The loop runs upwards, from 1 to T: it has to begin at T, the noise."
        ),
    )
    yield (
        np.arange(T),
        Mistake(
            "loop: 0 to T-1",
            "The loop runs upwards, from 0 to T - 1: it has to go from T down to 1.",
        ),
    )
