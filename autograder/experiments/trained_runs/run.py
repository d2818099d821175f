"""Runs of the reference solution, as the solution itself reads them; errors are those of staff."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from autograder.exit_codes import UserError

from .reference import reference

EXPORTED_WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class Run:
    """A run of the reference solution.

    Attributes:
        run: a `diffusion.runs.reading.Run`, of which this has the attributes too.
    """

    run: Any

    def __getattr__(self, name: str) -> Any:
        if name == "run" or name.startswith("__"):  # while it is copied
            raise AttributeError(name)
        return getattr(self.run, name)

    @property
    def path(self) -> Path:
        """The folder."""
        return self.run.path

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs whose nets can be had, in ascending order; perhaps none."""
        return self.run.epochs

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
        with _user_errors():
            return self.run.net(epoch, device)


def read_run(path: Path) -> Run:
    """Read config.yaml, curves.json and log.jsonl, and see which weights there are.

    Raises:
        UserError: something is missing or damaged.
    """
    with _user_errors():
        return Run(reference("drawing").load_run(path))


@contextmanager
def _user_errors() -> Iterator[None]:
    try:
        yield
    except reference("runs.settings").Problem as problem:
        raise UserError(str(problem)) from problem
