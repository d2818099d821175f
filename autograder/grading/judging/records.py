"""A graded submission as JSON and back: how judges answer, and what journals keep.

Who handed it in, when, and what the run covers are not in a record: whoever reads it knows them.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult, Connections, Counts, Curve, Exhibit, Images

from .result import SubmissionResult

KEPT = (
    *("isolation", "of_record", "seeds", "ignored", "from_starter", "complaints", "outputs"),
    *("problem", "finished", "seconds", "started", "suspicions", "remarks", "retried"),
    *("used", "out_of_time"),
)
EXHIBITS = {kind.__name__: kind for kind in (Images, Curve, Counts, Connections)}
MAX_ARRAY_BYTES = 100_000_000


class BadRecord(Exception):
    """A record that does not say what one must say."""


def to_record(graded: SubmissionResult) -> dict[str, Any]:
    """What became of a submission, of plain JSON values alone."""
    kept = {name: getattr(graded, name) for name in KEPT}
    return {**kept, "results": [result_record(result) for result in graded.results.values()]}


def from_record(record: Mapping[str, Any], graded: SubmissionResult) -> SubmissionResult:
    """`graded` with all that the record knows.

    Raises:
        BadRecord: it is not whole, or a check in it is not in the scope.
    """
    try:
        known = {check.name for check in graded.scope.checks}
        if not isinstance(record["results"], list):
            raise BadRecord("its results are no list")
        results = {one.check: one for one in map(result_of_record, record["results"])}
        if not results.keys() <= known:
            raise BadRecord(f"no check is called {min(results.keys() - known)}")
        kept = {name: _like(getattr(graded, name), record[name]) for name in KEPT}
        return replace(graded, **kept, results=results)
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error) as error:
        raise BadRecord(f"{type(error).__name__}: {error}") from None


def _like(example: object, value: Any) -> Any:
    """The value, of the type of the example; JSON has no tuples, and its 1 may mean 1.0."""
    if isinstance(example, tuple | list):
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"{value!r:.50} is no list of texts")
        return type(example)(value)
    if isinstance(example, float) and type(value) is int:
        return float(value)
    if type(value) is not type(example):
        raise ValueError(f"{value!r:.50} is no {type(example).__name__}")
    return value


# -------------------------------------------------------------------------------- one result


def result_record(result: CheckResult) -> dict[str, Any]:
    """One check's result, of plain JSON values alone."""
    return {**vars(result), "exhibits": [_exhibit_record(shown) for shown in result.exhibits]}


def result_of_record(record: Mapping[str, Any]) -> CheckResult:
    """The result that a record tells of.

    Raises:
        KeyError, TypeError, ValueError: it tells of none.
    """
    example = CheckResult("", "", "", Outcome.PASSED)
    plain = {
        one.name: _like(getattr(example, one.name), record[one.name])
        for one in fields(CheckResult)
        if one.name not in ("outcome", "exhibits")
    }
    shown = [_exhibit_of_record(one) for one in record["exhibits"]]
    return CheckResult(**plain, outcome=Outcome(record["outcome"]), exhibits=shown)


def _exhibit_record(shown: Exhibit) -> dict[str, Any]:
    packed = {name: _packed(value) for name, value in vars(shown).items()}
    return {"kind": type(shown).__name__, **packed}


def _exhibit_of_record(record: Mapping[str, Any]) -> Exhibit:
    kind = EXHIBITS[record["kind"]]
    values = {one.name: _unpacked(record[one.name]) for one in fields(kind)}
    if kind is Images:
        values["images"] = values["images"] / 255.0
        values["captions"] = tuple(values["captions"])
    return kind(**values)


def _packed(value: Any) -> Any:
    """Arrays as compressed text; images, the only ones of three dimensions, in 256 greys."""
    if isinstance(value, np.ndarray):
        grey = value.ndim == 3
        array = np.rint(value * 255).astype("u1") if grey else value.astype("<f4")
        text = base64.b64encode(zlib.compress(array.tobytes(), 6)).decode()
        return {"shape": list(array.shape), "dtype": array.dtype.str, "zlib": text}
    if isinstance(value, Mapping):
        return {"items": [[name, _packed(one)] for name, one in value.items()]}
    return list(value) if isinstance(value, tuple) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, Mapping) and "items" in value:
        return {str(name): _unpacked(one) for name, one in value["items"]}
    if not isinstance(value, Mapping):
        return value
    if value["dtype"] not in ("|u1", "<f4"):
        raise ValueError(f"an array of {value['dtype']!r:.20}")
    unzip = zlib.decompressobj()
    data = unzip.decompress(base64.b64decode(value["zlib"]), MAX_ARRAY_BYTES)
    array = np.frombuffer(data, value["dtype"]).reshape(value["shape"])
    return array if value["dtype"] == "|u1" else array.astype(np.float64)
