"""The weights of a net after an epoch, as a file of its run."""

from collections.abc import Mapping
from pathlib import Path

import torch


def weights_path(run: Path, epoch: int) -> Path:
    """Where the weights after `epoch` lie in the folder of a run."""
    return run / "weights" / f"epoch_{epoch:02}.pt"


def write_weights(path: Path, weights: Mapping[str, torch.Tensor]) -> None:
    """Write a state dict, and its folder if needed; the file is complete or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_suffix(".tmp")
    torch.save(weights, half_written)
    half_written.replace(path)
