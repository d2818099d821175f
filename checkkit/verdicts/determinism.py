"""Whether a network in eval mode is one function, with all its parameters there from the start."""

from collections.abc import Mapping
from typing import Any

from ..runner import Array, CheckFailed, Integer
from ..tapes import close

__tracebackhide__ = True  # pytest shows the check and your file, not what lies between


def two_calls_returns(shape: tuple[int, ...]) -> dict:
    """What a probe brings back from `checkkit.spies.unet_trace.call_twice`."""
    outputs = {"first": Array(shape), "second": Array(shape)}
    return outputs | {"before": Integer(), "after": Integer()}


def assert_deterministic(seen: Mapping[str, Any]) -> None:
    """Two calls agree and `forward` makes no parameters.

    Raises:
        CheckFailed: they differ, or the count of parameters changed.
    """
    if seen["before"] != seen["after"]:
        raise CheckFailed(
            f"the net has {seen['before']} parameters before its first call, "
            f"{seen['after']} after it"
        )
    if not close(seen["second"], seen["first"]):
        raise CheckFailed("two calls with the same arguments give different outputs in eval mode")
