"""How time and class enter a UNet: the scale and the shift between two stages.

A stage takes v = s u + b of the output u of the stage below; s and b are the same at every pixel of
a channel. Candidates for s and b are the outputs of FCBlocks or plain Linear layers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..mistakes.modulation import (
    fed_class_mistake,
    fed_time_mistake,
    missing_mistake,
    modulation_mistake,
    time_scale_mistake,
)
from ..runner import CheckFailed, Mistake, expect
from ..tapes import Entry, any_close, close
from ..text import brief
from .modulation import (
    DENSE,
    Vector,
    as_rows,
    below_and_taken,
    constant,
    fitted,
    function_of,
    paired,
    relation_of,
    vectors_of,
)
from .stages import LEAVE, SKIPS, UNFLATTEN, UP1, UP2
from .unet import assert_last_layer, assert_skip, assert_stage_order


@dataclass(frozen=True)
class Conditions:
    """What a conditional network gets beside x: t (N,), and perhaps c (N,) and the mask (N,)."""

    t: np.ndarray
    c: np.ndarray | None = None
    keep: np.ndarray | None = None
    num_classes: int = 0

    @property
    def one_hot(self) -> np.ndarray:
        return np.eye(self.num_classes)[self.c] * np.asarray(self.keep, float)[:, None]


def assert_unmodulated(tape: Sequence[Entry], end: str) -> None:
    """Stage `end` takes the output of the stage below, neither scaled nor shifted."""
    v, lower = assert_skip(tape, end)
    if not any_close(v, lower):
        below, relation = SKIPS[end][0], relation_of([(u, v) for u in lower])
        raise CheckFailed(f"{end} does not take the output of {below} unchanged{relation}")


def assert_unconditional_rest(tape: Sequence[Entry], x: np.ndarray, output: np.ndarray) -> None:
    """Apart from its conditions, a network is the unconditional UNet."""
    assert_stage_order(tape, x)
    for end in (UP1, UP2):
        assert_skip(tape, end)
    assert_unmodulated(tape, LEAVE)
    assert_last_layer(tape, output)


def assert_time_shift(tape: Sequence[Entry], end: str, conditions: Conditions) -> None:
    """At stage `end` an embedding of t is added to the output of the stage below.

    Raises:
        CheckFailed: the shift is missing, or is not an FCBlock's output at t.
    """
    pairs = below_and_taken(tape, end)
    what, shift = _names(end)
    shape = pairs[0][0].shape[:2]
    vectors = vectors_of(tape, shape)
    pair = paired(pairs, [constant(1, shape)], [constant(0, shape), *vectors])
    if pair is None:
        words = f"{what} + {shift}"
        raise CheckFailed(
            f"{words}: {end} does not take {what} plus the output of an FCBlock with {shape[1]} "
            f"channels{relation_of(pairs)}",
            modulation_mistake(pairs, [vector.values for vector in vectors], words),
        )
    _assert_shift(tape, pair[1], what, shift, conditions)


def assert_time_scale(tape: Sequence[Entry], end: str, conditions: Conditions) -> None:
    """At stage `end` an embedding of t multiplies the output of the stage below.

    Raises:
        CheckFailed: the factor is missing, or is not an FCBlock's output at t.
    """
    pairs = below_and_taken(tape, end)
    what, factor = _names(end)
    words = f"{factor} * {what}"
    shape = pairs[0][0].shape[:2]
    vectors = vectors_of(tape, shape)
    pair = paired(pairs, [constant(1, shape), *vectors], [constant(0, shape)])
    if pair is None:
        raise CheckFailed(
            f"{words}: {end} does not take {what} times the output of an FCBlock with {shape[1]} "
            f"channels{relation_of(pairs)}",
            time_scale_mistake(pairs, [vector.values for vector in vectors], words),
        )
    if pair[0].source is None:
        raise CheckFailed(
            f"{words}: {what} is not scaled, t does not enter here",
            missing_mistake(factor, "time", what, "scaled"),
        )
    _assert_time_fed(tape, pair[0], words, factor, conditions)


def assert_class_scale(tape: Sequence[Entry], end: str, conditions: Conditions) -> None:
    """At stage `end` an embedding of the class multiplies, then one of t is added.

    The scale is an FCBlock's output at the masked one-hot vector, or comes from a table of classes.

    Raises:
        CheckFailed: scale or shift is missing, swapped, or depends on something else.
    """
    pairs = below_and_taken(tape, end)
    what, shift = _names(end)
    scale = shift.replace("t", "c")
    words = f"{scale} * {what} + {shift}"
    shape = pairs[0][0].shape[:2]
    vectors = vectors_of(tape, shape)
    pair = paired(pairs, [constant(1, shape), *vectors], [constant(0, shape), *vectors])
    if pair is None:
        values = [vector.values for vector in vectors]
        if mistake := modulation_mistake(pairs, values, words, conditions.keep):
            raise CheckFailed(f"{words}: the outputs of FCBlocks do not give this", mistake)
        _assert_table(tape, pairs, vectors, conditions, words)
        return
    s, b = pair
    expect(
        s.source is not None,
        f"{scale} * {what}: {what} is not scaled, the class does not enter here",
        missing_mistake(scale, "class", what, "scaled"),
    )
    if _from_time(s, conditions) and b.source is not None and not _from_time(b, conditions):
        raise CheckFailed(
            f"{words}: the scale comes from t, the shift from the class",
            Mistake(
                "time and class swapped",
                "Time and class are swapped: the class multiplies, the time is added.",
            ),
        )
    _assert_scale(s, f"{scale} * {what}", conditions)
    _assert_shift(tape, b, what, shift, conditions)


def _assert_shift(
    tape: Sequence[Entry], b: Vector, what: str, shift: str, conditions: Conditions
) -> None:
    if b.source is None:
        raise CheckFailed(
            f"{what} + {shift}: nothing is added to {what}, t does not enter here",
            missing_mistake(shift, "time", what, "shifted"),
        )
    _assert_time_fed(tape, b, f"{what} + {shift}", shift, conditions)


def _assert_time_fed(
    tape: Sequence[Entry], vector: Vector, words: str, name: str, conditions: Conditions
) -> None:
    """The vector of this name follows t, and its FCBlock gets t itself."""
    assert vector.source is not None
    t = conditions.t
    expect(function_of(vector.values, t), f"{words}: {name} does not depend on t alone")
    from_block = vector.source.kind == "FCBlock"
    layers = [vector.source] if from_block else [e for e in tape if e.kind in DENSE]
    if not any(close(as_rows(layer.input), t[:, None]) for layer in layers):
        fed = as_rows(vector.source.input)
        raise CheckFailed(
            f"{words}: the input of the FCBlock behind {name} is {brief(fed[:, 0])} "
            f"(shape {fed.shape}), expected t itself: {brief(t)} (shape {(len(fed), 1)})",
            fed_time_mistake(fed, t.astype(np.float64)),
        )


def _assert_scale(s: Vector, words: str, conditions: Conditions) -> None:
    c, keep = conditions.c, conditions.keep
    assert s.source is not None and c is not None and keep is not None
    fed = as_rows(s.source.input)
    from_time = _from_time(s, conditions)
    expect(not from_time, f"{words}: the scale comes from t, expected from the class")
    expected = conditions.one_hot
    if s.source.kind == "FCBlock" and fed.shape == expected.shape and not close(fed, expected):
        row = int(np.abs(fed - expected).max(1).argmax())
        raise CheckFailed(
            f"{words}: for class {c[row]} with mask {int(keep[row])} (image {row} of {len(fed)}) "
            f"the input of the FCBlock is {brief(fed[row], 10)}, expected "
            f"{brief(expected[row], 10)}",
            fed_class_mistake(fed, c, keep, conditions.num_classes),
        )
    _assert_dependence(s.values, words, conditions)


def _assert_dependence(
    s: np.ndarray,
    words: str,
    conditions: Conditions,
    live: np.ndarray | None = None,
    tol: float = 1e-4,
) -> None:
    """The scale depends on the class where it is kept and is one constant where it is dropped."""
    assert conditions.c is not None
    keep = np.asarray(conditions.keep, bool)
    live = np.ones(s.shape, bool) if live is None else live
    key = np.where(keep, conditions.c, -1)
    for rows, fault in (
        (keep, "the scale does not follow the class, one value for each"),
        (~keep, "where the mask is 0 the scale still depends on the class"),
        (slice(None), "where the mask is 0 the scale is that of a class"),
    ):
        expect(function_of(s[rows], key[rows], live[rows], tol), f"{words}: {fault}")


def _assert_table(
    tape: Sequence[Entry],
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    vectors: Sequence[Vector],
    conditions: Conditions,
    words: str,
) -> None:
    """The scale is no FCBlock's output: it may come from a table with one row for each class."""
    on_time = [b for b in vectors if function_of(b.values, conditions.t)]
    s, b, live, misfit = min((fitted(*pair) for pair in pairs), key=lambda fit: fit[3])
    if not misfit <= 1e-3 or live.mean() < 0.2 or len(on_time) < len(vectors):
        relation = relation_of(pairs)
        raise CheckFailed(f"{words}: the outputs of FCBlocks do not give this{relation}")
    shifts = [w for w in on_time if close(np.where(live, b, 0), np.where(live, w.values, 0), 2e-3)]
    expect(shifts, f"{words}: what is added is not the output of an FCBlock at t")
    _assert_shift(tape, shifts[0], words, words[-2:], conditions)
    _assert_dependence(s, words, conditions, live, 2e-3)


def _from_time(vector: Vector, conditions: Conditions) -> bool:
    """Whether the input of the vector's layer has the shape of t."""
    fed = as_rows(vector.source.input) if vector.source else np.zeros((0, 0))
    return fed.shape == (len(conditions.t), 1)


def _names(end: str) -> tuple[str, str]:
    below = SKIPS[end][0]
    return ("unflatten", "t1") if below == UNFLATTEN else ("up1", "t2")
