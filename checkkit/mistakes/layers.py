"""Mistakes in blocks of convolution, BatchNorm and GELU, and in linear layers.

Each one is replayed with the block's own weights, to the tolerance of the check.
"""

from collections.abc import Sequence

import numpy as np

from ..runner import Mistake
from ..tapes import Entry, any_close, close, convolve, gelu, gelus, normalise
from .matching import only_one


def activation_mistake(
    block: str, actual: np.ndarray, norm: Entry, earlier: Sequence[np.ndarray] = ()
) -> Mistake | None:
    """Why `actual` is not the GELU of a BatchNorm's output.

    Args:
        earlier: what a shortcut may add: the inputs of the layers.
    """
    y = norm.output.astype(np.float64)
    if actual.shape != y.shape:
        return None
    after = {
        "no GELU": (y, "the GELU after BatchNorm is missing"),
        "ReLU": (y.clip(0), "ReLU is used in place of GELU"),
        "SiLU": (y / (1 + np.exp(-y)), "SiLU is used in place of GELU"),
        "leaky ReLU": (np.where(y > 0, y, 0.01 * y), "leaky ReLU is used in place of GELU"),
        "sigmoid": (1 / (1 + np.exp(-y)), "a sigmoid is used in place of GELU"),
        "tanh": (np.tanh(y), "tanh is used in place of GELU"),
        "GELU twice": (gelu(gelu(y, "none"), "none"), "GELU is applied twice"),
    }
    for number, x in enumerate(earlier):
        what = f"the output of layer {number}" if number else "the input of the block"
        story = f"{what} is added at the end; the handout has no shortcut"
        if x.shape == y.shape:
            sums = [*(x + a for a in gelus(y)), *gelus(x + y)]
            nearest = min(sums, key=lambda form: np.abs(actual - form).max())
            after[f"shortcut from {number}"] = (nearest, story)
    return only_one(
        [
            Mistake(f"{block}: {name}", f"In {block}, {story}.")
            for name, (form, story) in after.items()
            if close(actual, form)
        ]
    )


def order_mistake(block: str, norm: Entry, convolved: np.ndarray) -> Mistake | None:
    """Why a BatchNorm does not take the output of its convolution."""
    if any_close(norm.input, gelus(convolved)):
        words = f"In {block}, GELU comes before BatchNorm; it comes last."
        return Mistake(f"{block}: GELU before BatchNorm", words)
    if close(norm.input, convolved.clip(0)):
        words = f"In {block}, there is a ReLU between convolution and BatchNorm; GELU comes last."
        return Mistake(f"{block}: ReLU before BatchNorm", words)
    return None


def statistics_mistake(
    block: str, norm: Entry, convolved: np.ndarray, train: bool
) -> Mistake | None:
    """Why a BatchNorm does not use the statistics of its mode."""
    if "running_mean" not in norm.tensors:
        return None
    if not close(norm.output, normalise(convolved, norm, not train)):
        return None
    if train:
        words = f"In {block}, BatchNorm uses its running statistics in train mode too."
        return Mistake(f"{block}: running statistics in train mode", words)
    words = f"In {block}, BatchNorm uses the statistics of the batch in eval mode too."
    return Mistake(f"{block}: batch statistics in eval mode", words)


def no_running_statistics(block: str) -> Mistake:
    """A BatchNorm without running statistics."""
    words = f"In {block}, BatchNorm keeps no running statistics (track_running_stats=False)."
    return Mistake(f"{block}: no running statistics", words)


def count_mistake(block: str, what: str, actual: int) -> Mistake | None:
    """Why a block runs this many layers of a kind."""
    if what == "BatchNorm" and actual == 0:
        return Mistake(
            f"{block}: no BatchNorm", f"In {block} there is no BatchNorm (nn.BatchNorm2d)."
        )
    return None


def convolution_mistake(
    block: str, conv: Entry, stride: int, padding: int, transposed: bool
) -> Mistake | None:
    """Why a convolution with a right kernel does not have this stride and padding."""
    if transposed:
        return None
    fitting = []
    for other in (1, 2, 3):
        for pad in range(conv.tensors["weight"].shape[-1]):
            if (other, pad) != (stride, padding):
                y = convolve(conv.input, conv, other, pad)
                if y.size and close(conv.output, y):
                    fitting.append((other, pad))
    if len(fitting) != 1:
        return None
    other, pad = fitting[0]
    words = (
        f"In {block}, the convolution has stride {other} and padding {pad}; it needs stride "
        f"{stride} and padding {padding}."
    )
    return Mistake(f"{block}: stride {other}, padding {pad}", words)


def fc_mistake(actual: np.ndarray, before: np.ndarray, second: bool) -> Mistake | None:
    """Why (N, K) values are wrong after a Linear with the output `before`.

    The second Linear takes its GELU; FCBlock returns the output itself.
    """
    stories: dict[str, tuple[Sequence[np.ndarray], str]] = {
        "no GELU": ([before] if second else [], "the GELU between the two Linear is missing"),
        "ReLU": ([before.clip(0)], "ReLU is used in place of GELU" if second else
                 "a ReLU follows the second Linear; nothing has to follow"),
        "GELU at the end": ([] if second else gelus(before),
                            "a GELU follows the second Linear; nothing has to follow"),
    }  # fmt: skip
    fitting = [
        Mistake(f"FCBlock: {name}", f"In FCBlock, {story}.")
        for name, (forms, story) in stories.items()
        if any_close(actual, forms)
    ]
    return only_one(fitting)


# for: fc
def fc_op_mistake(y: np.ndarray, z: np.ndarray) -> Mistake | None:
    """Why y is not the GELU of z, the output of FC's Linear layer."""
    if close(y, z):
        return Mistake("FC: no GELU", "The output is that of the Linear layer; GELU is missing.")
    if close(y, z.clip(0)):
        return Mistake("FC: ReLU for GELU", "The output is the ReLU of the Linear layer's output.")
    return None


# end for
def flatten_mistake(y: np.ndarray, x: np.ndarray) -> Mistake | None:
    """Why (N, C, 1, 1) is not the GELU of the averages of x (N, C, 7, 7)."""
    x = x.astype(np.float64)
    mean, maximum = x.mean((2, 3), keepdims=True), x.max((2, 3), keepdims=True)
    stories = {
        "no GELU": ([mean], "the GELU of the average is missing"),
        "GELU first": (
            [form.mean((2, 3), keepdims=True) for form in gelus(x)],
            "GELU comes before the average; it has to come after",
        ),
        "maximum": (
            [maximum, *gelus(maximum)],
            "it takes the maximum; use the average (AvgPool2d)",
        ),
        "sum": (
            [49 * mean, *gelus(49 * mean)],
            "it sums the pixels; use their average",
        ),
        "ReLU": ([mean.clip(0)], "ReLU is used in place of GELU"),
    }
    fitting = [
        Mistake(f"Flatten: {name}", f"In Flatten, {story}.")
        for name, (forms, story) in stories.items()
        if any_close(y, forms)
    ]
    return only_one(fitting)
