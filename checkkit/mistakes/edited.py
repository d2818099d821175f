"""Mistakes in how x_0 enters image-to-image and inpainting."""

from collections.abc import Sequence

import numpy as np

from ..runner import Mistake
from .matching import Formula, recognise, sentence

SPREAD = 0.2  # of the standard deviation of noise that could be another one
CLIPPED = 0.05  # of the pixels, at least


# for: editing_sdedit hidden_sdedit
def start_mistake(
    alpha_bars: np.ndarray,
    listed: Sequence[int],
    places: np.ndarray,
    shares: np.ndarray,
    noise: np.ndarray,
) -> Mistake | None:
    """Why the first x holds so much of x_0, and noise of this standard deviation, each (K,).

    Args:
        alpha_bars: (T + 1,).
        listed: the timesteps.
        places: (K,) the i_start, each of another run.
    """
    last = len(listed) - 1

    def level(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.sqrt(alpha_bars[t]), np.sqrt(1 - alpha_bars[t])

    at = np.array(listed)
    here = level(at[places])
    series = {
        "i_start": (level(places), "x_0 gets the noise of t = i_start; i_start is a place in the "
                    "list, and t is timesteps[i_start]"),
        "the next timestep": (level(at[np.minimum(places + 1, last)]), "x_0 gets the noise of the "
                              "timestep after timesteps[i_start], so that the model expects more"),
        "the timestep before": (level(at[np.maximum(places - 1, 0)]), "x_0 gets the noise of the "
                                "timestep before timesteps[i_start], more than the model expects"),
        "the first timestep": (level(at[0 * places]), "x_0 gets the noise of timesteps[0], "
                               "whatever i_start is"),
        "i_start from the end": (level(at[last - places]), "i_start is counted from the end of "
                                 "the list"),
        "no noise": ((1 + 0 * here[0], 0 * here[1]), "x_0 gets no noise"),
        "not scaled": ((1 + 0 * here[0], here[1]), "x_0 keeps its full strength under the noise; "
                       "its factor is sqrt(alpha_bar_t)"),
        "pure noise": ((0 * here[0], 1 + 0 * here[1]), "x_0 does not enter: the steps begin with "
                       "pure noise"),
        "scaled twice": ((2 * here[0], here[1]), "x_0 is scaled by 2 and shifted, as if it were in "
                         "[0, 1]; it is in the model's range already"),
        "as [0, 1]": ((here[0] / 2, here[1]), "x_0 is divided by 2, as if the model's range were "
                      "[0, 1]; x_0 is in the model's range already"),
    }  # fmt: skip
    formulas = [Formula(here[0])]
    for name, ((share, deviation), story) in series.items():
        if np.all(np.abs(noise - deviation) <= SPREAD * np.maximum(deviation, 1e-3)) or (
            name in ("scaled twice", "as [0, 1]")  # a shift counts as noise
        ):
            formulas.append(Formula(share, Mistake(f"sdedit: {name}", f"{sentence(story)}.")))
    return recognise(shares, formulas)


def seed_twice_mistake(start: np.ndarray, first: np.ndarray) -> Mistake | None:
    """The noise of the first step (N, H, W) is a multiple of the noise that x_0 got."""
    alike = np.sum(start * first) ** 2 / max(np.sum(start**2) * np.sum(first**2), 1e-300)
    if start.size < 20 or alike < 1 - 1e-3:
        return None
    return Mistake(
        "sdedit: one seed twice",
        "The first step adds the noise that x_0 has got already: two generators begin with the "
        "same seed. Give the steps another seed, such as one that you draw.",
    )


# end for
# for: editing_inpaint hidden_inpaint
def known_mistake(
    alpha_bars: np.ndarray,
    listed: Sequence[int],
    shares: np.ndarray,
    noise: np.ndarray,
    others: np.ndarray,
    last: float,
    first: float,
) -> Mistake | None:
    """Why the known pixels hold so much of x_0, from the second x to the one of the last step.

    Args:
        alpha_bars: (T + 1,).
        listed: the timesteps.
        shares, noise: (K,) of x_0, and the standard deviation of what is beside it.
        others: (K,) how much of x_0 the new pixels hold.
        last: how much of x_0 the known pixels of the result hold.
        first: how much of x_0 those of the first x hold.
    """
    at = np.array(listed)
    here, before, places = at[1:-1], at[:-2], np.arange(1, len(at) - 1)
    one, none = np.ones(len(here)), np.zeros(len(here))

    def level(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.sqrt(alpha_bars[t]), np.sqrt(1 - alpha_bars[t])

    inverted = recognise(others, [Formula(np.sqrt(alpha_bars[here]), _INVERTED), Formula(none)])
    if inverted and np.abs(shares).max() <= 1e-2:
        return inverted
    untouched = "The known pixels of x_0 never enter"
    if abs(last - 1) <= 1e-3:
        untouched = "The known pixels enter at the end alone, so that the rest does not fit to them"
    early = "noise after the next"
    ahead = (
        "the known pixels of x at timesteps[i + 1] have the noise of timesteps[i + 2]; they need "
        "that of timesteps[i + 1]"
    )
    if abs(first - np.sqrt(alpha_bars[at[1]])) <= 1e-3:
        early = "noise of the next"
        ahead = (
            "where a step begins at t, the known pixels have the noise of t' already, where it "
            "ends: paste them after the step"
        )
    series = {
        "clean pixels": ((one, none), "the known pixels are those of x_0 without noise: the model "
                         "expects as much noise in them as in the others"),
        "not scaled": ((one, level(here)[1]), "the known pixels are x_0 and noise, without the "
                       "factor sqrt(alpha_bar_t') of x_0"),
        "noise of t": (level(before), "the known pixels have the noise of t, where the step "
                       "begins; x after it is at t', which has less"),
        early: (level(at[2:]), ahead),
        "noise of the place": (level(places), "the known pixels have the noise of the place in the "
                               "list; it is that of the timestep there"),
        "noise of the place before": (level(places - 1), "the known pixels have the noise of the "
                                      "place in the list; it is that of the timestep there"),
        "noise of the start": (level(at[0 * here]), "the known pixels always have the noise of the "
                               "first timestep; it is that of the t' at which the step ends"),
    }  # fmt: skip
    unused = Mistake(f"inpaint: {_place(last)}", f"{untouched}: paste them after each step.")
    formulas = [Formula(np.sqrt(alpha_bars[here])), Formula(none, unused)]
    for name, ((share, deviation), story) in series.items():
        if np.all(np.abs(noise - deviation) <= SPREAD * np.maximum(deviation, 1e-3)):
            formulas.append(Formula(share, Mistake(f"inpaint: {name}", f"{sentence(story)}.")))
    return recognise(shares, formulas)


def clipped_mistake(values: np.ndarray) -> Mistake | None:
    """Known pixels with noise end at -1 and at 1, and many of them are there."""
    if np.abs(values).max() > 1 or np.mean(np.abs(values) == 1) < CLIPPED:
        return None
    return Mistake(
        "inpaint: clipped",
        "The known pixels are clipped to [-1, 1]. With noise they have to leave this range: use "
        "them as they are.",
    )


NO_LAST_PASTE = Mistake(
    "inpaint: no last paste",
    "The known pixels of the result are those that the model has drawn: paste x_0 after the last "
    "step, too.",
)
_INVERTED = Mistake(
    "inpaint: mask inverted",
    "The mask is inverted: x_0 stays where it is 0, and new pixels are drawn where it is 1.",
)


def _place(last: float) -> str:
    return "at the end alone" if abs(last - 1) <= 1e-3 else "x_0 unused"


# end for
