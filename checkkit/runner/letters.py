"""Shapes in the letters of the contract, where a size has one meaning alone; else in numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

FIXED = {0, 1, 7, 14, 28}  # sizes that every net has


class Letters:
    """The sizes that the inputs of a probe fix.

    N and T are told from the first dimension alone, widths from the second; where two letters stand
    for the same number, neither is used.
    """

    def __init__(self, inputs: Mapping[str, Any]):
        first: dict[str, int] = {}
        second: dict[str, int] = {}
        if (count := _images(inputs)) is not None:
            first = {"N": count, "2N": 2 * count}
        self.num_ts = _num_ts(inputs)
        if self.num_ts is not None:
            first |= {"T": self.num_ts, "T + 1": self.num_ts + 1}
        sizes = inputs.get("sizes", ())
        if isinstance(inputs.get("name"), str) and len(sizes) == 2:  # of a block
            second |= {"in_channels": sizes[0], "out_channels": sizes[1]}
        elif D := inputs.get("num_hiddens") or (sizes[-1] if len(sizes) in (2, 3) else 0):
            second = {"D": D, "2D": 2 * D, "4D": 4 * D}
        if len(sizes) == 3:
            second["num_classes"] = sizes[1]
        both = [*first.items(), *second.items()]
        times = Counter(size for _, size in both)
        letters = [(x, size) for x, size in both if times[size] == 1 and size not in FIXED]
        self._first = {size: x for x, size in letters}
        self._second = {size: x for x, size in letters if x in second}

    def width(self, size: int) -> str:
        """A number of channels or features."""
        return self._second.get(size, str(size))

    def count(self, size: int) -> str:
        """The length of a first dimension."""
        return self._first.get(size, str(size))

    def shape(self, shape: Iterable[int]) -> str:
        """A shape, such as (N, 2D, 7, 7)."""
        sizes = list(shape)
        words = [self.count(sizes[0])] if sizes else []
        words += map(self.width, sizes[1:2])
        words += map(str, sizes[2:])
        return f"({', '.join(words)}{',' if len(words) == 1 else ''})"


def _images(inputs: Mapping[str, Any]) -> int | None:
    """N: how many images, or rows, the probe hands over."""
    given = inputs.get("inputs")
    first = given[0] if isinstance(given, list | tuple) and given else None
    for value in (inputs.get("x"), inputs.get("x_0"), first):
        shape = list(getattr(value, "shape", ()))
        if len(shape) in (2, 4):
            return int(shape[0])
    images = list(getattr(inputs.get("images"), "shape", ()))
    return int(images[1]) if len(images) == 5 else None  # of a sampler: (T, N, 1, H, W)


def _num_ts(inputs: Mapping[str, Any]) -> int | None:
    setting = inputs.get("setting")
    value = setting.get("num_ts") if isinstance(setting, dict) else inputs.get("num_ts")
    return value if type(value) is int else None
