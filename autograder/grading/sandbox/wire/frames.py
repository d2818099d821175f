"""One message: a fixed prefix (magic, two lengths), a JSON header, a safetensors body.

The tree of a message holds None, bool, int, float, str, list, tuple, dict and NumPy arrays. What
JSON cannot say is tagged by an object of one entry: {"tensor": 3}, {"tuple": [...]},
{"dict": [[key, value]]}, {"float": "nan"}, {"huge": -1}.
"""

import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import strict_json, tensors
from .strict_json import BITS, WireError

MAGIC = b"DFS1"
PREFIX = struct.Struct("<4sIQ")
MOST_NESTED = 16


@dataclass(frozen=True)
class FrameCaps:
    """The most bytes that a reader takes: of header and of body."""

    header: int
    body: int


def pack(message: Any) -> bytes:
    """A whole frame.

    Raises:
        TypeError: the message holds something that cannot travel.
    """
    arrays: list[np.ndarray] = []
    header = strict_json.dumps(_encode(message, arrays))
    body = tensors.dump(arrays) if arrays else b""
    return PREFIX.pack(MAGIC, len(header), len(body)) + header + body


def frame_sizes(prefix: bytes, caps: FrameCaps) -> tuple[int, int]:
    """The lengths of header and body that a prefix announces.

    Raises:
        WireError: it is no prefix, or announces more than the caps allow.
    """
    magic, header, body = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise WireError("no message of ours")
    if header > caps.header or body > caps.body:
        raise WireError("message too long")
    return header, body


def unpack(header: bytes, body: bytes) -> Any:
    """The message of a frame.

    Raises:
        WireError: `pack` could not have written this.
    """
    arrays = tensors.load(body) if body else {}
    message = _decode(strict_json.loads(header), arrays, MOST_NESTED)
    if arrays:
        raise WireError("tensors that nothing refers to")
    return message


def _encode(value: Any, arrays: list[np.ndarray]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value) if abs(value) < 2**BITS else {"huge": 1 if value > 0 else -1}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": str(float(value))}
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"tensor": len(arrays) - 1}
    if isinstance(value, list):
        return [_encode(item, arrays) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [_encode(item, arrays) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[_encode(k, arrays), _encode(v, arrays)] for k, v in value.items()]}
    raise TypeError(f"a {type(value).__name__} cannot travel to the worker or back")


def _decode(node: Any, arrays: dict[str, np.ndarray], depth: int) -> Any:
    if depth == 0:
        raise WireError("message nested too deeply")
    if isinstance(node, list):
        return [_decode(item, arrays, depth - 1) for item in node]
    if not isinstance(node, dict):
        return node
    if len(node) != 1:
        raise WireError("object that is no tag")
    ((tag, value),) = node.items()
    if tag == "tensor" and type(value) is int and str(value) in arrays:
        return arrays.pop(str(value))
    if tag == "float" and value in ("nan", "inf", "-inf"):
        return float(value)
    if tag == "huge" and type(value) is int and abs(value) == 1:
        return value * 2**BITS
    if tag == "tuple" and isinstance(value, list):
        return tuple(_decode(item, arrays, depth - 1) for item in value)
    if tag == "dict" and isinstance(value, list):
        return _table(value, arrays, depth - 1)
    raise WireError("unknown tag")


def _table(pairs: list, arrays: dict[str, np.ndarray], depth: int) -> dict:
    table = {}
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            raise WireError("table entry that is no pair")
        key = pair[0]
        if isinstance(key, list | dict) or key in table:
            raise WireError("table with a key twice, or with no key")
        table[key] = _decode(pair[1], arrays, depth)
    return table
