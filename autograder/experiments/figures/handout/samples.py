"""Parts 2 and 3: samples by epoch, a grid of classes, beside labels, and by guidance scale."""

from collections.abc import Mapping, Sequence

import torch
from torch.utils.data import TensorDataset

from .sheets import Panel, Sheet

Tensor = torch.Tensor
COLUMNS = 10
GUIDANCE = 5.0
SCALES = 0.0, 1.0, 5.0, 7.0, 10.0, 15.0
DIGITS = tuple(str(digit) for digit in range(10))
LABELS = 20  # test digits whose labels are given to the net


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
