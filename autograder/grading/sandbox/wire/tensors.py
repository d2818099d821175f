"""Arrays as safetensors bytes, written plainly and read with suspicion.

The format: eight bytes of header length, a JSON header `name -> dtype, shape, data_offsets`, the
data. The usual reader accepts shapes like [10**18, 0], thousands of dimensions and doubled names;
this one accepts what our own writer could have written, and nothing else.
"""

import math
import struct
from collections.abc import Sequence

import numpy as np

from . import strict_json
from .strict_json import WireError

HEADER_BYTES = 64 * 1024
MOST_TENSORS = 256
MOST_DIMENSIONS = 8
MOST_ELEMENTS = 2**40  # counting a side of length 0 as 1: NumPy overflows on [10**18, 10**18, 0]

DTYPES = {
    "BOOL": np.dtype("bool"),
    "U8": np.dtype("uint8"),
    "U16": np.dtype("<u2"),
    "U32": np.dtype("<u4"),
    "U64": np.dtype("<u8"),
    "I8": np.dtype("int8"),
    "I16": np.dtype("<i2"),
    "I32": np.dtype("<i4"),
    "I64": np.dtype("<i8"),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def dump(arrays: Sequence[np.ndarray]) -> bytes:
    """The arrays under the names "0", "1", ...

    Raises:
        TypeError: an array's dtype cannot travel.
    """
    header, data, end = {}, [], 0
    for index, array in enumerate(arrays):
        if array.dtype not in NAMES:
            raise TypeError(f"arrays of {array.dtype} cannot travel")
        begin, end = end, end + array.nbytes
        header[str(index)] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
        data.append(array.tobytes())
    text = strict_json.dumps(header)
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data)


def load(blob: bytes) -> dict[str, np.ndarray]:
    """The arrays by name, each a fresh writable array.

    Raises:
        WireError: `dump` could not have written this.
    """
    if len(blob) < 8:
        raise WireError("tensors without a header")
    (length,) = struct.unpack_from("<Q", blob)
    if length > min(HEADER_BYTES, len(blob) - 8):
        raise WireError("tensor header of impossible length")
    header = strict_json.loads(bytes(blob[8 : 8 + length]))
    data = memoryview(blob)[8 + length :]
    if not isinstance(header, dict) or len(header) > MOST_TENSORS:
        raise WireError("tensor header is no table, or too long a table")
    arrays, cursor = {}, 0
    for name, entry in header.items():
        dtype, shape, (begin, end) = _entry(entry)
        # In order, without gaps and overlaps: the first offset is where the last tensor ended.
        if begin != cursor or end - begin != math.prod(shape) * dtype.itemsize or end > len(data):
            raise WireError("tensor data do not fit their header")
        arrays[name] = _array(data[begin:end], dtype, shape)
        cursor = end
    if cursor != len(data):
        raise WireError("data behind the last tensor")
    return arrays


def _entry(entry: object) -> tuple[np.dtype, tuple[int, ...], tuple[int, int]]:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise WireError("tensor entry with missing or foreign fields")
    name, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(name, str) or name not in DTYPES:
        raise WireError("tensor of a dtype that does not travel")
    if not _whole_numbers(shape) or len(shape) > MOST_DIMENSIONS:
        raise WireError("tensor whose shape is none")
    if math.prod(max(side, 1) for side in shape) > MOST_ELEMENTS:
        raise WireError("tensor of impossible shape")
    if not _whole_numbers(offsets) or len(offsets) != 2:
        raise WireError("tensor offsets are no pair")
    return DTYPES[name], tuple(shape), (offsets[0], offsets[1])


def _whole_numbers(values: object) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _array(data: memoryview, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    if dtype.kind != "b":
        return np.frombuffer(bytearray(data), dtype).reshape(shape)
    raw = np.frombuffer(bytearray(data), np.uint8).reshape(shape)
    if (raw > 1).any():  # a NumPy bool of any other byte is neither true nor false
        raise WireError("truth values other than 0 and 1")
    return raw.astype(bool)
