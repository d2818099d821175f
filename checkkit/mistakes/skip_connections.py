"""Wrong connections of a UNet: its skips, and what follows the last convolution."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..runner import Mistake
from ..tapes import Entry, any_close, close, gelus
from .matching import only_one


def skip_mistake(
    end: str,
    source: str,
    below: str,
    x: np.ndarray,
    outputs: Mapping[str, Sequence[np.ndarray]],
) -> Mistake | None:
    """Why stage `end` takes x and not the outputs of the stages `below` and `source`."""
    lower, skip = outputs[below], outputs[source]
    name = f"skip to {end}"
    if any_close(x, lower):
        words = f"The skip from {source} to {end} is missing: {end} takes {below} alone."
        return Mistake(f"{name}: missing", words)
    for one in lower:
        for other in skip:
            if one.shape == other.shape and close(x, one + other):
                words = f"The skip from {source} is added to {below}; concatenate the two."
                return Mistake(f"{name}: added", words)
    others = set()
    for one in lower:
        for rest in _beside(x, one):
            if close(rest, 0 * rest):
                others.add("zeros")
            others |= {
                stage
                for stage, forms in outputs.items()
                if stage != source and any_close(rest, forms)
            }
    stage = only_one(others)
    words = f"Beside {below}, {end} takes {stage}; the skip comes from {source}."
    return stage and Mistake(f"{name}: {stage}", words)


def _beside(x: np.ndarray, part: np.ndarray) -> list[np.ndarray]:
    """The other channels of x, if `part` is at the beginning or the end."""
    k = part.shape[1]
    if x.shape[1] <= k or x.shape[2:] != part.shape[2:]:
        return []
    ends = ((x[:, :k], x[:, k:]), (x[:, -k:], x[:, :-k]))
    return [rest for here, rest in ends if close(here, part)]


def output_mistake(
    last: Entry, after: Sequence[Entry], x: np.ndarray | None, output: np.ndarray
) -> Mistake | None:
    """Why the network returns `output` and not the output of its last convolution.

    Args:
        after: the layers on the tape behind it.
        x: the images, None where they are not known.
    """
    y = last.output.astype(np.float64)
    forms = {
        "GELU": (gelus(y), "a GELU"),
        "sigmoid": ([1 / (1 + np.exp(-y))], "a sigmoid"),
        "tanh": ([np.tanh(y)], "a tanh"),
        "ReLU": ([y.clip(0)], "a ReLU"),
        "clamp to [0, 1]": ([y.clip(0, 1)], "a clamp to [0, 1]"),
        "clamp to [-1, 1]": ([y.clip(-1, 1)], "a clamp to [-1, 1]"),
    }
    if x is not None and x.shape == y.shape:
        forms["+ x"] = ([y + x], "the sum with the network's input")
        forms["x -"] = ([x - y], "the difference to the network's input")
    for norm in after:
        if norm.kind == "batch_norm" and close(norm.input, y):
            forms["BatchNorm"] = ([norm.output], "a BatchNorm")
            forms["BatchNorm, GELU"] = (gelus(norm.output),
                                        "a BatchNorm with its GELU")  # fmt: skip
    fitting = [
        Mistake(f"after the last convolution: {name}", f"After the last convolution comes "
                f"{story}; nothing has to follow it.")
        for name, (values, story) in forms.items()
        if any_close(output, values)
    ]  # fmt: skip
    return only_one(fitting)
