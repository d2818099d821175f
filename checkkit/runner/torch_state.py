"""The global switches of torch: a change by a submission must not affect the next check."""

from collections.abc import Callable
from typing import Any

import torch


def _set_device(device: torch.device) -> None:
    # None rather than "cpu": any other value slows every later operation a little.
    torch.set_default_device(None if device.type == "cpu" else device)


# Name -> how to read the switch, how to write it.
SWITCHES: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "the default dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "the default device": (torch.get_default_device, _set_device),
    "gradients": (torch.is_grad_enabled, torch.set_grad_enabled),
    "the number of threads": (torch.get_num_threads, torch.set_num_threads),
    "deterministic algorithms": (
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    "the precision of matrix products": (
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    ),
    "anomaly detection": (torch.is_anomaly_enabled, torch.set_anomaly_enabled),
}


class TorchState:
    """The values of the switches when this object was made.

    A `with` statement restores them at its end; `changed` are the names of the changed ones.
    """

    def __init__(self):
        self._values = {name: read() for name, (read, _) in SWITCHES.items()}
        self.changed: list[str] = []

    def __enter__(self) -> "TorchState":
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()

    def restore(self) -> None:
        """Restore changed switches, and put their names into `changed`."""
        self.changed = []
        for name, (read, write) in SWITCHES.items():
            if read() != self._values[name]:
                self.changed.append(name)
                write(self._values[name])
