"""What the repository keeps of a run as evidence: small, without the paths of the machine.

python -m autograder.experiments.trained_runs.export runs/class docs/runs/class --weights
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from safetensors.torch import save
from torch import Tensor

from autograder.command_line import run_alone
from autograder.exit_codes import UserError
from autograder.experiments.output import write_output

from .reference import reference
from .run import EXPORTED_WEIGHTS, Run, read_run

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


def half(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights and statistics in float16, contiguous; counters as they are."""
    return {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in state.items()
    }


def main(
    run: Annotated[Path, typer.Argument(help="a folder that diffusion.train wrote, as runs/class")],
    folder: Annotated[Path, typer.Argument(help="where to keep it, as docs/runs/class")],
    weights: Annotated[bool, typer.Option("--weights", help="also the last net, float16")] = False,
) -> None:
    """Copy the settings, log and curves of a run, and its last net if requested."""
    for path in export_run(read_run(run), folder, weights):
        typer.echo(f"{path}: {path.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    run_alone(main)
