# for: denoiser train_ddpm train_ddpm_cfg
"""Read the folder of a run: what was trained, its curves, and the nets that were kept."""

import json
import pickle
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from .folder import identity_of
from .settings import LONGEST, Problem, Settings, from_yaml, make, shown, to_dict, PRESETS
from .weights import settings_of, weights_path

EXPORTED_WEIGHTS = "weights.safetensors"  # the last net of a run, in float16


@dataclass(frozen=True)
class Run:
    """A run as its folder shows it.

    Attributes:
        path: the folder.
        settings: of its preset, as config.yaml has them.
        identity: 12 hexadecimal digits, which no other run has.
        curves: batch_loss and epoch_loss; empty if none were written.
        log: one entry for each epoch.
        epochs: after which the net was kept, in ascending order; perhaps none.
        new_net: makes an untrained net of the run's kind and size.
    """

    path: Path
    settings: Settings
    identity: str
    curves: dict[str, list[float]]
    log: list[dict]
    epochs: tuple[int, ...]
    new_net: Callable[[], nn.Module]

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.resolve().name

    @property
    def timed(self) -> bool:
        """Whether the net knows the time, so that it can be sampled from."""
        return hasattr(self.settings, "num_ts")

    @property
    def scheduled(self) -> bool:
        """Whether it has the noise schedule of DDPM."""
        return hasattr(self.settings, "beta_1")

    @property
    def conditional(self) -> bool:
        """Whether the net knows the class."""
        return hasattr(self.settings, "p_uncond")

    @property
    def trained_epochs(self) -> int:
        """For how many epochs the run was trained."""
        return max([0, *self.epochs, len(self.curves.get("epoch_loss", ()))])

    def net(self, epoch: int | None = None, device: torch.device | str = "cpu") -> nn.Module:
        """The net after `epoch`, by default the last one that was kept, in eval mode.

        Raises:
            Problem: its weights are missing, damaged or belong to another net.
        """
        if not self.epochs:
            raise Problem(f"{self.path} has no weights: train it for at least one epoch")
        try:
            net = self.new_net()
        except (RuntimeError, MemoryError) as error:  # a net of such a width does not fit
            raise Problem(
                f"{self.path / 'config.yaml'}: no net can be made with num_hiddens "
                f"{self.settings.num_hiddens} ({_reason(error)}); train the run again"
            ) from error
        path = weights_path(self.path, epoch or self.epochs[-1])
        path = path if path.is_file() else self.path / EXPORTED_WEIGHTS
        try:
            weights = _read_weights(path)
        except Exception as error:  # whatever reading a damaged file runs into
            raise Problem(
                f"{path}: these weights cannot be read ({_reason(error)}); train the run again"
            ) from error
        try:
            net.load_state_dict(weights)
        except Exception as error:  # a file of weights may hold anything
            raise Problem(
                f"{path}: these weights are not those of {type(net).__name__} with num_hiddens "
                f"{self.settings.num_hiddens}. If you changed your net or config.yaml after the "
                "training, undo that; else train the run again"
            ) from error
        return net.eval().to(device)


def read_run(path: Path, net_of: Callable[[Settings], nn.Module]) -> Run:
    """Read config.yaml, curves.json and log.jsonl, and see which weights there are.

    Args:
        path: the folder of a run.
        net_of: makes an untrained net for the settings.

    Raises:
        Problem: something is missing or damaged, or weights were trained with other settings.
    """
    config = path / "config.yaml"
    if not path.exists():
        raise Problem(f"{path}: there is no such folder; give one of a run, such as runs/class", 2)
    if not config.is_file():
        raise Problem(
            f"{path} has no config.yaml: give the folder of a run, such as runs/class", 2
        )
    preset, values = from_yaml(config)
    if preset is None:
        raise Problem(f"{config} names no preset; add a line such as preset: class", 2)
    settings = make(PRESETS[preset], {k: (str(config), value) for k, value in values.items()})
    curves = _read(path / "curves.json", _curves) or {}
    log = _read(path / "log.jsonl", lambda text: [json.loads(line) for line in text.splitlines()])
    files = (path / "weights").glob("epoch_*.pt")
    epochs = {int(match[1]) for file in files if (match := re.fullmatch(r"epoch_(\d+)", file.stem))}
    if (path / EXPORTED_WEIGHTS).is_file():
        epochs.add(len(curves.get("epoch_loss", ())) or settings.epochs)
    for epoch in sorted(epochs):
        _refuse_changed(config, settings, weights_path(path, epoch))
    new_net = partial(net_of, settings)
    return Run(path, settings, identity_of(path), curves, log or [], tuple(sorted(epochs)), new_net)


def _refuse_changed(config: Path, settings: Settings, path: Path) -> None:
    """Refuse a config.yaml that was edited after the training: its figures would say what is wrong.

    Raises:
        Problem: the weights in `path` say that they were trained with another value.
    """
    try:
        held = settings_of(_read_weights(path))
    except Exception:  # of a damaged file; who asks for its net is told
        return
    free = {"name"} | {one.name for one in fields(settings) if one.metadata["free"]}
    for name, value in to_dict(settings).items():
        if name in free or name not in held:
            continue
        if type(held[name]) is not type(value) or held[name] != value:
            before = f"{name} {shown(held[name])}"
            raise Problem(
                f"{config}: {name} is {shown(value)}, but {path} was trained with {before}; "
                "undo the change of config.yaml, or train again under another --name",
                2,
            )


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
        raise Problem(f"{path} is damaged ({_reason(error)}); train the run again") from error


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
    return next(iter(str(error).splitlines()), type(error).__name__)[: 3 * LONGEST]
# end for
