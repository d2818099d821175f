"""The reverse process as an animated GIF: noise turns into digits, over and over."""

import io

import numpy as np
from PIL import Image

from .samples import DIGITS, rows
from .sampling import Samples, kept_steps
from .sheets import GAP, GREYS, palette, tiled, written

ZOOM, PITCH = 2, 60  # of an image; the picture is 10 * PITCH wide
LABEL = 20
MOST = 40  # digits; with those of the handout a file of less than a megabyte
STEP, LAST = 150, 1500  # milliseconds for which a frame is shown


def reverse_gif(samples: Samples, num_ts: int, classes: bool) -> bytes:
    """A GIF with a frame for each image that the sampler kept of the first 40, N a multiple of 10.

    Raises:
        ValueError: the caches hold another number of images than the handout's rule keeps.
    """
    steps = kept_steps(num_ts)
    caches = samples.caches[:MOST].transpose(0, 1)  # (K, N, 1, H, W)
    if len(caches) != len(steps):
        raise ValueError(f"the sampler kept {len(caches)} images on the way, not {len(steps)}")
    width = 10 * PITCH
    columns = [(PITCH * (at + 0.5), digit) for at, digit in enumerate(DIGITS)]
    heading = [written(columns, LABEL, width)] if classes else []
    frames = []
    for t, x_t in zip(steps, caches, strict=True):
        time = written([(GAP, f"t = {t} of {num_ts}")], LABEL, width, centred=False)
        frames.append(_frame([time, *heading, tiled(rows(x_t), ZOOM, PITCH)]))
    buffer = io.BytesIO()
    durations = [STEP] * (len(frames) - 1) + [LAST]
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0
    )
    return buffer.getvalue()


def _frame(parts: list[np.ndarray]) -> Image.Image:
    edge = np.full((GAP, parts[0].shape[1]), GREYS - 1, np.uint8)
    frame = Image.fromarray(np.vstack([edge, *parts]))
    frame.putpalette(palette())
    return frame
