"""Pictures as a student may have them."""

import numpy as np
import torch
from PIL import Image

Tensor = torch.Tensor


def as_picture(pixels: Tensor, mode: str) -> Image.Image | object:
    """(H, W, 3) uint8 as a PIL image of a mode, or as an "array" or a "grey array"."""
    array = pixels.numpy()
    if mode == "array":
        return array
    if mode == "grey array":
        return np.asarray(Image.fromarray(array).convert("L"))
    return Image.fromarray(array).convert(mode)
