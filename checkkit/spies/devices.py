"""A second device without a GPU: marked tensors, and torch's rules against mixing devices.

Code that names a device, or makes a new tensor without one, works on the CPU and fails on a GPU.
With this device it fails on any machine.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import torch
from torch import nn
from torch._functorch import eager_transforms, vmap

from .accelerators import NamedDevices, refusal

# torch accepts numbers of CPUs: "cpu:1" equals neither "cpu" nor a device that a student names.
ELSEWHERE = torch.device("cpu:1")
# torch.vmap and torch.func.grad wrap and unwrap tensors by these, which no mode sees.
WRAPPING = (
    *((vmap, name) for name in ("_add_batch_dim", "_remove_batch_dim")),
    *((eager_transforms, name) for name in ("_wrap_for_grad", "_unwrap_for_grad")),
)
MAY_MIX = ("copy_", "__setitem__", "backward", "device", "__get__")


class SecondDevice(NamedDevices):
    """While active, marked tensors are on `ELSEWHERE`, and so are results computed from them.

    Args:
        owner: whose device the code has to use: "x_0" or "unet".

    Raises:
        RuntimeError: (in the code that runs) an operation mixes tensors of both devices, or names
            an accelerator.
    """

    def __init__(self, owner: str):
        use = "next(unet.parameters())" if owner == "unet" else owner
        super().__init__(refusal(f"use {use}.device"))
        self._wrapping = ExitStack()

    def __enter__(self) -> "SecondDevice":
        for module, name in WRAPPING:
            if function := getattr(module, name, None):
                self._wrapping.enter_context(patch.object(module, name, _keeps_mark(function)))
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._wrapping.close()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        tensors = list(_tensors((args, kwargs)))
        away = any(map(is_elsewhere, tensors))
        if func == torch.Tensor.device.__get__:
            return ELSEWHERE if away else func(*args)
        if name == "numpy" and away:
            raise TypeError("numpy() needs a tensor on the CPU; this one is on another device")
        moves = name in ("to", "cpu", "cuda", "type_as")
        if not moves and name not in MAY_MIX:
            self._refuse_mixture(name, args if name == "__getitem__" else None, tensors)
        args, kwargs, target = self._without_device(name, args, kwargs)
        result = func(*args, **kwargs)
        if moves and target is None:
            away = is_elsewhere(args[1] if len(args) > 1 and torch.is_tensor(args[1]) else args[0])
        elif target is not None:
            away = target == ELSEWHERE
        elif name.endswith("_"):
            away = is_elsewhere(args[0])
        if moves and result is args[0] and away != is_elsewhere(result):
            result = result[...]  # the CPU has nothing to copy; the original keeps its mark
        return _marked(result, away)

    def _without_device(
        self, name: str, args: Any, kwargs: dict
    ) -> tuple[tuple, dict, torch.device | None]:
        """The call as the CPU can run it, and the device that it names, if any."""
        if name in ("cpu", "cuda"):
            return args, kwargs, torch.device(self.named(name))
        target = kwargs.get("device")
        positional = name == "to" and len(args) > 1 and isinstance(args[1], str | torch.device)
        if positional:
            target = args[1]
        if target is None:
            return args, kwargs, None
        target = torch.device(self.named(target))
        if target == ELSEWHERE and positional:
            args = (args[0], "cpu", *args[2:])
        elif target == ELSEWHERE:
            kwargs["device"] = "cpu"
        return args, kwargs, target

    def _refuse_mixture(self, name: str, indexing: Any, tensors: list[torch.Tensor]) -> None:
        here = [t for t in tensors if not is_elsewhere(t) and t.dim() > 0]
        mixed = bool(here) and any(map(is_elsewhere, tensors))
        if indexing is not None:  # an index may be on the CPU, whatever it indexes
            mixed = mixed and not is_elsewhere(indexing[0])
        if mixed:
            raise RuntimeError(
                f"{name} mixes tensors on different devices: one was made on the CPU, the others "
                f"are on the device of the net and its images ({ELSEWHERE} stands for a GPU)"
            )


class DeviceSpy(nn.Module):
    """A net on `ELSEWHERE` that accepts anything, returns zeros and notes tensors on the CPU.

    Attempts to move it are noted and have no effect.
    """

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        put_elsewhere(self.weight)
        self.images_on: set[str] = set()
        self.conditions_on: set[str] = set()
        self.moved_to: set[str] = set()

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        for condition in (*args, *kwargs.values()):
            if torch.is_tensor(condition) and condition.dim() > 0 and not is_elsewhere(condition):
                self.conditions_on.add(str(condition.device))
        if not is_elsewhere(x):
            self.images_on.add(str(x.device))
            x = put_elsewhere(x.clone())
        return 0 * x * self.weight

    def to(self, *args, **kwargs) -> "DeviceSpy":
        # torch's stubs do not show this module.
        parse = torch._C._nn._parse_to  # pyright: ignore[reportAttributeAccessIssue]
        device, *_ = parse(*args, **kwargs)
        return self._note_move(device)

    def cpu(self) -> "DeviceSpy":
        return self._note_move(torch.device("cpu"))

    def cuda(self, device: int | torch.device | None = None) -> "DeviceSpy":
        return self._note_move(torch.device("cuda"))

    def _note_move(self, device: torch.device | None) -> "DeviceSpy":
        if device is not None and device != ELSEWHERE:
            self.moved_to.add(str(device))
        return self

    def evidence(self) -> dict[str, str]:
        """Wrong devices: of images, of time, class or mask, and to which the net should move."""
        return {
            "images_on": ", ".join(sorted(self.images_on)),
            "conditions_on": ", ".join(sorted(self.conditions_on)),
            "moved_to": ", ".join(sorted(self.moved_to)),
        }


def put_elsewhere(tensor: torch.Tensor) -> torch.Tensor:
    """Mark a tensor as being on `ELSEWHERE`."""
    vars(tensor)["lives_elsewhere"] = True
    return tensor


def is_elsewhere(tensor: torch.Tensor) -> bool:
    return getattr(tensor, "lives_elsewhere", False)


def _keeps_mark(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a tensor whose result is where the tensor is."""

    def marking(tensor: torch.Tensor, *rest: Any) -> Any:
        return _marked(function(tensor, *rest), is_elsewhere(tensor))

    return marking


def _marked(result: Any, away: bool) -> Any:
    for tensor in _tensors(result):
        vars(tensor)["lives_elsewhere"] = away
    return result


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
