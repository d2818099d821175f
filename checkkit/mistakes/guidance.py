"""Wrong guidance; right is eps_uncond + w (eps_cond - eps_uncond).

The same holds of what else a net may predict, under another name than eps.
"""

from collections.abc import Sequence

import numpy as np

from ..runner import Mistake
from .matching import MATCH, Formula, gap, recognise


def guidance_mistake(
    scales: np.ndarray, shares: np.ndarray, rows: np.ndarray, eps: str = "eps"
) -> Mistake | None:
    """Why a sampler uses these shares of eps_uncond and of eps_cond at several scales.

    Args:
        scales: (K,) the given guidance scales w.
        shares: (2, K) the measured ones.
        rows: (R, 5) what the net received at one of them: step, image, t, class, mask.
        eps: the name of what is guided.
    """
    w = np.asarray(scales, float)
    for name, sums, story in (
        ("no brackets", (0 * w, w), "the result is w eps_cond; eps_uncond + w eps_cond - "
         "eps_uncond lacks the brackets around the difference"),
        ("no start", (-w, w), "the result is w (eps_cond - eps_uncond); add eps_uncond to it"),
    ):  # fmt: skip
        if len(w) >= 4 and gap(shares, np.stack(sums)) <= MATCH:
            return _named(name, story, eps)
    with np.errstate(divide="ignore", invalid="ignore"):
        actual = shares[1] / shares.sum(axis=0)
    conditional, unconditional = _single(rows)
    series = {
        "1 + w": (1 + w, "you add w (eps_cond - eps_uncond) to eps_cond, equation 11 adds it to "
                  "eps_uncond. Yours is the paper's form, (1 + w) eps_cond - w eps_uncond: put "
                  "w - 1 in place of its w"),
        "1 - w": (1 - w, "eps_cond and eps_uncond are swapped (mask 1 keeps the class, mask 0 "
                  "drops it)"),
        "-w": (-w, "the result is eps_uncond - w (eps_cond - eps_uncond)"),
        "w - 1": (w - 1, "the result is eps_uncond + (w - 1) (eps_cond - eps_uncond)"),
        "1": (1 + 0 * w, conditional),
        "0": (0 * w, unconditional),
        "5": (5 + 0 * w, "5 is written where guidance_scale belongs"),
        "7.5": (7.5 + 0 * w, "7.5 is written where guidance_scale belongs"),
        "w^2": (w**2, "the result is eps_uncond + w^2 (eps_cond - eps_uncond)"),
        "2 w": (2 * w, "the result is eps_uncond + 2 w (eps_cond - eps_uncond)"),
        "w / 2": (w / 2, "the result is eps_uncond + w / 2 (eps_cond - eps_uncond)"),
    }  # fmt: skip
    formulas = [Formula(w)]
    for name, (values, story) in series.items():
        formulas.append(Formula(values, _named(name, story, eps)))
    return recognise(actual, formulas, at_least=4)


def _named(name: str, story: str, eps: str) -> Mistake:
    words = f"The guidance is not that of equation 11: {story}."
    return Mistake(f"guidance {name}", words.replace("eps_", f"{eps}_"))


def one_place_mistake(
    runs: Sequence[tuple[float, np.ndarray, np.ndarray]],
) -> Mistake | None:
    """Why a step with eps in two places follows another w in each step.

    Args:
        runs: scale w, the factors of eps in the estimate of x_0 and in the term with eps (2, S),
            and the factor (S,) of eps_cond - eps_uncond beside the guided eps.
    """
    measured = np.concatenate([extra for *_, extra in runs])
    size = max(np.sqrt(np.mean(measured**2)), 1e-12)
    formulas = [Formula(0 * measured)]
    for place, other in ((0, "the estimate of x_0"), (1, "the term with eps of equation 13")):
        for kept, name in ((0, "eps_uncond"), (1, "eps_cond")):
            series = np.concatenate([(kept - w) * places[place] for w, places, _ in runs])
            words = (
                f"{other[0].upper()}{other[1:]} has {name}, the rest of the step the guided eps: "
                "both need the guided eps."
            )
            mistake = Mistake(f"guidance: {name} in {other}", words)
            formulas.append(Formula(series / size, mistake))
    return recognise(measured / size, formulas)


def default_mistake(actual: float) -> Mistake | None:
    """Why a sampler that obeys guidance_scale uses this one by default."""
    name = f"default guidance_scale = {actual:.4g}"
    return Mistake(name, f"The default of guidance_scale is {actual:.4g}; it has to be 5.")


def _single(rows: np.ndarray) -> tuple[str, str]:
    """What is wrong if only eps_cond, or only eps_uncond, is used."""
    conditional = "only eps_cond is used, whatever w is"
    if not (rows[:, 4] == 0).any():
        classes = [set(rows[rows[:, 1] == image, 3]) for image in np.unique(rows[:, 1])]
        common = set.intersection(*classes)
        if len(common) == 1 and max(map(len, classes)) > 1:
            conditional = (
                f"class {common.pop():g} stands for 'no class' in the unconditional pass; leave c "
                "unchanged and pass mask 0"
            )
        elif len(rows) >= 2 * len(np.unique(rows[:, :2], axis=0)) and max(map(len, classes)) == 1:
            conditional = (
                "both passes get the class, so that eps_cond - eps_uncond is 0; the second "
                "one needs mask 0"
            )
    return conditional, "only eps_uncond is used, whatever w is"
