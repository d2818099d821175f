"""JSON without the parts that surprise: no doubled keys, no NaN, no integers beyond 63 bits."""

import json
import math
from typing import Any

BITS = 63


class WireError(ValueError):
    """These bytes are not a well-formed message."""


def loads(text: bytes) -> Any:
    """Parse UTF-8 JSON strictly.

    Raises:
        WireError: it is no JSON, is nested too deeply to be ours, or holds what JSON should not.
    """
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_real,
        )
    except RecursionError:
        raise WireError("JSON nested too deeply") from None
    except WireError:
        raise
    except ValueError as error:
        raise WireError(f"no JSON: {error}") from None


def dumps(tree: Any) -> bytes:
    """The inverse of `loads`, compact and in ASCII."""
    return json.dumps(tree, allow_nan=False, separators=(",", ":")).encode("ascii")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise WireError("JSON object with a key twice")
    return read


def _constant(name: str) -> Any:
    raise WireError(f"JSON with {name}")


def _integer(digits: str) -> int:
    # The length first: turning thousands of digits into an int takes quadratic time.
    if len(digits) > 20 or abs(int(digits)) >= 2**BITS:
        raise WireError("JSON integer of more than 63 bits")
    return int(digits)


def _real(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise WireError("JSON number out of range")
    return number
