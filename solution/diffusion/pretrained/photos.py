# for: editing_* hidden_editing hidden_sdedit hidden_inpaint hidden_illusions
"""Your own photos in a model's size and range. Given, nothing to fill in."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from .model import Model

FOLDER = Path("photos")
KINDS = {".jpg", ".jpeg", ".png", ".webp"}


def read_photos(model: Model, folder: str | Path = FOLDER) -> torch.Tensor:
    """All photos of a folder, in the order of their names: the middle of each, made smaller.

    Args:
        model: has 1 colour, for grey images, or 3.
        folder: where the photos lie: jpg, png or webp.

    Returns:
        (N, C, H, W) float32 in the model's range.

    Raises:
        FileNotFoundError: the folder has no photos.
        ValueError: a file is no image.
    """
    paths = sorted(path for path in Path(folder).glob("*") if path.suffix.lower() in KINDS)
    if not paths:
        raise FileNotFoundError(f"no photos: put some (jpg, png or webp) into the folder {folder}")
    return torch.stack([_photo(path, model) for path in paths])


def _photo(path: Path, model: Model) -> torch.Tensor:
    channels, height, width = model.image_shape
    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image).convert("L" if channels == 1 else "RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from error
    small = ImageOps.fit(upright, (width, height), Image.Resampling.LANCZOS)
    pixels = torch.from_numpy(np.array(small, dtype=np.float32)).view(height, width, channels)
    low, high = model.value_range
    return low + (high - low) * pixels.movedim(-1, 0) / 255


# end for
