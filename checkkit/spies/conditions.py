"""What a net is told beside the image, read row by row however it is passed."""

from collections.abc import Callable
from typing import Any

import torch

Tensor = torch.Tensor
CALLED = "the net was called with"


def as_net(forward: Callable) -> Callable:
    """Python's messages name this method as that of the net that the submission was given."""
    forward.__qualname__ = "unet.forward"
    return forward


def read_times(t: Any, rows: int) -> Tensor:
    """t as (rows,) float64; () or (1,), one value for all rows, pass too."""
    return _per_row("t", t, rows)


def read_classes(c: Any, rows: int) -> Tensor:
    """c as (rows,) float64; whole numbers of any integer type."""
    if isinstance(c, Tensor) and (c.is_floating_point() or c.dtype == torch.bool):
        raise TypeError(f"{CALLED} c of type {c.dtype}; classes are torch.int64")
    return _per_row("c", c, rows)


def read_mask(mask: Any, rows: int) -> Tensor:
    """mask as (rows,) float64, of bool, int or float; None keeps every class."""
    if mask is None:
        return torch.ones(rows, dtype=torch.float64)
    return _per_row("mask", mask, rows)


def _per_row(name: str, value: Any, rows: int) -> Tensor:
    if not isinstance(value, Tensor):
        kind = type(value).__name__
        raise TypeError(f"{CALLED} {name} of type {kind}, not with a tensor ({rows},)")
    if value.numel() not in (1, rows) or value.ndim > 1:  # the UNet gives (N,) its second dimension
        shape = tuple(value.shape)
        raise ValueError(f"{CALLED} {name} of shape {shape}, not with one of ({rows},)")
    if value.is_meta:
        return torch.zeros(rows, dtype=torch.float64)
    return value.detach().cpu().double().reshape(-1).expand(rows)
