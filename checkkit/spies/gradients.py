"""Which parts of a UNet a gradient reaches: the outermost blocks' outputs, and the weights
outside.
"""

from types import ModuleType
from typing import Any

import torch
from torch import nn

from .tape import BLOCKS
from .weights import randomise


def missing_gradients(net: nn.Module, blocks: ModuleType, weights_seed: int, *args: Any) -> dict:
    """Evidence on the gradient of a random sum of net(*args): its parts, and how many it misses.

    A block counts as one part, reached when its output is; so does each parameter outside blocks.
    """
    randomise(net, weights_seed)
    net.eval()
    classes = tuple(c for c in (getattr(blocks, n, None) for n in BLOCKS) if isinstance(c, type))
    outer = _outermost(net, classes)
    probes: list[list[torch.Tensor]] = []
    for block in outer:
        block.forward = _with_probe(block.forward, probes)
    inside = {id(p) for block in outer for p in block.parameters()}
    weights = [p for p in net.parameters() if id(p) not in inside]
    output = net(*args)
    (output * torch.randn_like(output)).sum().backward()
    parts = [*probes, *([weight] for weight in weights)]
    missed = sum(not any(map(_reached, part)) for part in parts)
    return {"parts": len(parts), "missed": missed}


def _reached(tensor: torch.Tensor) -> bool:
    return tensor.grad is not None and bool(tensor.grad.abs().max() > 0)


def _outermost(module: nn.Module, classes: tuple[type, ...]) -> list[nn.Module]:
    if isinstance(module, classes):
        return [module]
    return [found for child in module.children() for found in _outermost(child, classes)]


def _with_probe(forward: Any, probes: list[list[torch.Tensor]]) -> Any:
    """The same call, plus zeros whose gradients are those of the tensors that it returns."""

    def added(y: Any, zeros: list[torch.Tensor]) -> Any:
        if isinstance(y, tuple | list):
            return type(y)(added(item, zeros) for item in y)
        if not isinstance(y, torch.Tensor):
            return y
        zeros.append(torch.zeros_like(y, requires_grad=True))
        return y + zeros[-1]

    def probed(*args, **kwargs):
        probes.append([])
        return added(forward(*args, **kwargs), probes[-1])

    return probed
