"""What the repository keeps of a run as evidence: small, without the paths of the machine."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from autograder.config.files import write_bytes_whole

from .reference import reference
from .run import KEPT, Run

LARGEST = 5_000_000  # bytes of weights
DIGITS = 5  # of a loss


class TooLarge(Exception):
    """Weights that do not belong into a repository."""


def export_run(run: Run, folder: Path, weights: bool) -> list[Path]:
    """Write config.yaml, log.jsonl, curves.json and, if asked for, the last net in float16.

    Args:
        run: at any point of its training.
        folder: made if it is not there; files of these names in it are replaced.
        weights: whether to keep the net.

    Returns:
        The files written.

    Raises:
        TooLarge: the weights have more than 5 MB; nothing has been written.
    """
    settings = reference("runs.settings")
    files = {
        "config.yaml": settings.to_yaml(_without_paths(run.settings)).encode(),
        "log.jsonl": "".join(f"{json.dumps(entry)}\n" for entry in run.log).encode(),
        "curves.json": json.dumps(
            {name: [_rounded(loss) for loss in losses] for name, losses in run.curves.items()}
        ).encode(),
    }
    if weights:
        files[KEPT] = save(half(run.net().state_dict()))
        if len(files[KEPT]) > LARGEST:
            size = len(files[KEPT]) / 1e6
            raise TooLarge(f"{run.path}: {size:.1f} MB of weights; keep a net of fewer channels")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_bytes_whole(folder / name, content)
    return [folder / name for name in files]


def half(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights and statistics in float16, contiguous; counters as they are."""
    return {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in state.items()
    }


def _rounded(loss: float) -> float:
    return float(f"{loss:.{DIGITS}g}")


def _without_paths(settings: Any) -> Any:
    """The same settings, with the folders that a new run would have."""
    defaults = {one.name: one.default for one in fields(settings) if one.name in ("runs", "data")}
    return type(settings)(**(vars(settings) | defaults))
