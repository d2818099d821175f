"""The weights of a net after an epoch, as a file of its run, with the settings of the run."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import torch


def weights_path(run: Path, epoch: int) -> Path:
    """Where the weights after `epoch` lie in the folder of a run."""
    return run / "weights" / f"epoch_{epoch:02}.pt"


def write_weights(
    path: Path, weights: Mapping[str, torch.Tensor], settings: Mapping[str, object]
) -> None:
    """Write a state dict, and its folder if needed; the file is complete or not there.

    The settings are an attribute of the state dict, which `load_state_dict` passes over.
    """
    held = OrderedDict(weights)
    vars(held).update(getattr(weights, "__dict__", {}), settings=dict(settings))
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_suffix(".tmp")
    torch.save(held, half_written)
    half_written.replace(path)


def settings_of(weights: object) -> dict[str, object]:
    """The settings that a state dict was written with; empty where it has none."""
    held = getattr(weights, "settings", {})
    return held if isinstance(held, dict) else {}
