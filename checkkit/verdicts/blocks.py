"""A block's tape against the plan of the handout: convolution, BatchNorm, GELU, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..mistakes.layers import (
    activation_mistake,
    convolution_mistake,
    count_mistake,
    fc_mistake,
    no_running_statistics,
    order_mistake,
    statistics_mistake,
)
from ..runner import CheckFailed, Mistake, expect
from ..tapes import Entry, any_close, close, convolve, gelus, normalise


@dataclass(frozen=True)
class Plan:
    """One convolution as the handout draws it."""

    kernel: int
    stride: int
    padding: int
    transposed: bool = False

    def __str__(self) -> str:
        name = "ConvTranspose2d" if self.transposed else "Conv2d"
        return f"{name}({self.kernel}, stride {self.stride}, padding {self.padding})"


SAME, DOWN = Plan(3, 1, 1), Plan(3, 2, 1)
UP, SPREAD = Plan(4, 2, 1, transposed=True), Plan(7, 7, 0, transposed=True)
PLANS = {
    "Conv": (SAME,),
    "DownConv": (DOWN,),
    "UpConv": (UP,),
    "Unflatten": (SPREAD,),
    "ConvBlock": (SAME, SAME),
    "DownBlock": (DOWN, SAME, SAME),
    "UpBlock": (UP, SAME, SAME),
}


def assert_convolutions(
    block: str, x: np.ndarray, channels: int, y: np.ndarray, tape: Sequence[Entry], train: bool
) -> list[Entry]:
    """Follow x through the block's layers to y; return its batch norms.

    Args:
        block: a key of `PLANS`.
        x, y: input and output of the block.
        channels: how many channels it was asked to put out.
        tape: what it computed.
        train: whether batch statistics normalise.

    Raises:
        CheckFailed: the first step that is not the handout's.
    """
    convolutions = [entry for entry in tape if entry.kind == "conv"]
    norms = [entry for entry in tape if entry.kind == "batch_norm"]
    plans = PLANS[block]
    _count(block, "convolution", convolutions, plans)
    _count(block, "BatchNorm", norms, plans)
    a, before = [x], "its input"
    for i, (plan, conv, norm) in enumerate(zip(plans, convolutions, norms, strict=True)):
        where = f"{block}, layer {i + 1} of {len(plans)}" if len(plans) > 1 else block
        expect(
            any_close(conv.input, a),
            f"{where}: the convolution is not applied to {before}{_instead(conv.input, a)}",
            activation_mistake(block, conv.input, norms[i - 1]) if i else None,
        )
        expect(
            bool(conv.tensors["trainable"][0]),
            f"{where}: the convolution's weight is no parameter, so no optimizer would train it",
        )
        z = _convolved(where, plan, conv, channels)
        expect(
            close(norm.input, z),
            f"{where}: BatchNorm is not applied to the convolution's output",
            order_mistake(block, norm, z),
        )
        expect(
            train or "running_mean" in norm.tensors,
            f"{where}: BatchNorm keeps no running statistics, so that in eval mode its output "
            "depends on the other images of a batch",
            no_running_statistics(block),
        )
        n = normalise(z, norm, train)
        statistics = "of this batch (train mode)" if train else "that it keeps (eval mode)"
        expect(
            close(norm.output, n),
            f"{where}: BatchNorm does not normalise with the statistics {statistics}",
            statistics_mistake(block, norm, z, train),
        )
        a, before = gelus(n), "the GELU of the BatchNorm before it"
    if not any_close(y, a):
        raise CheckFailed(
            f"{block}: its output is not the GELU of its last BatchNorm{_instead(y, a)}",
            activation_mistake(block, y, norms[-1], [conv.input for conv in convolutions]),
        )
    return norms


def assert_running_statistics(block: str, norms: Sequence[Entry]) -> None:
    """Each batch norm moved its running mean and variance towards those of the batch.

    Any momentum passes (torch's own is 0.1), the same one for mean and variance.
    """
    for norm in norms:
        if "mean_after" not in norm.tensors:
            raise CheckFailed(
                f"{block}: BatchNorm keeps no running statistics, so that eval mode would depend "
                "on the other images of a batch",
                no_running_statistics(block),
            )
        n = norm.input[:, 0].size
        batch = {"mean": norm.input.mean((0, 2, 3)), "var": norm.input.var((0, 2, 3)) * n / (n - 1)}
        way = np.concatenate([batch[k] - norm.tensors[f"running_{k}"] for k in batch])
        step = np.concatenate(
            [norm.tensors[f"{k}_after"] - norm.tensors[f"running_{k}"] for k in batch]
        )
        momentum = float(way @ step / (way @ way))
        expect(
            1e-3 <= momentum <= 1.001,
            f"{block}: a call in train mode moved BatchNorm's running statistics by the "
            f"fraction {momentum:.3g} of the way to the batch's, expected 0.1 or so",
        )
        expect(
            np.abs(step - momentum * way).max() <= 1e-3 * np.abs(way).max(),
            f"{block}: BatchNorm's running statistics do not follow the batch's",
        )


def linear_layers(block: str, tape: Sequence[Entry], count: int) -> list[Entry]:
    """The Linear layers of a block, which has to run so many."""
    layers = [entry for entry in tape if entry.kind == "linear"]
    expect(len(layers) == count, f"{block} runs {len(layers)} Linear layers, expected {count}")
    return layers


def linear_output(
    where: str,
    layer: Entry,
    n_in: int,
    n_out: int,
    inputs: Sequence[np.ndarray],
    what: str = "the input",
    mistake: Mistake | None = None,
) -> np.ndarray:
    """The output of a Linear layer in float64.

    Args:
        inputs: what it has to be applied to, in words `what`; any of these will do.
        mistake: explains another input.

    Raises:
        CheckFailed: the layer has another size or input, or lacks a trainable weight or a bias.
    """
    weight = layer.tensors["weight"].astype(np.float64)
    ends = " to ".join(map(str, weight.shape))
    sizes_fit = weight.shape == (n_in, n_out)
    expect(sizes_fit, f"{where} maps {ends} numbers, expected {n_in} to {n_out}")
    trainable = layer.tensors["trainable"][0]
    expect(trainable, f"{where}: its weight is no parameter, so no optimizer would train it")
    expect(any_close(layer.input, inputs), f"{where} is not applied to {what}", mistake)
    expect("bias" in layer.tensors, f"{where} adds no bias")
    return layer.input.astype(np.float64) @ weight + layer.tensors["bias"]


def assert_fc_block(x: np.ndarray, channels: int, y: np.ndarray, tape: Sequence[Entry]) -> None:
    """Linear, GELU, Linear; the first layer changes the width."""
    first, second = linear_layers("FCBlock", tape, 2)
    z = linear_output("FCBlock, Linear 1 of 2", first, x.shape[1], channels, [x])
    mistake, what = fc_mistake(second.input, z, second=True), "the GELU of the first"
    where = "FCBlock, Linear 2 of 2"
    z = linear_output(where, second, channels, channels, gelus(z), what, mistake)
    if not close(y, z):
        raise CheckFailed(
            "FCBlock: its output is not that of its second Linear", fc_mistake(y, z, second=False)
        )


def _convolved(where: str, plan: Plan, conv: Entry, channels: int) -> np.ndarray:
    """The convolution's output, replayed; a plain message where it is another convolution."""
    shape = conv.tensors["weight"].shape
    ends = (conv.input.shape[1], channels)
    want = (*(ends if plan.transposed else ends[::-1]), plan.kernel, plan.kernel)
    expect(shape == want, f"{where}: the weight has shape {shape}, expected {want}, a {plan}")
    z = convolve(conv.input, conv, plan.stride, plan.padding, plan.transposed)
    if z.shape != conv.output.shape:
        raise CheckFailed(
            f"{where}: the convolution puts out {conv.output.shape[-2:]} pixels, expected "
            f"{z.shape[-2:]} as from a {plan}",
            _other_plan(where, plan, conv),
        )
    expect(
        close(conv.output, z),
        f"{where}: the convolution is no {plan}",
        _other_plan(where, plan, conv),
    )
    return z


def _other_plan(where: str, plan: Plan, conv: Entry) -> Mistake | None:
    return convolution_mistake(where, conv, plan.stride, plan.padding, plan.transposed)


def _count(block: str, what: str, actual: Sequence[Entry], plans: Sequence[Plan]) -> None:
    if len(actual) != len(plans):
        expected = ", ".join(str(plan) for plan in plans)
        raise CheckFailed(
            f"{block} runs {len(actual)} {what} layers, expected {len(plans)} ({expected}, each "
            "with BatchNorm and GELU)",
            count_mistake(block, what, len(actual)),
        )


def _instead(actual: np.ndarray, expected: Sequence[np.ndarray]) -> str:
    """A shape that is not the expected one."""
    if actual.shape == expected[0].shape:
        return ""
    return f" (its shape is {actual.shape}, expected {expected[0].shape})"
