"""The local runner: a probe runs in this very process, so that tracebacks land in your own file."""

import copy
import importlib
import random
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .evidence import CheckFailed, Returns, conform
from .names import Names, with_course_names
from .probes import probe_source
from .torch_state import TorchState


class LocalRunner:
    """Runs probes on the package `diffusion` that lies in `folder`.

    Raises:
        FileNotFoundError: there is no `diffusion` in the folder.
    """

    def __init__(self, folder: Path, names: Names | None = None):
        if not (folder / "diffusion").is_dir():
            raise FileNotFoundError(f"{folder} holds no folder named diffusion")
        sys.path.insert(0, str(folder.resolve()))
        self.package = Package(names)

    def run(
        self,
        probe: Callable,
        *,
        returns: Returns,
        seed: int = 0,
        time_limit: float = 60,
        **inputs: Any,
    ) -> dict:
        """Run `probe(diffusion, **inputs)` and return its evidence as NumPy arrays and numbers.

        Whatever the submission raises passes through. `time_limit` binds in the sandbox alone.
        """
        probe_source(probe)
        seed_everything(seed)
        numpy_warns = np.errstate(all="warn", under="ignore")  # as usual, but not in checks
        with warnings.catch_warnings(), TorchState(), numpy_warns:
            warnings.simplefilter("default")
            try:
                raw = probe(self.package, **{k: as_tensors(value) for k, value in inputs.items()})
            except Exception as error:
                vars(error)["from_submission"] = True
                raise
        if not isinstance(raw, dict):
            raise TypeError(f"probe {probe.__name__} returned no dict")
        return conform({name: as_evidence(name, value) for name, value in raw.items()}, returns)


class Package:
    """`diffusion.ddpm` and its siblings, each imported when it is first asked for.

    What the course calls otherwise (`names`) answers to the contract's name.
    """

    def __init__(self, names: Names | None = None):
        self._names = names or {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return with_course_names(importlib.import_module(f"diffusion.{name}"), name, self._names)


def seed_everything(seed: int) -> None:
    """Seed every global source of randomness that a submission may draw from."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def as_tensors(value: Any) -> Any:
    """Inputs as a probe receives them: arrays become tensors, nothing is shared with the check."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, dict):
        return {key: as_tensors(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(as_tensors(item) for item in value)
    return copy.deepcopy(value)


def as_evidence(name: str, value: Any) -> Any:
    """A probe's return value as the check receives it: tensors become arrays, the rest stays."""
    if isinstance(value, torch.Tensor):
        if value.is_meta or value.is_sparse or value.is_quantized or value.dtype == torch.bfloat16:
            raise CheckFailed(f"{name} is no ordinary dense tensor ({value.dtype}, {value.device})")
        return value.detach().cpu().contiguous().numpy().copy()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise CheckFailed(f"{name} is of type {type(value).__name__}, expected a tensor or a number")
