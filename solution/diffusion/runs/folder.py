"""The folder of one run: config.yaml, log.jsonl, curves.json, checkpoint and weights."""

import hashlib
import json
import pickle
import re
import secrets
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path

import torch
from torch import nn

from .settings import LONGEST, Problem, Settings, difference, from_yaml, make, to_dict, to_yaml
from .weights import weights_path, write_weights

Curves = dict[str, list[float]]
PARTS = {"epoch", "curves", "model", "optimizer", "scheduler", "rng"}
FEW = 2**20  # bytes; with less than that, a disk is full
IDENTITY = re.compile(r"# run ([0-9a-f]{12})\b")  # the first line of config.yaml


def identity_of(path: Path) -> str:
    """12 hexadecimal digits, drawn when a run begins; of a run without, a hash of its files."""
    try:
        text = (path / "config.yaml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    if match := IDENTITY.match(text):
        return match[1]
    curves = path / "curves.json"
    held = text.encode() + (curves.read_bytes() if curves.is_file() else b"")
    return hashlib.sha256(held).hexdigest()[:12]


class RunFolder:
    """One run on disk; each file is complete or not there."""

    def __init__(self, settings: Settings):
        self.path = Path(settings.runs) / settings.name
        self.checkpoint = self.path / "checkpoint.pt"
        self.settings = settings

    def check_settings(self) -> None:
        """Refuse to mix two runs in one folder.

        Raises:
            Problem: the folder has another run, or something else.
        """
        config = self.path / "config.yaml"
        if not config.is_file():
            if self.checkpoint.exists():
                raise Problem(
                    f"{self.path} has a checkpoint without config.yaml, so its settings are not "
                    "known; choose another --name.",
                    2,
                )
            return
        preset, held = from_yaml(config)
        kind = type(self.settings)
        if preset == kind.preset:
            before = make(kind, {name: (str(config), value) for name, value in held.items()})
            name = difference(before, self.settings)
            if name is None:
                return
            had, has = getattr(before, name), getattr(self.settings, name)
        else:
            name, had, has = "preset", preset, kind.preset
        decays = any(one.name == name == "epochs" for one in fields(kind))
        because = " (the decay of the learning rate depends on it)" if decays else ""
        keep, again = (_option(name, value) for value in (had, has))
        raise Problem(
            f"{self.path} was started with {name} {had}, not {has}{because}: continue it with "
            f"{keep}, or start a new run with {again} and another --name.",
            2,
        )

    def check_checkpoint(self, unet: nn.Module) -> int:
        """The number of finished epochs, if the checkpoint fits the net.

        Raises:
            Problem: it is damaged or of another run; it is not changed.
        """
        state = self.state_of(self.checkpoint, unet)
        if state is None:
            return 0
        self._saved = state
        return state["epoch"]

    def state_of(self, path: Path, unet: nn.Module) -> dict | None:
        """What a checkpoint holds, if it fits the net; None if there is none.

        Raises:
            Problem: it is damaged or of another run; it is not changed.
        """
        if not path.is_file():
            return None
        away = f"move {path} to another folder to start again, or choose another --name."
        try:
            with warnings.catch_warnings(action="ignore"):  # of torch, on foreign pickles
                state = torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            raise Problem(f"{path} is not a file of weights and is not opened; {away}") from error
        except Exception as error:  # whatever reading a damaged file runs into
            raise Problem(f"{path} is damaged or incomplete; {away}") from error
        whole = isinstance(state, dict) and set(state) >= PARTS
        if not (whole and _is_model(state["model"]) and isinstance(state["epoch"], int)):
            raise Problem(f"{path} is not a checkpoint of a training loop; {away}")
        weights, own = state["model"], unet.state_dict()
        for name in [*own, *weights]:
            if name not in own or name not in weights or own[name].shape != weights[name].shape:
                there, here = (_shape(name, held) for held in (weights, own))
                shapes = f"{name[:LONGEST]} is {there} there and {here} here"
                raise Problem(f"{path} belongs to another net ({shapes}); {away}")
            if not torch.isfinite(weights[name]).all():
                raise Problem(f"{path} has weights that are not finite; {away}")
        return state

    def complete(self) -> None:
        """Write what is missing after an interruption right after the last checkpoint."""
        epoch, curves = self._saved["epoch"], self._saved["curves"]
        if self._is_kept(epoch) and not self._weights_of(epoch).is_file():
            self._keep_weights(epoch, self._saved["model"])
        whole = isinstance(curves, dict) and all(map(_is_curve, curves.values()))
        if epoch >= self.settings.epochs and whole and not (self.path / "curves.json").is_file():
            self.finish(curves)

    def check_digits(self, count: int) -> None:
        """Refuse to continue with other digits than at the start of the run.

        Raises:
            Problem: the run used MNIST and there is only the subset, or the reverse.
        """
        with suppress(OSError, ValueError, KeyError):
            last = (self.path / "log.jsonl").read_text().splitlines()[-1:]
            before = json.loads(last[0])["digits"] if last else count
            if before != count:
                raise Problem(
                    f"{self.path} was started with {before:,} digits, but {count:,} are available "
                    "(MNIST or its subset); provide the same digits or choose another --name."
                )

    def begin(self) -> None:
        """Make the folder and write config.yaml."""
        with self.writing("config.yaml"):
            self.path.mkdir(parents=True, exist_ok=True)
            identity = identity_of(self.path) or secrets.token_hex(6)
            first = f"# run {identity}: stands in the figures of this run\n"
            self._write("config.yaml", first + to_yaml(self.settings))

    def after_epoch(self, entry: dict, curves: Curves | None, unet: nn.Module) -> None:
        """Log an epoch; save its weights if it is the first, every fifth or the last one."""
        epoch = entry["epoch"]
        with self.writing(f"log and curves of epoch {epoch}"):
            log = self.path / "log.jsonl"
            before = log.read_text() if log.is_file() else ""
            self._write("log.jsonl", f"{before}{json.dumps(entry)}\n")
            if curves:
                self._write("curves.json", json.dumps(curves))
        if self._is_kept(epoch):
            self._keep_weights(epoch, unet.state_dict())

    def _is_kept(self, epoch: int) -> bool:
        return epoch in (1, self.settings.epochs) or epoch % 5 == 0

    def _weights_of(self, epoch: int) -> Path:
        return weights_path(self.path, epoch)

    def _keep_weights(self, epoch: int, weights: dict[str, torch.Tensor]) -> None:
        with self.writing(f"weights of epoch {epoch}"):
            write_weights(self._weights_of(epoch), weights, to_dict(self.settings))

    def finish(self, curves: Curves) -> None:
        """Write the curves."""
        with self.writing("curves"):
            self._write("curves.json", json.dumps(curves))

    @contextmanager
    def writing(self, what: str) -> Iterator[None]:
        """Explain errors of the disk in one sentence, and delete half-written files.

        Raises:
            Problem: the disk is full, or the folder cannot be written.
        """
        try:
            yield
        except KeyboardInterrupt:
            for half_written in self.path.rglob("*.tmp"):
                half_written.unlink(missing_ok=True)
            raise
        except (OSError, RuntimeError) as error:  # torch.save wraps a full disk in a RuntimeError
            why = getattr(error, "strerror", None)
            for half_written in self.path.rglob("*.tmp"):
                with suppress(OSError):
                    if why is None and shutil.disk_usage(self.path).free < FEW:
                        why = "No space left on device"
                    half_written.unlink()
            if why is None and not isinstance(error, OSError):
                raise
            kept = f" {self.checkpoint} was not changed;" if self.checkpoint.is_file() else ""
            raise Problem(
                f"cannot write the {what} in {self.path} ({why or error});{kept} "
                "free some space or choose another --runs, and run the same command again."
            ) from error

    def _write(self, name: str, text: str) -> None:
        half_written = self.path / f"{name}.tmp"
        half_written.write_text(text, encoding="utf-8")
        half_written.replace(self.path / name)


def _is_model(held: object) -> bool:
    """Whether these are tensors, each with a name."""
    return isinstance(held, dict) and all(
        isinstance(name, str) and isinstance(one, torch.Tensor) for name, one in held.items()
    )


def _is_curve(held: object) -> bool:
    """Whether these are numbers; lists in lists that share their parts may be endless as a text."""
    return type(held) is list and all(type(loss) in (int, float) for loss in held)


def _option(name: str, value: object) -> str:
    """A setting as an option on the command line."""
    if name == "preset":
        return str(value)
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    return f"--{option} {value}"


def _shape(name: str, weights: dict[str, torch.Tensor]) -> str:
    return str(tuple(weights[name].shape)) if name in weights else "missing"
