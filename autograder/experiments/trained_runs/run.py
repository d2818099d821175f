"""A run's folder: what was trained, its curves, and its nets at the epochs that were kept.

Reads what `python -m diffusion.train` writes (weights/epoch_01.pt, ...), and what the repository
keeps of a run as evidence: weights.safetensors, the last net in float16.
"""

import json
import pickle
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from .reference import reference

KEPT = "weights.safetensors"
UNREASONABLE = OverflowError, RecursionError  # JSON of huge numbers, or nested without end


class UnreadableRun(Exception):
    """A folder that is no run, or a file in it that cannot be read: which one, and what to do."""


@dataclass(frozen=True)
class Run:
    """A run of the reference solution."""

    path: Path
    settings: Any  # a preset of diffusion.runs.settings
    curves: dict[str, list[float]]  # batch_loss, epoch_loss; empty where none were written
    log: list[dict]  # one entry an epoch
    epochs: tuple[int, ...]  # those whose nets can be had, in ascending order

    @property
    def preset(self) -> str:
        return self.settings.preset

    @property
    def conditional(self) -> bool:
        """Whether the net knows the class."""
        return hasattr(self.settings, "p_uncond")

    def schedule(self, device: torch.device | str = "cpu") -> dict[str, torch.Tensor]:
        """The tables of `ddpm_schedule` that the net was trained with."""
        s = self.settings
        tables = reference("ddpm").ddpm_schedule(s.beta_1, s.beta_T, s.num_ts)
        return {name: table.to(device) for name, table in tables.items()}

    def net(self, epoch: int | None = None, device: torch.device | str = "cpu") -> nn.Module:
        """The net after `epoch`, the last one if it is left out, in eval mode.

        Raises:
            UnreadableRun: its weights are damaged or belong to another net.
        """
        path = _weights(self.path, self.epochs[-1] if epoch is None else epoch)
        try:
            net = _empty(self.settings)
        except (RuntimeError, MemoryError) as error:  # a net of such a width does not fit
            raise UnreadableRun(
                f"{self.path / 'config.yaml'}: no net can be made with num_hiddens "
                f"{self.settings.num_hiddens} ({_reason(error)}); train the run anew"
            ) from error
        try:
            if path.suffix == ".safetensors":
                weights = load_file(path)
            else:
                with warnings.catch_warnings(action="ignore"):  # of torch, on foreign pickles
                    weights = torch.load(path, map_location="cpu", weights_only=True)
            net.load_state_dict(weights)
        except pickle.UnpicklingError as error:  # whose text advises to open it all the same
            raise UnreadableRun(
                f"{path}: these weights cannot be read (no file of weights; it is not opened); "
                "train the run anew"
            ) from error
        except Exception as error:  # whatever reading a damaged file runs into
            raise UnreadableRun(
                f"{path}: these weights cannot be read ({_reason(error)}); train the run anew"
            ) from error
        return net.eval().to(device)


def read_run(path: Path) -> Run:
    """Read config.yaml, curves.json and log.jsonl, and see which weights there are.

    Raises:
        UnreadableRun: something is missing or damaged.
    """
    settings = reference("runs.settings")
    config = path / "config.yaml"
    if not config.is_file():
        raise UnreadableRun(f"{path} holds no config.yaml: give the folder of a run, as runs/class")
    try:
        preset, values = settings.from_yaml(config)
        if preset is None:
            raise UnreadableRun(f"{config} names no preset; add a line such as preset: class")
        given = {name: (str(config), value) for name, value in values.items()}
        made = settings.make(settings.PRESETS[preset], given)
    except settings.Problem as problem:
        raise UnreadableRun(str(problem)) from problem
    curves, log = _curves(path / "curves.json"), _log(path / "log.jsonl")
    epochs = _epochs(path, len(curves.get("epoch_loss", ())) or made.epochs)
    if not epochs:
        raise UnreadableRun(f"{path} holds no weights: train at least one epoch of it")
    return Run(path, made, curves, log, epochs)


def _reason(error: Exception) -> str:
    """The first line of what it says, its name where it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _empty(settings: Any) -> nn.Module:
    nets, D = reference("unet"), settings.num_hiddens
    if hasattr(settings, "p_uncond"):
        return nets.ClassConditionalUNet(1, 10, D)
    if hasattr(settings, "num_ts"):
        return nets.TimeConditionalUNet(1, D)
    return nets.UnconditionalUNet(1, D)


def _weights(path: Path, epoch: int) -> Path:
    file = path / "weights" / f"epoch_{epoch:02}.pt"
    return file if file.is_file() else path / KEPT


def _epochs(path: Path, last: int) -> tuple[int, ...]:
    files = (path / "weights").glob("epoch_*.pt")
    found = {int(match[1]) for file in files if (match := re.fullmatch(r"epoch_(\d+)", file.stem))}
    return tuple(sorted(found | ({last} if (path / KEPT).is_file() else set())))


def _curves(path: Path) -> dict[str, list[float]]:
    if not path.is_file():
        return {}
    try:
        curves = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): [float(loss) for loss in losses] for name, losses in curves.items()}
    except (OSError, ValueError, TypeError, AttributeError, *UNREASONABLE) as error:
        raise UnreadableRun(f"{path} holds no curves ({error}); train the run anew") from error


def _log(path: Path) -> list[dict]:
    if not path.is_file():
        return []
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError, *UNREASONABLE) as error:
        raise UnreadableRun(f"{path} is damaged ({error}); train the run anew") from error
