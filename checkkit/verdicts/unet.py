"""The tape of a UNet against the figure: its stages, what each one takes, where the skips end.

A stage is recognised by its changes of resolution, as a class of `blocks.py` or as plain layers.
The outputs of blocks are not checked here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..mistakes.skip_connections import output_mistake, skip_mistake
from ..runner import CheckFailed, Mistake, expect
from ..runner.outcomes import Blocked
from ..tapes import Entry, any_close, close, gelus

# c keeps the resolution, d halves it, u doubles it, U goes from 1 x 1 to 7 x 7
STEPS = {
    "Conv": "c",
    "DownConv": "d",
    "UpConv": "u",
    "Unflatten": "U",
    "ConvBlock": "cc",
    "DownBlock": "dcc",
    "UpBlock": "ucc",
}
PLAN = {
    "the first ConvBlock": "cc",
    "the first DownBlock": "dcc",
    "the second DownBlock": "dcc",
    "Unflatten": "U",
    "up1 (the first UpBlock)": "ucc",
    "up2 (the second UpBlock)": "ucc",
    "the last ConvBlock": "cc",
    "the last convolution": "c",
}
ENTER, DOWN1, DOWN2, UNFLATTEN, UP1, UP2, LEAVE, LAST = PLAN
KERNELS = {"c": (3,), "d": (3,), "u": (4,), "U": (7,)}
SKIPS = {UP1: (UNFLATTEN, DOWN2), UP2: (UP1, DOWN1), LEAVE: (UP2, ENTER)}
ORDER = "ConvBlock, DownBlock, DownBlock, Flatten, Unflatten, UpBlock, UpBlock, ConvBlock, Conv2d"
POOLS = ("Flatten", "pool")
STAGES = "The stages of the UNet are those of the figure."


@dataclass
class Stage:
    """One part of the figure.

    `joints` are the outputs of its layers: one array each, or one for each form of GELU. `fault`
    says what is wrong with a layer.
    """

    name: str
    entries: list[Entry] = field(default_factory=list)
    joints: list[list[np.ndarray]] = field(default_factory=list)
    fault: str = ""

    @property
    def input(self) -> np.ndarray:
        if not self.entries:
            raise Blocked(STAGES, f"The network does not run {self.name}")
        return self.entries[0].input

    @property
    def outputs(self) -> list[np.ndarray]:
        if not self.joints:
            raise Blocked(STAGES, f"The network does not run {self.name}")
        return self.joints[-1]

    @property
    def steps(self) -> str:
        return "".join(map(_steps, self.entries))


def read_stages(tape: Sequence[Entry]) -> dict[str, Stage]:
    """The stages of the figure, by name; where the resolution changes, another one begins.

    Their layers may be more or fewer than in the figure: `assert_stage_order` looks at that.

    Raises:
        Blocked: the tape is not that of a network with these stages in this order.
    """
    layers = [(i, entry) for i, entry in enumerate(tape) if _steps(entry)]
    stages = {name: Stage(name) for name in PLAN}
    upcoming = iter(PLAN)
    stage = stages[next(upcoming)]
    for number, (i, entry) in enumerate(layers):
        last = number == len(layers) - 1
        moves = _steps(entry)[0] != "c" or (stage.name == UP2 and len(stage.steps) >= 3) or last
        if moves and stage.name != LAST:
            stage = stages[next(upcoming)]
        if last and stage.name == LEAVE:  # there is none
            stage = stages[next(upcoming)]
        stage.entries.append(entry)
        outputs, fault = _activated(tape, i, stage.name)
        stage.joints.append(outputs)
        stage.fault = stage.fault or fault
    if any(stage.steps[:1] != PLAN[name][0] for name, stage in stages.items() if name != LEAVE):
        raise Blocked(STAGES, _wrong_order(tape))
    return stages


def _wrong_order(tape: Sequence[Entry]) -> str:
    names = ", ".join(str(entry) for entry in tape if _steps(entry) or entry.kind in POOLS)
    return f"the network runs {names or 'no layers at all'}; expected {ORDER}"


def assert_stage_order(tape: Sequence[Entry], x: np.ndarray) -> None:
    """Each stage has its layers and takes the output of the stage before; the ends of skips have
    their own check.
    """
    try:
        stages = read_stages(tape)
    except Blocked:
        raise CheckFailed(_wrong_order(tape)) from None
    for name, stage in stages.items():
        expect(stage.steps == PLAN[name], _wrong_order(tape))
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
                fits = kernel in KERNELS[_steps(entry)] or (name == LAST and kernel == 1)
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


def _steps(entry: Entry) -> str:
    """What a layer does to the resolution; empty for other layers."""
    if entry.kind != "conv":
        return STEPS.get(entry.kind, "")
    before, after = entry.input.shape[-1], entry.output.shape[-1]
    if entry.input.ndim != 4 or before == after == 1:
        return ""
    if (before, after) == (1, 7):
        return "U"
    return {1: "c", 0.5: "d", 2: "u"}.get(after / before, "?")


def _activated(tape: Sequence[Entry], i: int, stage: str) -> tuple[list[np.ndarray], str]:
    """What the next layer should take of entry i: a block's output, or GELU(BatchNorm(conv)).

    Without BatchNorm, that is the fault, and the layer's own output may be meant.
    """
    entry = tape[i]
    if entry.kind != "conv" or stage == LAST:
        size = entry.input.shape[-1] * {"d": 0.5, "u": 2, "U": 7}.get(_steps(entry)[0], 1)
        return [y for y in entry.outputs if y.shape[-1] == size] or entry.outputs, ""
    norm = tape[i + 1] if i + 1 < len(tape) else entry
    if norm.kind == "batch_norm" and close(norm.input, entry.output):
        return gelus(norm.output), ""
    fault = f"{stage}: a convolution is not followed by BatchNorm"
    return [entry.output, *gelus(entry.output)], fault
