"""What a guided sampler follows instead of eps_uncond + w (eps_cond - eps_uncond)."""

import numpy as np

from ..runner import Mistake
from .matching import Formula, recognise


def guidance_mistake(scales: np.ndarray, followed: np.ndarray, rows: np.ndarray) -> Mistake | None:
    """Why a sampler follows eps_uncond + `followed` (eps_cond - eps_uncond) at several strengths.

    Args:
        scales: (K,) the strengths w that were asked for.
        followed: (K,) what they had become.
        rows: (R, 5) what the net was told at one of them: step, image, t, class, mask.
    """
    w = np.asarray(scales, float)
    conditional, unconditional = _single(rows)
    series = {
        "1 + w": (1 + w, "(1 + w) eps_cond - w eps_uncond is the paper's way to count; here w = 1 "
                  "is no guidance, so that one w is too many"),
        "1 - w": (1 - w, "eps_cond and eps_uncond have changed places (with mask 1 the class is "
                  "kept, with mask 0 dropped)"),
        "-w": (-w, "what comes out is eps_uncond - w (eps_cond - eps_uncond)"),
        "w - 1": (w - 1, "what comes out is eps_uncond + (w - 1) (eps_cond - eps_uncond)"),
        "1": (1 + 0 * w, conditional),
        "0": (0 * w, unconditional),
        "5": (5 + 0 * w, "5 is written where guidance_scale belongs"),
        "7.5": (7.5 + 0 * w, "7.5 is written where guidance_scale belongs"),
        "w^2": (w**2, "what comes out is eps_uncond + w^2 (eps_cond - eps_uncond)"),
        "2 w": (2 * w, "what comes out is eps_uncond + 2 w (eps_cond - eps_uncond)"),
        "w / 2": (w / 2, "what comes out is eps_uncond + w / 2 (eps_cond - eps_uncond)"),
    }  # fmt: skip
    formulas = [Formula(w)]
    for name, (values, story) in series.items():
        words = f"The guidance is not that of equation 11: {story}."
        formulas.append(Formula(values, Mistake(f"guidance {name}", words)))
    return recognise(followed, formulas, at_least=4)


def default_mistake(followed: float) -> Mistake | None:
    """Why a sampler follows this strength unless told one, where it does as it is told."""
    name = f"default guidance_scale = {followed:.4g}"
    return Mistake(name, f"guidance_scale is {followed:.4g} where it is left out; it has to be 5.")


def _single(rows: np.ndarray) -> tuple[str, str]:
    """What it means that only one of the two predictions is followed."""
    conditional = "only eps_cond is followed, whatever w is"
    if not (rows[:, 4] == 0).any():
        told = [set(rows[rows[:, 1] == image, 3]) for image in np.unique(rows[:, 1])]
        common = set.intersection(*told)
        if len(common) == 1 and max(map(len, told)) > 1:
            conditional = (
                f"class {common.pop():g} stands for 'no class' in the unconditional pass; leave c "
                "alone and drop it with mask 0"
            )
        elif len(rows) >= 2 * len(np.unique(rows[:, :2], axis=0)) and max(map(len, told)) == 1:
            conditional = (
                "both passes are told the class, so that eps_cond - eps_uncond is 0; the second "
                "one needs mask 0"
            )
    return conditional, "only eps_uncond is followed, whatever w is"
