"""Wrong guidance; right is eps_uncond + w (eps_cond - eps_uncond)."""

import numpy as np

from ..runner import Mistake
from .matching import Formula, recognise


def guidance_mistake(scales: np.ndarray, actual: np.ndarray, rows: np.ndarray) -> Mistake | None:
    """Why a sampler uses eps_uncond + `actual` (eps_cond - eps_uncond) at several scales.

    Args:
        scales: (K,) the given guidance scales w.
        actual: (K,) the measured ones.
        rows: (R, 5) what the net received at one of them: step, image, t, class, mask.
    """
    w = np.asarray(scales, float)
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
        words = f"The guidance is not that of equation 11: {story}."
        formulas.append(Formula(values, Mistake(f"guidance {name}", words)))
    return recognise(actual, formulas, at_least=4)


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
