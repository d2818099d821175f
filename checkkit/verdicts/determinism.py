"""Whether a network in eval mode is one function, with all its parameters there from the start."""

from collections.abc import Mapping
from typing import Any

from ..runner import Array, Integer, expect
from ..tapes import close


def two_calls_returns(shape: tuple[int, ...]) -> dict:
    """The evidence of a probe with `checkkit.spies.unet_trace.call_twice`."""
    outputs = {"first": Array(shape), "second": Array(shape)}
    return outputs | {"before": Integer(), "after": Integer()}


def assert_deterministic(evidence: Mapping[str, Any]) -> None:
    """Two calls give the same output, and `forward` makes no parameters."""
    expect(
        evidence["before"] == evidence["after"],
        f"the net has {evidence['before']} parameters before its first call, "
        f"{evidence['after']} after it: make layers in __init__, an optimizer does not see those "
        "that forward makes",
    )
    expect(
        close(evidence["second"], evidence["first"]),
        "two calls with the same arguments give different outputs in eval mode",
    )
