"""The declared form of a probe's evidence, and the comparison of evidence with it.

Evidence is a flat dict: name -> array, number, flag or text. A check declares every name with one
of the specifications below; `conform` refuses any other evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

FLOAT = ("float32", "float64")


@dataclass(frozen=True)
class Mistake:
    """A known mistake: its name for the tables of staff, and a sentence for students."""

    name: str
    words: str


class CheckFailed(AssertionError):
    """The submission is wrong; the message tells the student how.

    `mistake` explains it, if the evidence leaves no other explanation.
    """

    def __init__(self, message: str, mistake: Mistake | None = None):
        super().__init__(f"{message}\n{mistake.words}" if mistake else message)
        self.mistake = mistake


class WrongForm(CheckFailed):
    """The evidence is not what the check declares: not of this shape or dtype, or missing."""


def expect(condition: object, message: str, mistake: Mistake | None = None) -> None:
    """Raise `CheckFailed` unless the condition holds; write it so that NaN fails.

    Message and mistake are computed in any case: use `if` and `raise` where that is expensive, or
    possible only after a failure.
    """
    if not condition:
        raise CheckFailed(message, mistake)


@dataclass(frozen=True)
class Array:
    """A tensor of a fixed shape; None in the shape accepts any length there.

    `dtype` is one name or several, as NumPy spells them; `finite` refuses NaN and infinity. `most`
    is how many numbers it may hold.
    """

    shape: tuple[int | None, ...]
    dtype: str | tuple[str, ...] = "float32"
    finite: bool = True
    most: int | None = 2_000_000  # fifty times what a right submission returns

    def accept(self, name: str, value: Any) -> np.ndarray:
        is_array = isinstance(value, np.ndarray)
        expect(is_array, f"{name} is {_kind(value)}, expected a tensor of shape {self._shape}")
        dtypes = (self.dtype,) if isinstance(self.dtype, str) else self.dtype
        fits = value.ndim == len(self.shape) and all(
            want is None or have == want for have, want in zip(value.shape, self.shape, strict=True)
        )
        expect(fits, f"{name} has shape {value.shape}, expected {self._shape}")
        expect(
            self.most is None or None not in self.shape or value.size <= self.most,
            f"{name} has shape {value.shape}, that is {value.size:,} numbers, expected far fewer",
        )
        actual, wanted = value.dtype.name, " or ".join(dtypes)
        expect(actual in dtypes, f"{name} has dtype {actual}, expected {wanted}")
        expect(
            not self.finite or value.dtype.kind != "f" or np.isfinite(value).all(),
            f"{name} contains NaN or infinity",
        )
        return value

    @property
    def _shape(self) -> str:
        sizes = ", ".join("any" if size is None else str(size) for size in self.shape)
        return f"({sizes},)" if len(self.shape) == 1 else f"({sizes})"


@dataclass(frozen=True)
class Number:
    """A real number (an int is accepted); finite by default."""

    finite: bool = True

    def accept(self, name: str, value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        expect(is_number, f"{name} is {_kind(value)}, expected a number")
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        expect(np.isfinite(number) or not self.finite, f"{name} is NaN or infinite")
        return number


@dataclass(frozen=True)
class Integer:
    """A whole number of at most 63 bits."""

    def accept(self, name: str, value: Any) -> int:
        is_whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        expect(is_whole, f"{name} is {_kind(value)}, expected a whole number")
        return value


@dataclass(frozen=True)
class Flag:
    """True or False."""

    def accept(self, name: str, value: Any) -> bool:
        expect(isinstance(value, bool), f"{name} is {_kind(value)}, expected True or False")
        return value


@dataclass(frozen=True)
class Text:
    """A string of at most `limit` characters; longer ones are cut."""

    limit: int = 500

    def accept(self, name: str, value: Any) -> str:
        expect(isinstance(value, str), f"{name} is {_kind(value)}, expected text")
        return value[: self.limit]


Returns = Mapping[str, Array | Number | Integer | Flag | Text]


def conform(raw: Mapping[str, Any], returns: Returns) -> dict[str, Any]:
    """The declared names of the evidence, each accepted by its specification.

    Raises:
        CheckFailed: a name is missing, or its value has another form.
    """
    missing = [name for name in returns if name not in raw]
    expect(not missing, f"nothing was returned for {', '.join(missing)}")
    try:
        return {name: spec.accept(name, raw[name]) for name, spec in returns.items()}
    except CheckFailed as error:
        raise WrongForm(str(error)) from None


def _kind(value: Any) -> str:
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, np.ndarray):
        return f"a tensor of shape {value.shape}"
    return {bool: "True or False", int: "a whole number", float: "a number", str: "text"}.get(
        type(value), "something else"
    )
