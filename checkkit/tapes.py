"""Read the tape of `checkkit/spies/tape.py`, and replay its layers in float64."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from .runner import Array, Text, expect
from .runner.outcomes import ProtocolBroken

TAPE = {
    "labels": Text(32_000),
    "shapes": Array((None, 5), "int64"),
    "values": Array((None,), finite=False, most=None),  # `read_tape` limits it
}
GELUS = ("none", "tanh")
# Several times what the largest right network of a check has. The time for comparing layers grows
# with the square of their width.
MOST_NUMBERS = 1_500_000  # in all tensors of a tape
MOST_CHANNELS = 512
MOST_LAYERS = 200


@dataclass(frozen=True)
class Entry:
    """One layer or block call: what it is and its tensors (float32 arrays) by name."""

    kind: str
    tensors: Mapping[str, np.ndarray]

    @property
    def input(self) -> np.ndarray:
        return self.tensors["input"]

    @property
    def output(self) -> np.ndarray:
        return self.tensors["output"]

    @property
    def outputs(self) -> list[np.ndarray]:
        """All tensors that a block returned: one, unless it returns a tuple."""
        return [array for name, array in self.tensors.items() if name.startswith("output")]

    def __str__(self) -> str:
        if self.kind != "conv":
            return self.kind
        size = self.tensors["weight"].shape[-1]
        return f"convolution({self.input.shape[1]} to {self.output.shape[1]}, {size}x{size})"


def read_tape(evidence: Mapping[str, Any]) -> list[Entry]:
    """The entries of a tape, in call order; `evidence` holds what `TAPE` declares.

    Raises:
        CheckFailed: the layers are much larger than those that the check has asked for.
        ProtocolBroken: torch cannot run a layer with tensors of these shapes.
    """
    count = evidence["values"].size
    expect(
        count <= MOST_NUMBERS,
        f"the layers that ran hold {count:,} numbers (inputs, outputs and weights), expected "
        f"{MOST_NUMBERS:,} at most: is the width of each layer computed from the arguments?",
    )
    widest = evidence["shapes"][:, 2].max(initial=0)  # each row: number of dimensions, dimensions
    expect(
        widest <= MOST_CHANNELS,
        f"a layer has {widest:,} channels, expected {MOST_CHANNELS} at most: is the width of each "
        "layer computed from the arguments?",
    )
    sizes = [tuple(row[1 : 1 + row[0]].tolist()) for row in evidence["shapes"]]
    labels = evidence["labels"].split("\n") if sizes else []
    ends = np.cumsum([0, *(int(np.prod(size)) for size in sizes)])
    entries: dict[str, tuple[str, dict]] = {}
    for label, size, start, end in zip(labels, sizes, ends[:-1], ends[1:], strict=True):
        number, kind, name = label.split(" ")
        tensors = entries.setdefault(number, (kind, {}))[1]
        tensors[name] = evidence["values"][start:end].reshape(size)
    expect(
        len(entries) <= MOST_LAYERS,
        f"{len(entries):,} layers run, expected {MOST_LAYERS} at most",
    )
    if not all(_fit(kind, tensors) for kind, tensors in entries.values()):
        raise ProtocolBroken("a layer is reported with tensors that do not fit each other")
    return [Entry(kind, tensors) for kind, tensors in entries.values()]


def _fit(kind: str, tensors: Mapping[str, np.ndarray]) -> bool:
    """Whether a layer of this kind can have tensors of these shapes.

    NumPy would make others as large as each other, whatever memory that takes.
    """
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    before, after = shapes["input"], shapes["output"]
    bias = shapes.get("bias", ())
    if kind == "batch_norm":
        held = shapes.keys() - {"input", "output", "eps"}
        return before == after and all(shapes[name] == before[1:2] for name in held)
    if kind == "conv":
        return len(shapes["weight"]) == 4 and bias in ((), after[-3:-2])
    if kind == "linear":
        return len(bias) <= len(after) and np.broadcast_shapes(bias, after) == after
    return True


def close(a: np.ndarray, b: np.ndarray, tol: float = 1e-4) -> bool:
    """Whether two arrays have one shape and differ by at most `tol` of b's scale (or of 1)."""
    if a.shape != b.shape:
        return False
    return bool(np.abs(a - b).max(initial=0) <= tol * max(1.0, np.abs(b).max(initial=0)))


def any_close(a: np.ndarray, others: Iterable[np.ndarray]) -> bool:
    """Whether an array is close to one of several others."""
    return any(close(a, other) for other in others)


def gelu(x: np.ndarray, form: str) -> np.ndarray:
    """GELU in float64, exact ("none") or in its tanh form."""
    return functional.gelu(torch.from_numpy(np.float64(x)), approximate=form).numpy()


def gelus(x: np.ndarray) -> list[np.ndarray]:
    """Both forms of GELU, which a submission may use alike."""
    return [gelu(x, form) for form in GELUS]


def convolve(
    x: np.ndarray, entry: Entry, stride: int, padding: int, transposed: bool = False
) -> np.ndarray:
    """A convolution in float64 with the weights that an entry holds."""
    weight = torch.from_numpy(np.float64(entry.tensors["weight"]))
    bias = entry.tensors.get("bias")
    bias = None if bias is None else torch.from_numpy(np.float64(bias))
    layer = functional.conv_transpose2d if transposed else functional.conv2d
    return layer(torch.from_numpy(np.float64(x)), weight, bias, stride, padding).numpy()


def normalise(x: np.ndarray, entry: Entry, train: bool) -> np.ndarray:
    """Batch norm in float64 with the parameters that an entry holds; with batch statistics in
    train mode, in eval mode with the running ones that it has to hold.
    """
    held = entry.tensors
    if train:
        mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
    else:
        mean, var = held["running_mean"], held["running_var"]
    columns = (slice(None), None, None)
    eps = held["eps"].astype(np.float64).item()
    x = (x - mean[columns]) / np.sqrt(np.float64(var) + eps)[columns]
    if "weight" in held:
        x = x * held["weight"][columns]
    return x + held["bias"][columns] if "bias" in held else x
