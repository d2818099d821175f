# for: train_ddpm train_ddpm_cfg flow flow_cfg
"""The reverse process as a GIF and as a strip, from the images that a sampler kept on the way."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from .settings import Problem

Tensor = torch.Tensor
COLUMNS = 10
ZOOM, GREYS = 2, 16
TIME = 28  # height of the line above the images, in pixels
MOST = 40  # digits; with those of the handout a file of less than a megabyte
STEP, LAST = 150, 1500  # milliseconds for which a frame is shown
IN_A_STRIP = 10  # columns
IN_A_GIF = 22  # frames of flow matching, as of DDPM with T = 300  # for: flow flow_cfg


def kept_steps(num_ts: int) -> list[int]:
    """The t of each x_t in the caches: a sampler keeps x_{t-1} at some t (handout, 2.4)."""
    return [t - 1 for t in range(num_ts, 0, -1) if t % 20 == 0 or t == num_ts or t < 8]


def checked(caches: object) -> Tensor:
    """The caches as float32 on the CPU.

    Raises:
        Problem: they are no finite tensor (N, K, 1, H, W).
    """
    if not torch.is_tensor(caches) or caches.ndim != 5 or 0 in caches.shape:
        shape = tuple(caches.shape) if torch.is_tensor(caches) else type(caches).__name__
        raise Problem(f"no animation: your sampler's caches are {shape}, not (N, K, 1, H, W)")
    if not torch.isfinite(caches).all():
        raise Problem("no animation: your sampler's caches are not finite")
    return caches.detach().cpu().float()


def labels(frames: int, num_ts: int) -> list[str]:
    """What stands above each frame of DDPM: its t, or its number if a sampler keeps other steps."""
    steps = kept_steps(num_ts)
    if len(steps) == frames:
        return [f"t = {t}" for t in steps]
    return [f"{number} of {frames}" for number in range(1, frames + 1)]


# for: flow flow_cfg
def flow_labels(frames: int) -> list[str]:
    """What stands above each frame of flow matching, from t = 0 to t = 1."""
    return [f"t = {t:.2f}" for t in np.linspace(0, 1, frames)]


# end for
def evenly(frames: int, most: int) -> Sequence[int]:
    """The places of at most so many of the frames, evenly spread, with both ends."""
    return sorted({round(x) for x in np.linspace(0, frames - 1, min(frames, most))})


def reverse_gif(caches: Tensor, names: Sequence[str], identity: str) -> bytes:
    """A GIF with a frame for each of the images on the way.

    Args:
        caches: (N, K, 1, H, W); N is a multiple of 10, and the first 40 are shown.
        names: K, what stands above each frame.
        identity: of the run; it stands in each frame, and in the file's comment.
    """
    font = ImageFont.load_default(TIME - 10)
    by_step = caches[:MOST, :, 0].transpose(0, 1).clamp(0, 1).numpy()  # (K, N, H, W)
    frames = []
    for label, x_t in zip(names, by_step, strict=True):
        framed = np.pad(x_t, ((0, 0), (1, 1), (1, 1)), constant_values=1)
        rows = [np.concatenate(list(row), axis=1) for row in np.split(framed, len(x_t) // COLUMNS)]
        greys = np.round(np.concatenate(rows) * (GREYS - 1)) * (255 // (GREYS - 1))
        digits = Image.fromarray(greys.astype(np.uint8).repeat(ZOOM, 0).repeat(ZOOM, 1))
        frame = Image.new("L", (digits.width, digits.height + TIME), 255)
        frame.paste(digits, (0, TIME))
        line = ImageDraw.Draw(frame)
        line.text((4, 4), label, 0, font)
        line.text((frame.width - 4, 4), f"run {identity}", 0, font, anchor="ra")
        frames.append(frame)
    buffer = io.BytesIO()
    durations = [STEP] * (len(frames) - 1) + [LAST]
    more: dict[str, Any] = {"append_images": frames[1:], "duration": durations, "loop": 0}
    frames[0].save(buffer, "GIF", save_all=True, comment=f"run {identity}", **more)
    return buffer.getvalue()
# end for
