"""The tape of a UNet, read as the stages of the figure.

A stage is recognised by its changes of resolution, as a class of `blocks.py` or as plain layers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..runner.outcomes import Blocked
from ..tapes import Entry, close, gelus

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
        return "".join(map(steps_of, self.entries))


def read_stages(tape: Sequence[Entry]) -> dict[str, Stage]:
    """The stages of the figure, by name; where the resolution changes, another one begins.

    Their layers may be more or fewer than in the figure: `assert_stage_order` looks at that.

    Raises:
        Blocked: the tape is not that of a network with these stages in this order.
    """
    layers = [(i, entry) for i, entry in enumerate(tape) if steps_of(entry)]
    stages = {name: Stage(name) for name in PLAN}
    upcoming = iter(PLAN)
    stage = stages[next(upcoming)]
    for number, (i, entry) in enumerate(layers):
        last = number == len(layers) - 1
        moves = steps_of(entry)[0] != "c" or (stage.name == UP2 and len(stage.steps) >= 3) or last
        if moves and stage.name != LAST:
            stage = stages[next(upcoming)]
        if last and stage.name == LEAVE:  # there is none
            stage = stages[next(upcoming)]
        stage.entries.append(entry)
        outputs, fault = _activated(tape, i, stage.name)
        stage.joints.append(outputs)
        stage.fault = stage.fault or fault
    if any(stage.steps[:1] != PLAN[name][0] for name, stage in stages.items() if name != LEAVE):
        raise Blocked(STAGES, wrong_order(tape))
    return stages


def wrong_order(tape: Sequence[Entry]) -> str:
    """Which layers the network runs, and which ones it should."""
    names = ", ".join(str(entry) for entry in tape if steps_of(entry) or entry.kind in POOLS)
    return f"the network runs {names or 'no layers at all'}; expected {ORDER}"


def steps_of(entry: Entry) -> str:
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
        size = entry.input.shape[-1] * {"d": 0.5, "u": 2, "U": 7}.get(steps_of(entry)[0], 1)
        return [y for y in entry.outputs if y.shape[-1] == size] or entry.outputs, ""
    norm = tape[i + 1] if i + 1 < len(tape) else entry
    if norm.kind == "batch_norm" and close(norm.input, entry.output):
        return gelus(norm.output), ""
    fault = f"{stage}: a convolution is not followed by BatchNorm"
    return [entry.output, *gelus(entry.output)], fault
