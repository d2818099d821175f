"""What the repository keeps of a run as evidence: small, without the paths of the machine."""

import json
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save

from autograder.exit_codes import UserError
from autograder.experiments.output import write_output

from .reference import reference
from .run import EXPORTED_WEIGHTS, Run

LARGEST = 5_000_000  # bytes of weights
DIGITS = 5  # of a loss


def export_run(run: Run, folder: Path, weights: bool) -> list[Path]:
    """Write config.yaml, log.jsonl, curves.json and, if requested, the last net in float16.

    Args:
        run: at any point of its training.
        folder: made if it is not there; files of these names in it are replaced.
        weights: whether to keep the net.

    Returns:
        The files written.

    Raises:
        UserError: the weights have more than 5 MB, and nothing has been written; or the folder
            cannot be written.
    """
    settings = reference("runs.settings")
    default = type(run.settings)()  # with the folders that a new run would have
    portable = replace(run.settings, runs=default.runs, data=default.data)
    curves = {
        name: [float(f"{loss:.{DIGITS}g}") for loss in losses]
        for name, losses in run.curves.items()
    }
    files = {
        "config.yaml": settings.to_yaml(portable).encode(),
        "log.jsonl": "".join(f"{json.dumps(entry)}\n" for entry in run.log).encode(),
        "curves.json": json.dumps(curves).encode(),
    }
    if weights:
        files[EXPORTED_WEIGHTS] = save(half(run.net().state_dict()))
        size = len(files[EXPORTED_WEIGHTS])
        if size > LARGEST:
            raise UserError(
                f"{run.path}: {size / 1e6:.1f} MB of weights; keep a net of fewer channels"
            )
    for name, content in files.items():
        write_output(folder / name, content)
    return [folder / name for name in files]


def half(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights and statistics in float16, contiguous; counters as they are."""
    return {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in state.items()
    }
