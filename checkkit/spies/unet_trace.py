"""Run a UNet once under a tape, with fresh weights; ask whether it stays the same, and what it
refuses.
"""

import inspect
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import torch
from torch import nn

from .accelerators import NamedDevices, refusal
from .tape import Tape
from .weights import randomise

CONTRACT = {
    "UnconditionalUNet": ["in_channels", "num_hiddens"],  # for: unet
    "TimeConditionalUNet": ["in_channels", "num_hiddens"],  # for: time_unet
    "ScaledTimeUNet": ["in_channels", "num_hiddens"],  # for: scaled_time_unet
    # for: class_unet class_behaviour digits digits_flow train_ddpm_cfg
    "ClassConditionalUNet": ["in_channels", "num_classes", "num_hiddens"],
    # end for
}


def build(unets: ModuleType, name: str, sizes: Sequence[int]) -> nn.Module:
    """The class `name` of unet.py with these sizes, in the order of the contract.

    A constructor with the names of the contract in another order gets them by name: that it has
    another order costs one check, `assert_same_output_twice`.
    """
    cls = getattr(unets, name)
    own, contract = parameters(cls), CONTRACT[name]
    if own != contract and sorted(own) == sorted(contract):
        return cls(**dict(zip(contract, sizes, strict=True)))
    return cls(*sizes)


def parameters(cls: type) -> list[str]:
    """The names of a constructor's parameters; [] where they cannot be told."""
    try:
        return list(inspect.signature(cls).parameters)
    except (TypeError, ValueError):
        return []


def trace(unet: nn.Module, blocks: ModuleType, weights_seed: int, train: bool, *args: Any) -> dict:
    """The output of unet(*args) as "output", and the tape's evidence."""
    randomise(unet, weights_seed)
    unet.train(train)
    tape = Tape(unet, blocks)
    with torch.no_grad(), tape:
        output = unet(*args)
    return {"output": output, **tape.evidence()}


def call_twice(unet: nn.Module, weights_seed: int, *args: Any) -> dict:
    """Two outputs of unet(*args) in eval mode, and how many parameters it has before and after."""
    randomise(unet, weights_seed)
    unet.eval()
    before = sum(p.numel() for p in unet.parameters())
    with torch.no_grad(), NamedDevices(refusal("use x.device")):
        first, second = unet(*args), unet(*args)
    after = sum(p.numel() for p in unet.parameters())
    return {"first": first, "second": second, "before": before, "after": after}


def refuses(net: nn.Module, *args: Any) -> bool:
    """Whether net(*args) raises; a stub's NotImplementedError passes through."""
    try:
        with torch.no_grad():
            net(*args)
    except NotImplementedError:
        raise
    except Exception:
        return True
    return False
