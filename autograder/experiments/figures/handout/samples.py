"""Parts 2 and 3: samples by epoch, class, label and guidance scale, and the reverse process."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.utils.data import TensorDataset

from .sheets import Sheet

COLUMNS = 10
GUIDANCE = 5.0
SCALES = 0.0, 1.0, 5.0, 7.0, 10.0, 15.0
DIGITS = tuple(str(digit) for digit in range(10))
LABELS = 20  # test digits whose labels are given to the net
# Of the animation.
ZOOM, GREYS = 2, 16
TIME = 28  # height of the line above the images, in pixels
MOST = 40  # digits; with those of the handout a file of less than a megabyte
STEP, LAST = 150, 1500  # milliseconds for which a frame is shown


def listed(epochs: Sequence[int]) -> str:
    """As "epoch 1" or "epochs 1, 5"."""
    return f"epoch{'s' * (len(epochs) > 1)} {', '.join(map(str, epochs))}"


def epochs_sheet(by_epoch: Mapping[int, Tensor], classes: bool, about: str) -> Sheet:
    """6 and 8: samples of the net after each of its epochs, from the same starting noise."""
    guided = f" with guidance w = {GUIDANCE:g}" if classes else ""
    return Sheet(
        f"Samples after {listed(list(by_epoch))}",
        {f"after epoch {epoch}": images for epoch, images in by_epoch.items()},
        f"{about}. Drawn{guided} from the same noise at each epoch.",
        DIGITS if classes else (),
    )


def grid_sheet(images: Tensor, epoch: int, about: str) -> Sheet:
    """8: some samples of each digit, a column for each class."""
    return Sheet(
        "Samples of each class",
        {"": images},
        f"{about}, after epoch {epoch}. Each column was asked for one digit, with guidance "
        f"w = {GUIDANCE:g}.",
        DIGITS,
    )


def random_labels(digits: TensorDataset, seed: int) -> tuple[Tensor, tuple[int, ...]]:
    """Random test digits (N, 1, H, W) and their labels."""
    images, labels = digits.tensors
    at = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))[:LABELS]
    return images[at], tuple(labels[at].tolist())


def labels_sheet(
    real: Tensor, labels: tuple[int, ...], images: Tensor, epoch: int, about: str
) -> Sheet:
    """9: labels of the test set, each with its real digit and, below, a sample of its class."""
    rows, columns = {}, {}
    for start in range(0, len(labels), COLUMNS):
        place = slice(start, start + COLUMNS)
        test, sample = f"test digits from {start + 1}", f"samples from {start + 1}"
        rows |= {test: real[place], sample: images[place]}
        columns[test] = [str(label) for label in labels[place]]
    return Sheet(
        "Samples for labels of the test set",
        rows,
        f"{about}, after epoch {epoch}, guidance w = {GUIDANCE:g}. The net sees the "
        "label alone, never the test digit above.",
        columns,
    )


def guidance_sheet(by_scale: Mapping[float, Tensor], epoch: int, about: str) -> Sheet:
    """10: the digits 0 to 9 at each guidance scale, from the same starting noise."""
    return Sheet(
        "Guidance scale w",
        {f"w = {scale:g}": images for scale, images in by_scale.items()},
        f"{about}, after epoch {epoch}. Within a column all noise is the same and w alone "
        "differs; w = 0 ignores the class, w = 1 is the conditional net without guidance.",
        DIGITS,
    )


def reverse_gif(caches: Tensor, num_ts: int) -> bytes:
    """A GIF with a frame for each of the images (N, K, 1, H, W) that a sampler kept on the way.

    N is a multiple of 10; the first 40 are shown.
    """
    by_step = caches[:MOST, :, 0].transpose(0, 1).clamp(0, 1).cpu().numpy()  # (K, N, H, W)
    frames = []
    for t, x_t in zip(kept_steps(num_ts), by_step, strict=True):
        framed = np.pad(x_t, ((0, 0), (1, 1), (1, 1)), constant_values=1)
        rows = [np.concatenate(list(row), axis=1) for row in np.split(framed, len(x_t) // COLUMNS)]
        greys = np.round(np.concatenate(rows) * (GREYS - 1)) * (255 // (GREYS - 1))
        digits = Image.fromarray(greys.astype(np.uint8).repeat(ZOOM, 0).repeat(ZOOM, 1))
        frame = Image.new("L", (digits.width, digits.height + TIME), 255)
        frame.paste(digits, (0, TIME))
        ImageDraw.Draw(frame).text(
            (4, 4), f"t = {t} of {num_ts}", 0, ImageFont.load_default(TIME - 10)
        )
        frames.append(frame)
    buffer = io.BytesIO()
    durations = [STEP] * (len(frames) - 1) + [LAST]
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0
    )
    return buffer.getvalue()


def kept_steps(num_ts: int) -> list[int]:
    """The t of each x_t in the caches: a sampler keeps x_{t-1} at some t (handout, 2.4)."""
    return [t - 1 for t in range(num_ts, 0, -1) if t % 20 == 0 or t == num_ts or t < 8]
