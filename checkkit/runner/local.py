"""The local runner: probes run in this process, so that tracebacks end in your own file."""

import copy
import importlib
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch

from ..spies.accelerators import on_any_device
from ..spies.randomness import reset_random_state
from .crashes import callers, explain, timed_out
from .deadline import TimeIsUp, deadline
from .evidence import CheckFailed, Returns, conform
from .missing import Stubs, stubs_for_missing_names
from .names import Names, with_course_names
from .probes import probe_source
from .torch_state import TorchState

OURS = r"(checkkit|tests)\b"  # what warns there is not the submission


class LocalRunner:
    """Runs probes on the package `diffusion` in `folder`.

    Raises:
        FileNotFoundError: there is no `diffusion` in the folder.
    """

    def __init__(self, folder: Path, names: Names | None = None, stubs: Stubs | None = None):
        if not (folder / "diffusion").is_dir():
            raise FileNotFoundError(f"{folder} holds no folder named diffusion")
        sys.path.insert(0, str(folder.resolve()))
        self.folder, self.package = folder.resolve() / "diffusion", Package(names)
        self.names, self.stubs = names or {}, stubs or {}

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

        Exceptions of the submission pass through.

        Raises:
            TimedOut: the probe has not returned after `time_limit` seconds.
        """
        probe_source(probe)
        reset_random_state(seed)
        completed = stubs_for_missing_names(self.stubs, self.names)
        numpy_warns = np.errstate(all="warn", under="ignore")  # as usual, but not in checks
        with warnings.catch_warnings(), TorchState(), numpy_warns, completed:
            warnings.simplefilter("default")
            warnings.filterwarnings("ignore", module=OURS)
            try:
                again = partial(reset_random_state, seed)
                with deadline(time_limit):
                    raw = on_any_device(probe, self.package, partial(as_tensors, inputs), again)
            except TimeIsUp as error:
                raise timed_out(error, time_limit, self._own) from None
            except (Exception, SystemExit) as error:
                crash = explain(error, self._own, inputs)
                vars(error)["from_submission"] = True
                vars(error)["crash"] = crash
                vars(error)["callers"] = callers(error, self._own, crash)
                if crash.words:  # pytest shows the line itself
                    place = f"{crash.file}, line {crash.line}: " if crash.file else ""
                    error.add_note(place + crash.words)
                raise
        if not isinstance(raw, dict):
            raise TypeError(f"probe {probe.__name__} returned no dict")
        return conform({name: as_evidence(name, value) for name, value in raw.items()}, returns)

    def _own(self, frame: FrameType) -> str:
        """The name of the submission's file that a frame belongs to, or ""."""
        path = Path(frame.f_code.co_filename)
        return f"diffusion/{path.name}" if path.parent == self.folder else ""

    def renew(self) -> None:
        """Nothing: there is one process."""


class Package:
    """The package `diffusion`, with modules that are imported at their first use.

    Objects that have other names in the course (`names`) also have their original names here.
    """

    def __init__(self, names: Names | None = None):
        self._names = names or {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return with_course_names(importlib.import_module(f"diffusion.{name}"), name, self._names)


def as_tensors(value: Any) -> Any:
    """Copies of a check's inputs for a probe, with tensors in place of arrays."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, dict):
        return {key: as_tensors(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(as_tensors(item) for item in value)
    return copy.deepcopy(value)


def as_evidence(name: str, value: Any) -> Any:
    """A value that a probe returned, as evidence: a tensor becomes an array."""
    if isinstance(value, torch.Tensor):
        if value.is_meta or value.is_sparse or value.is_quantized or value.dtype == torch.bfloat16:
            raise CheckFailed(f"{name} is no ordinary dense tensor ({value.dtype}, {value.device})")
        return value.detach().cpu().contiguous().numpy().copy()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise CheckFailed(f"{name} is of type {type(value).__name__}, expected a tensor or a number")
