"""Code that names an accelerator, such as 'cuda', runs on the CPU, as the tensors of checks do."""

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

NAMES = ("cuda", "mps", "xpu")


def is_accelerator(device: Any) -> bool:
    """Whether a string or device names an accelerator."""
    name = device.type if isinstance(device, torch.device) else device
    return isinstance(name, str) and name.partition(":")[0] in NAMES


class NamedDevices(TorchFunctionMode):
    """While active, each accelerator that the code names goes through `replace` first."""

    def __init__(self, replace: Callable[[Any], Any]):
        super().__init__()
        self._replace, self._generator = replace, torch.Generator

    def __enter__(self) -> "NamedDevices":
        plain, named = torch.Generator, self.named

        class Generator(plain):  # torch does not show a mode the calls of this class
            def __new__(cls, device: Any = "cpu"):
                return super().__new__(cls, named(device))  # pyright: ignore[reportCallIssue]

        self._generator, torch.Generator = plain, Generator
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        torch.Generator = self._generator
        super().__exit__(*error)

    def named(self, device: Any) -> Any:
        """The device that stands for this one."""
        return self._replace(device) if is_accelerator(device) else device

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if name in NAMES:
            func, args, kwargs = torch.Tensor.to, (args[0], self.named(name)), {}
        elif name == "to" and len(args) > 1:
            args = (args[0], self.named(args[1]), *args[2:])
        if "device" in kwargs:
            kwargs["device"] = self.named(kwargs["device"])
        return func(*args, **kwargs)


def refusal(advice: str) -> Callable[[Any], None]:
    """For `NamedDevices`: code that names an accelerator raises a RuntimeError with this advice."""

    def refuse(device: Any) -> None:
        raise RuntimeError(f"Your code names {str(device)!r}; {advice}")

    return refuse


def on_any_device(
    probe: Callable[..., Any], package: Any, copies: Callable[[], dict], again: Callable[[], object]
) -> Any:
    """What a probe returns; if the code under test needs an accelerator, that of a run on the CPU.

    Args:
        copies: makes the inputs of the probe.
        again: restores the state that the second run begins from.
    """
    inputs = copies()
    try:
        return probe(package, **inputs)
    except Exception as error:
        given = vars(BaseException)["args"].__get__(error)  # its `__str__` may be the submission's
        words = " ".join(one for one in given if type(one) is str).lower()
        unrelated = not any(name in words for name in (*NAMES, "nvidia"))
        if unrelated or is_accelerator(inputs.get("device")):  # the probe itself wants one
            raise
    again()
    with NamedDevices(lambda device: "cpu"):
        return probe(package, **copies())
