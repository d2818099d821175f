"""A UNet's tape against the figure: which stage is which, what each one takes, where the skips end.

A stage is known by its resolution changes, whether it is one call of a class of `blocks.py` or a
row of plain layers; the blocks' own outputs are taken as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..mistakes.skip_connections import output_mistake, skip_mistake
from ..runner import CheckFailed, Mistake
from ..tapes import GELUS, Entry, close, gelu

__tracebackhide__ = True  # pytest shows the check and your file, not what lies between

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


@dataclass
class Stage:
    """One part of the figure; `outputs` holds one array, or one for each form of GELU."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    joints: list[list[np.ndarray]] = field(default_factory=list)

    @property
    def input(self) -> np.ndarray:
        return self.entries[0].input

    @property
    def outputs(self) -> list[np.ndarray]:
        return self.joints[-1]


def read_stages(tape: Sequence[Entry]) -> dict[str, Stage]:
    """The stages of the figure, by name.

    Raises:
        CheckFailed: the tape is not that of a network with these stages in this order.
    """
    layers = [(i, entry) for i, entry in enumerate(tape) if _steps(entry)]
    seen = "".join(_steps(entry) for _, entry in layers)
    wrong = CheckFailed(f"the network runs {_told(tape)}; expected {ORDER}")
    if seen != "".join(PLAN.values()):
        raise wrong
    stages: dict[str, Stage] = {}
    upcoming = iter(layers)
    for name, steps in PLAN.items():
        stage = stages[name] = Stage(name)
        done = ""
        while len(done) < len(steps):
            i, entry = next(upcoming)
            done += _steps(entry)
            stage.entries.append(entry)
            stage.joints.append(_activated(tape, i, name))
        if done != steps:
            raise wrong
    return stages


def assert_stage_order(tape: Sequence[Entry], x: np.ndarray) -> None:
    """Each stage takes what the one before puts out; the skips' ends are not looked at.

    Raises:
        CheckFailed: the first stage that takes something else.
    """
    stages = read_stages(tape)
    _expect(close(stages[ENTER].input, x), f"{ENTER} does not take the image itself")
    for stage in stages.values():
        for before, entry in zip(stage.joints, stage.entries[1:], strict=False):
            _expect(
                _any(entry.input, before), f"{stage.name}: its layers do not follow one another"
            )
    for before, after in ((ENTER, DOWN1), (DOWN1, DOWN2), (LEAVE, LAST)):
        _expect(
            _any(stages[after].input, stages[before].outputs),
            f"{after} does not take the output of {before}",
        )
    assert_flatten(tape, stages)


def assert_widths(tape: Sequence[Entry], channels: int, hiddens: int) -> None:
    """Each stage puts out as many channels as the figure says, and plain layers have its kernels.

    Raises:
        CheckFailed: the first stage that does not.
    """
    D = hiddens
    widths = dict(zip(PLAN, (D, D, 2 * D, 2 * D, D, D, D, channels), strict=True))
    for name, stage in read_stages(tape).items():
        seen = stage.outputs[0].shape[1]
        _expect(
            seen == widths[name],
            f"{name} puts out {seen} channels, expected {widths[name]} "
            f"(in_channels {channels}, num_hiddens {D})",
        )
        for entry in stage.entries:
            if entry.kind == "conv":
                kernel = entry.tensors["weight"].shape[-1]
                fits = kernel in KERNELS[_steps(entry)] or (name == LAST and kernel == 1)
                _expect(
                    fits, f"{name} holds a {kernel}x{kernel} convolution, expected as in the figure"
                )


def assert_skip(tape: Sequence[Entry], end: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """A skip arrives at stage `end` unchanged, at either end of the concatenated channels.

    Returns:
        The other channels, and what the stage below put out (in each form): the same, or modulated.

    Raises:
        CheckFailed: the skip does not arrive, or the widths do not fit.
    """
    stages = read_stages(tape)
    below, source = SKIPS[end]
    x, skips, lower = stages[end].input, stages[source].outputs, stages[below].outputs
    k, others = skips[0].shape[1], lower[0].shape[1]
    if x.shape[1] >= k:
        for skip, rest in ((x[:, :k], x[:, k:]), (x[:, -k:], x[:, :-k])):
            if rest.shape[1] == others and _any(skip, skips):
                return rest, lower
    forms = {name: stage.outputs for name, stage in stages.items()}
    mistake = skip_mistake(end, source, below, x, forms)
    arrived = sum(_holds(x, skips[0][:, i]) for i in range(k))
    if arrived in (0, k) and x.shape[1] != k + others:
        raise CheckFailed(
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
    """The network returns what its last convolution puts out.

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
            f"{what} follows the last convolution: it puts out values from "
            f"{entry.output.min():.3f} to {entry.output.max():.3f}, the network from "
            f"{output.min():.3f} to {output.max():.3f}",
            output_mistake(entry, tape[where + 1 :], stages[ENTER].input, output),
        )


def assert_flatten(tape: Sequence[Entry], stages: dict[str, Stage]) -> None:
    """From the second DownBlock to Unflatten: the block Flatten, or an average and GELU."""
    source, spread = stages[DOWN2].outputs, stages[UNFLATTEN].input
    start = next(i for i, e in enumerate(tape) if e is stages[DOWN2].entries[-1])
    end = next(i for i, e in enumerate(tape) if e is stages[UNFLATTEN].entries[0])
    between = [e for e in tape[start + 1 : end] if e.kind in ("Flatten", "pool")]
    _expect(bool(between), f"there is no Flatten between {DOWN2} and Unflatten")
    flatten = between[0]
    _expect(_any(flatten.input, source), f"Flatten does not take the output of {DOWN2}")
    put_out = flatten.output.reshape(spread.shape)
    if flatten.kind == "Flatten":
        _expect(close(spread, put_out), "Unflatten does not take the output of Flatten")
    else:
        mean = flatten.input.mean((2, 3), keepdims=True, dtype=np.float64)
        _expect(
            _any(spread, [gelu(mean, form) for form in GELUS]),
            "Unflatten does not take the GELU of the averages of the 7 x 7 feature maps",
        )


def _steps(entry: Entry) -> str:
    """What a layer does to the resolution; empty for what is no layer of the image path."""
    if entry.kind != "conv":
        return STEPS.get(entry.kind, "")
    before, after = entry.input.shape[-1], entry.output.shape[-1]
    if entry.input.ndim != 4 or before == after == 1:
        return ""
    if (before, after) == (1, 7):
        return "U"
    return {1: "c", 0.5: "d", 2: "u"}.get(after / before, "?")


def _activated(tape: Sequence[Entry], i: int, stage: str) -> list[np.ndarray]:
    """What entry i hands on: a block's output, or GELU(BatchNorm(convolution))."""
    entry = tape[i]
    if entry.kind != "conv" or stage == LAST:
        return [entry.output]
    norm = tape[i + 1] if i + 1 < len(tape) else entry
    if norm.kind != "batch_norm" or not close(norm.input, entry.output):
        raise CheckFailed(f"{stage}: a convolution is not followed by BatchNorm")
    return [gelu(norm.output, form) for form in GELUS]


def _told(tape: Sequence[Entry]) -> str:
    return ", ".join(_names(tape)) or "no layers at all"


def _names(tape: Sequence[Entry]) -> Iterator[str]:
    for entry in tape:
        if _steps(entry) or entry.kind in ("Flatten", "pool"):
            yield str(entry)


def _any(seen: np.ndarray, forms: Sequence[np.ndarray]) -> bool:
    return any(close(seen, form) for form in forms)


def _holds(x: np.ndarray, channel: np.ndarray) -> bool:
    return any(close(x[:, i], channel) for i in range(x.shape[1]))


def _expect(condition: bool, message: str) -> None:
    if not condition:
        raise CheckFailed(message)
