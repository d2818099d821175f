"""The stages of a UNet against the figure: what each one takes, its width, where the skips end.

The outputs of blocks are not checked here.
"""

from collections.abc import Sequence

import numpy as np

from ..mistakes.skip_connections import output_mistake, skip_mistake
from ..runner import CheckFailed, Mistake, expect
from ..runner.outcomes import Blocked
from ..tapes import Entry, any_close, close, gelus
from .stages import (
    DOWN1,
    DOWN2,
    ENTER,
    LAST,
    LEAVE,
    PLAN,
    POOLS,
    SKIPS,
    UNFLATTEN,
    Stage,
    read_stages,
    steps_of,
    wrong_order,
)

KERNELS = {"c": (3,), "d": (3,), "u": (4,), "U": (7,)}


def assert_stage_order(tape: Sequence[Entry], x: np.ndarray) -> None:
    """Each stage has its layers and takes the output of the stage before; the ends of skips have
    their own check.
    """
    try:
        stages = read_stages(tape)
    except Blocked:
        raise CheckFailed(wrong_order(tape)) from None
    for name, stage in stages.items():
        expect(stage.steps == PLAN[name], wrong_order(tape))
        expect(not stage.fault, stage.fault)
    expect(close(stages[ENTER].input, x), f"{ENTER} does not take the image itself")
    for stage in stages.values():
        for before, entry in zip(stage.joints, stage.entries[1:], strict=False):
            follows = any_close(entry.input, before)
            expect(follows, f"{stage.name}: its layers do not follow one another")
    for before, after in ((ENTER, DOWN1), (DOWN1, DOWN2), (LEAVE, LAST)):
        expect(
            any_close(stages[after].input, stages[before].outputs),
            f"{after} does not take the output of {before}",
        )
    assert_flatten(tape, stages)


def assert_widths(tape: Sequence[Entry], channels: int, hiddens: int) -> None:
    """Each stage has as many output channels as in the figure, and plain layers its kernels."""
    D = hiddens
    widths = dict(zip(PLAN, (D, D, 2 * D, 2 * D, D, D, D, channels), strict=True))
    for name, stage in read_stages(tape).items():
        actual = stage.outputs[0].shape[1]
        expect(
            actual == widths[name],
            f"{name} has {actual} output channels, expected {widths[name]} "
            f"(in_channels {channels}, num_hiddens {D})",
        )
        for entry in stage.entries:
            if entry.kind == "conv":
                kernel = entry.tensors["weight"].shape[-1]
                fits = kernel in KERNELS[steps_of(entry)] or (name == LAST and kernel == 1)
                have = f"{name} has a {kernel}x{kernel} convolution"
                expect(fits, f"{have}, expected as in the figure")


def assert_skip(tape: Sequence[Entry], end: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """A skip reaches stage `end` unchanged, in the first or the last channels of its input.

    Returns:
        The other channels, and the output of the stage below (in each form of GELU).

    Raises:
        CheckFailed: the skip does not reach it, or the widths do not fit.
    """
    stages = read_stages(tape)
    below, source = SKIPS[end]
    x, skips, lower = stages[end].input, stages[source].outputs, stages[below].outputs
    k, others = skips[0].shape[1], lower[0].shape[1]
    if x.shape[1] >= k:
        for skip, rest in ((x[:, :k], x[:, k:]), (x[:, -k:], x[:, :-k])):
            if rest.shape[1] == others and any_close(skip, skips):
                return rest, lower
    forms = {name: stage.outputs for name, stage in stages.items()}
    mistake = skip_mistake(end, source, below, x, forms)
    channels = [x[:, i] for i in range(x.shape[1])]
    arrived = sum(any_close(skips[0][:, i], channels) for i in range(k))
    expect(
        arrived not in (0, k) or x.shape[1] == k + others,
        f"{end} takes {x.shape[1]} channels, expected {k + others}: the {others} of {below} "
        f"and, concatenated, the {k} of {source}",
        mistake,
    )
    count = {0: "none", k: "not exactly one block"}.get(arrived, f"only {arrived}")
    raise CheckFailed(
        f"{end} gets no skip from {source}: {count} of its {x.shape[1]} input channels "
        f"equal{'s' if arrived in (0, k) else ''} that block's output",
        mistake,
    )


def assert_last_layer(tape: Sequence[Entry], output: np.ndarray) -> None:
    """The network returns the output of its last convolution.

    Raises:
        CheckFailed: something follows, or the last layer is a whole block.
    """
    stages = read_stages(tape)
    entry = stages[LAST].entries[0]
    if entry.kind != "conv":
        raise CheckFailed(
            f"the last layer is a {entry.kind}, expected a plain Conv2d",
            Mistake(
                f"after the last convolution: {entry.kind}",
                f"The last layer is a {entry.kind}, with BatchNorm and GELU behind its "
                "convolution; nothing follows the last convolution.",
            ),
        )
    if not close(output, entry.output):
        where = next(i for i, e in enumerate(tape) if e is entry)
        norm = any(e.kind == "batch_norm" for e in tape[where + 1 :])
        what = "a BatchNorm" if norm else "something"
        raise CheckFailed(
            f"{what} follows the last convolution: its output goes from "
            f"{entry.output.min():.3f} to {entry.output.max():.3f}, the network's from "
            f"{output.min():.3f} to {output.max():.3f}",
            output_mistake(entry, tape[where + 1 :], stages[ENTER].input, output),
        )


def assert_flatten(tape: Sequence[Entry], stages: dict[str, Stage]) -> None:
    """From the second DownBlock to Unflatten: the block Flatten, or an average and GELU."""
    source, spread = stages[DOWN2].outputs, stages[UNFLATTEN].input
    start = next(i for i, e in enumerate(tape) if e is stages[DOWN2].entries[-1])
    end = next(i for i, e in enumerate(tape) if e is stages[UNFLATTEN].entries[0])
    between = [e for e in tape[start + 1 : end] if e.kind in POOLS]
    expect(between, f"there is no Flatten between {DOWN2} and Unflatten")
    flatten = between[0]
    expect(any_close(flatten.input, source), f"Flatten does not take the output of {DOWN2}")
    if flatten.kind == "Flatten":
        same = close(spread, flatten.output.reshape(spread.shape))
        expect(same, "Unflatten does not take the output of Flatten")
    else:
        mean = flatten.input.mean((2, 3), keepdims=True, dtype=np.float64)
        expect(
            any_close(spread, gelus(mean)),
            "Unflatten does not take the GELU of the averages of the 7 x 7 feature maps",
        )
