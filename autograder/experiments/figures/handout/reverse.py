"""The reverse process as an animated GIF: noise turns into digits, over and over."""

import io

import numpy as np
import torch

from .samples import DIGITS, rows
from .sheets import GAP, GREYS, grey_image, text_line, tiled

Tensor = torch.Tensor

ZOOM, PITCH = 2, 60  # of an image; the picture is 10 * PITCH wide
LABEL = 20
MOST = 40  # digits; with those of the handout a file of less than a megabyte
STEP, LAST = 150, 1500  # milliseconds for which a frame is shown


def reverse_gif(caches: Tensor, num_ts: int, classes: bool) -> bytes:
    """A GIF with a frame for each of the images (N, K, 1, H, W) that a sampler kept on the way.

    N is a multiple of 10; the first 40 are shown.

    Raises:
        ValueError: K is another number of images than the handout's rule keeps.
    """
    steps = kept_steps(num_ts)
    by_step = caches[:MOST].transpose(0, 1).cpu()  # (K, N, 1, H, W)
    if len(by_step) != len(steps):
        raise ValueError(f"the sampler kept {len(by_step)} images on the way, not {len(steps)}")
    width = 10 * PITCH
    columns = [(PITCH * (at + 0.5), digit) for at, digit in enumerate(DIGITS)]
    heading = [text_line(columns, LABEL, width)] if classes else []
    edge = np.full((GAP, width), GREYS - 1, np.uint8)
    frames = []
    for t, x_t in zip(steps, by_step, strict=True):
        time = text_line([(GAP, f"t = {t} of {num_ts}")], LABEL, width, centred=False)
        tiles = tiled(rows(x_t), ZOOM, PITCH)
        frames.append(grey_image(np.vstack([edge, time, *heading, tiles])))
    buffer = io.BytesIO()
    durations = [STEP] * (len(frames) - 1) + [LAST]
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0
    )
    return buffer.getvalue()


def kept_steps(num_ts: int) -> list[int]:
    """The t of each x_t in the caches: a sampler keeps x_{t-1} at some t (handout, 2.4)."""
    return [t - 1 for t in range(num_ts, 0, -1) if t % 20 == 0 or t == num_ts or t < 8]
