# for: editing-*
"""What DeepFloyd draws on its own, in few steps and in many. Given, nothing to fill in."""

import torch

from ..pretrained.deepfloyd import DeepFloyd
from .editing import as_pictures, new_seed
from .pictures import Picture, rows_picture

NUM_STEPS = 5, 20, 40
PROMPTS = 3


def inference_steps(model: DeepFloyd, seed: int | None = None) -> Picture:
    """Two rows for 5, 20 and 40 steps: three prompts by stage 1, and the same by stage 2."""
    seed, prompts = new_seed() if seed is None else seed, list(model.asked[:PROMPTS])
    rows = {}
    for steps in NUM_STEPS:
        small = model.samples(prompts, steps, seed)
        large = model.enlarged(small, prompts, steps, seed)
        shown = torch.nn.functional.interpolate(small, size=large.shape[-2:])  # nearest
        for stage, images in enumerate((shown, large), start=1):
            rows[f"{steps} steps,\nstage {stage}"] = as_pictures(images, model.value_range)
    title = "Stage 1 (64 pixels, enlarged) and stage 2 (256 pixels)"
    return rows_picture(rows, prompts).explained(title, f"seed {seed}", {})
# end for
