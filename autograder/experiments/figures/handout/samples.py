"""Parts 2 and 3: samples by epoch, class, label and guidance scale, and the reverse process."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import TensorDataset

from .sheets import GAP, GREYS, Panel, Sheet, grey_image, text_line, tiled

COLUMNS = 10
GUIDANCE = 5.0
SCALES = 0.0, 1.0, 5.0, 7.0, 10.0, 15.0
DIGITS = tuple(str(digit) for digit in range(10))
LABELS = 20  # test digits whose labels are given to the net
# Of the animation.
ZOOM, PITCH = 2, 60  # of an image; the picture is 10 * PITCH wide
TIME = 20  # height of letters in a frame
MOST = 40  # digits; with those of the handout a file of less than a megabyte
STEP, LAST = 150, 1500  # milliseconds for which a frame is shown


def rows(images: Tensor) -> Tensor:
    """(N, 1, H, W), N a multiple of 10, as (N / 10, 10, H, W)."""
    return images.reshape(-1, COLUMNS, *images.shape[-2:])


def listed(epochs: Sequence[int]) -> str:
    """As "epoch 1" or "epochs 1, 5"."""
    return f"epoch{'s' * (len(epochs) > 1)} {', '.join(map(str, epochs))}"


def epochs_sheet(by_epoch: Mapping[int, Tensor], classes: bool, about: str) -> Sheet:
    """6 and 8: samples of the net after each of its epochs, from the same starting noise."""
    panels = tuple(
        Panel(rows(images), f"after epoch {epoch}", DIGITS if classes else ())
        for epoch, images in by_epoch.items()
    )
    guided = f" with guidance w = {GUIDANCE:g}" if classes else ""
    return Sheet(
        f"Samples after {listed(list(by_epoch))}",
        panels,
        f"{about}. Drawn{guided} from the same noise at each epoch.",
    )


def grid_sheet(images: Tensor, epoch: int, about: str) -> Sheet:
    """8: some samples of each digit, a column for each class."""
    return Sheet(
        "Samples of each class",
        (Panel(rows(images), columns=DIGITS),),
        f"{about}, after epoch {epoch}. Each column was asked for one digit, with guidance "
        f"w = {GUIDANCE:g}.",
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
    panels = []
    for above, below, start in zip(
        rows(real), rows(images), range(0, len(labels), COLUMNS), strict=True
    ):
        columns = tuple(str(label) for label in labels[start : start + COLUMNS])
        panels.append(Panel(above[None], "label, test digit", columns))
        panels.append(Panel(below[None], "sample of that label"))
    return Sheet(
        "Samples for labels of the test set",
        tuple(panels),
        f"{about}, after epoch {epoch}, guidance w = {GUIDANCE:g}. The net sees the "
        "label alone, never the test digit above.",
    )


def guidance_sheet(by_scale: Mapping[float, Tensor], epoch: int, about: str) -> Sheet:
    """10: the digits 0 to 9 at each guidance scale, from the same starting noise."""
    panels = tuple(
        Panel(rows(images), f"w = {scale:g}", () if at else DIGITS)
        for at, (scale, images) in enumerate(by_scale.items())
    )
    return Sheet(
        "Guidance scale w",
        panels,
        f"{about}, after epoch {epoch}. Within a column all noise is the same and w alone "
        "differs; w = 0 ignores the class, w = 1 is the conditional net without guidance.",
    )


def reverse_gif(caches: Tensor, num_ts: int, classes: bool) -> bytes:
    """A GIF with a frame for each of the images (N, K, 1, H, W) that a sampler kept on the way.

    N is a multiple of 10; the first 40 are shown.
    """
    steps = kept_steps(num_ts)
    by_step = caches[:MOST].transpose(0, 1).cpu()  # (K, N, 1, H, W)
    width = 10 * PITCH
    columns = [(PITCH * (at + 0.5), digit) for at, digit in enumerate(DIGITS)]
    heading = [text_line(columns, TIME, width)] if classes else []
    edge = np.full((GAP, width), GREYS - 1, np.uint8)
    frames = []
    for t, x_t in zip(steps, by_step, strict=True):
        time = text_line([(GAP, f"t = {t} of {num_ts}")], TIME, width, centred=False)
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
