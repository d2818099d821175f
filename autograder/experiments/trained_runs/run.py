"""A run's folder: what was trained, its curves, and its nets at the epochs that were kept.

Reads what `python -m diffusion.train` writes (weights/epoch_01.pt, ...), and what the repository
keeps of a run as evidence: weights.safetensors, the last net in float16.
"""

import json
import pickle
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from autograder.exit_codes import UserError

from .reference import reference

EXPORTED_WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class Run:
    """A run of the reference solution."""

    path: Path
    settings: Any  # a preset of diffusion.runs.settings
    curves: dict[str, list[float]]  # batch_loss, epoch_loss; empty where none were written
    log: list[dict]  # one entry an epoch
    epochs: tuple[int, ...]  # those whose nets can be had, in ascending order; perhaps none

    @property
    def timed(self) -> bool:
        """Whether the net knows the time, so that it can be sampled from."""
        return hasattr(self.settings, "num_ts")

    @property
    def conditional(self) -> bool:
        """Whether the net knows the class."""
        return hasattr(self.settings, "p_uncond")

    def needs_weights(self) -> None:
        """Refuse a run of which no net was kept.

        Raises:
            UserError: there is none.
        """
        if not self.epochs:
            raise UserError(f"{self.path} has no weights: train it for at least one epoch")

    def schedule(self, device: torch.device | str = "cpu") -> dict[str, torch.Tensor]:
        """The tables of `ddpm_schedule` that the net was trained with."""
        s = self.settings
        tables = reference("ddpm").ddpm_schedule(s.beta_1, s.beta_T, s.num_ts)
        return {name: table.to(device) for name, table in tables.items()}

    def net(self, epoch: int | None = None, device: torch.device | str = "cpu") -> nn.Module:
        """The net after `epoch`, the last one if it is left out, in eval mode.

        Raises:
            UserError: its weights are missing, damaged or belong to another net.
        """
        self.needs_weights()
        try:
            net = self._new_net()
        except (RuntimeError, MemoryError) as error:  # a net of such a width does not fit
            raise UserError(
                f"{self.path / 'config.yaml'}: no net can be made with num_hiddens "
                f"{self.settings.num_hiddens} ({_reason(error)}); train the run again"
            ) from error
        path = self.path / "weights" / f"epoch_{epoch or self.epochs[-1]:02}.pt"
        path = path if path.is_file() else self.path / EXPORTED_WEIGHTS
        try:
            net.load_state_dict(_read_weights(path))
        except Exception as error:  # whatever reading a damaged file runs into
            raise UserError(
                f"{path}: these weights cannot be read ({_reason(error)}); train the run again"
            ) from error
        return net.eval().to(device)

    def _new_net(self) -> nn.Module:
        nets, D = reference("unet"), self.settings.num_hiddens
        if self.conditional:
            return nets.ClassConditionalUNet(1, 10, D)
        if self.timed:
            return nets.TimeConditionalUNet(1, D)
        return nets.UnconditionalUNet(1, D)


def read_run(path: Path) -> Run:
    """Read config.yaml, curves.json and log.jsonl, and see which weights there are.

    Raises:
        UserError: something is missing or damaged.
    """
    settings = reference("runs.settings")
    config = path / "config.yaml"
    if not config.is_file():
        raise UserError(f"{path} has no config.yaml: give the folder of a run, such as runs/class")
    try:
        preset, values = settings.from_yaml(config)
        if preset is None:
            raise UserError(f"{config} names no preset; add a line such as preset: class")
        given = {name: (str(config), value) for name, value in values.items()}
        made = settings.make(settings.PRESETS[preset], given)
    except settings.Problem as problem:
        raise UserError(str(problem)) from problem
    curves = _read(path / "curves.json", _curves) or {}
    log = _read(path / "log.jsonl", lambda text: [json.loads(line) for line in text.splitlines()])
    files = (path / "weights").glob("epoch_*.pt")
    epochs = {int(match[1]) for file in files if (match := re.fullmatch(r"epoch_(\d+)", file.stem))}
    if (path / EXPORTED_WEIGHTS).is_file():
        epochs.add(len(curves.get("epoch_loss", ())) or made.epochs)
    return Run(path, made, curves, log or [], tuple(sorted(epochs)))


def _read(path: Path, parse: Callable[[str], Any]) -> Any:
    """What a file of JSON holds; None where there is none."""
    if not path.is_file():
        return None
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (
        *(OSError, ValueError, TypeError, AttributeError),
        *(OverflowError, RecursionError),  # of huge numbers, or nested without end
    ) as error:
        raise UserError(f"{path} is damaged ({error}); train the run again") from error


def _curves(text: str) -> dict[str, list[float]]:
    return {name: [float(loss) for loss in losses] for name, losses in json.loads(text).items()}


def _read_weights(path: Path) -> dict[str, torch.Tensor]:
    if path.suffix == ".safetensors":
        return load_file(path)
    with warnings.catch_warnings(action="ignore"):  # of torch, on foreign pickles
        return torch.load(path, map_location="cpu", weights_only=True)


def _reason(error: Exception) -> str:
    """The first line of what it says, its name where it says nothing."""
    if isinstance(error, pickle.UnpicklingError):  # its text advises to open the file all the same
        return "no file of weights; it is not opened"
    return next(iter(str(error).splitlines()), type(error).__name__)
