"""How time and class enter a UNet: the scale and the shift between two stages, and where they
come from.

Between the output u of one stage and what the next one takes of it stands v = s u + b, with s and
b the same at every pixel of a channel. Candidates for s and b are what FCBlocks (or plain
Linears) put out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..mistakes.modulation import missing_mistake, modulation_mistake
from ..mistakes.skip_connections import fed_class_mistake, fed_time_mistake
from ..runner import CheckFailed, Mistake
from ..tapes import Entry, close
from .modulation import (
    FC,
    Vector,
    as_rows,
    below_and_taken,
    fitted,
    function_of,
    ones,
    paired,
    relation_of,
    vectors_of,
    zeros,
)
from .unet import (
    LEAVE,
    SKIPS,
    UNFLATTEN,
    UP1,
    UP2,
    assert_last_layer,
    assert_skip,
    assert_stage_order,
)

__tracebackhide__ = True  # pytest shows the check and your file, not what lies between


@dataclass(frozen=True)
class Conditions:
    """What a conditional network was told: t (N,) and, where there are classes, c (N,) and keep
    (N,).
    """

    t: np.ndarray
    c: np.ndarray | None = None
    keep: np.ndarray | None = None
    num_classes: int = 0

    @property
    def one_hot(self) -> np.ndarray:
        return np.eye(self.num_classes)[self.c] * np.asarray(self.keep, float)[:, None]


def assert_unmodulated(tape: Sequence[Entry], end: str) -> None:
    """Stage `end` takes what the one below puts out, neither scaled nor shifted.

    Raises:
        CheckFailed: it takes something else.
    """
    v, lower = assert_skip(tape, end)
    if not any(close(v, u) for u in lower):
        below, relation = SKIPS[end][0], relation_of([(u, v) for u in lower])
        raise CheckFailed(f"{end} does not take the output of {below} unchanged{relation}")


def assert_unconditional_rest(tape: Sequence[Entry], x: np.ndarray, output: np.ndarray) -> None:
    """Beside its conditioning, a network is the unconditional UNet.

    Raises:
        CheckFailed: the first difference.
    """
    assert_stage_order(tape, x)
    for end in (UP1, UP2):
        assert_skip(tape, end)
    assert_unmodulated(tape, LEAVE)
    assert_last_layer(tape, output)


def assert_time_shift(tape: Sequence[Entry], end: str, inputs: Conditions) -> None:
    """At stage `end` an embedding of t is added to what the stage below puts out.

    Raises:
        CheckFailed: the shift is missing, or is not an FCBlock's output at t.
    """
    pairs = below_and_taken(tape, end)
    what, shift = _words(end)
    shape = pairs[0][0].shape[:2]
    found = paired(pairs, [ones(shape)], [zeros(shape), *vectors_of(tape, shape)])
    if found is None:
        raise CheckFailed(
            f"{what} + {shift}: what {end} takes is not {what} plus the output of an FCBlock with "
            f"{shape[1]} channels{relation_of(pairs)}",
            _modulation_mistake(pairs, vectors_of(tape, shape), f"{what} + {shift}"),
        )
    _explain_shift(tape, found[1], what, shift, inputs)


def assert_class_scale(tape: Sequence[Entry], end: str, inputs: Conditions) -> None:
    """At stage `end` an embedding of the class multiplies, then one of t is added.

    The scale is an FCBlock's output at the masked one-hot vector, or comes from a table of classes.

    Raises:
        CheckFailed: scale or shift is missing, swapped, or depends on something else.
    """
    pairs = below_and_taken(tape, end)
    what, shift = _words(end)
    scale = shift.replace("t", "c")
    shape = pairs[0][0].shape[:2]
    vectors = vectors_of(tape, shape)
    found = paired(pairs, [ones(shape), *vectors], [zeros(shape), *vectors])
    if found is None:
        words = f"{scale} * {what} + {shift}"
        mistake = _modulation_mistake(pairs, vectors, words, inputs.keep)
        if mistake:
            raise CheckFailed(f"{words}: no FCBlocks' outputs give this", mistake)
        _explain_table(tape, pairs, vectors, inputs, words)
        return
    s, b = found
    if s.source is None:
        raise CheckFailed(
            f"{scale} * {what}: {what} is not scaled, the class does not enter here",
            missing_mistake(scale, "class", what),
        )
    if _told_time(s, inputs) and b.source is not None and not _told_time(b, inputs):
        raise CheckFailed(
            f"{scale} * {what} + {shift}: the scale comes from t, the shift from the class",
            Mistake(
                "time and class swapped",
                "Time and class have changed places: the class multiplies, the time is added.",
            ),
        )
    _explain_scale(s, f"{scale} * {what}", inputs)
    _explain_shift(tape, b, what, shift, inputs)


def _explain_shift(
    tape: Sequence[Entry], b: Vector, what: str, shift: str, inputs: Conditions
) -> None:
    if b.source is None:
        raise CheckFailed(
            f"{what} + {shift}: nothing is added to {what}, t does not enter here",
            missing_mistake(shift, "time", what),
        )
    if not function_of(b.values, inputs.t):
        raise CheckFailed(f"{what} + {shift}: {shift} does not depend on t alone")
    told = [b.source] if b.source.kind == "FCBlock" else [e for e in tape if e.kind in FC]
    if not any(close(as_rows(e.input), inputs.t[:, None]) for e in told):
        fed = as_rows(b.source.input)
        raise CheckFailed(
            f"{what} + {shift}: the FCBlock behind {shift} is fed {_short(fed[:, 0])} (shape "
            f"{fed.shape}), expected t itself: {_short(inputs.t)} (shape {(len(fed), 1)})",
            fed_time_mistake(fed, inputs.t.astype(np.float64)),
        )


def _explain_scale(s: Vector, words: str, inputs: Conditions) -> None:
    c, keep = inputs.c, inputs.keep
    assert s.source is not None and c is not None and keep is not None
    fed = as_rows(s.source.input)
    if _told_time(s, inputs):
        raise CheckFailed(f"{words}: the scale comes from t, expected from the class")
    expected = inputs.one_hot
    if s.source.kind == "FCBlock" and fed.shape == expected.shape and not close(fed, expected):
        row = int(np.abs(fed - expected).max(1).argmax())
        raise CheckFailed(
            f"{words}: for class {c[row]} with mask {int(keep[row])} (image {row} of "
            f"{len(fed)}) the FCBlock is fed {_short(fed[row])}, expected {_short(expected[row])}",
            fed_class_mistake(fed, c, keep, inputs.num_classes),
        )
    _explain_dependence(s.values, words, inputs)


def _explain_dependence(
    s: np.ndarray, words: str, inputs: Conditions, live: np.ndarray | None = None, tol: float = 1e-4
) -> None:
    """The scale follows the class where it is kept and is one constant where it is dropped."""
    assert inputs.c is not None
    keep = np.asarray(inputs.keep, bool)
    live = np.ones(s.shape, bool) if live is None else live
    key = np.where(keep, inputs.c, -1)
    if not function_of(s[keep], key[keep], live[keep], tol):
        raise CheckFailed(f"{words}: the scale does not follow the class, one value for each")
    if not function_of(s[~keep], key[~keep], live[~keep], tol):
        raise CheckFailed(f"{words}: where the mask is 0 the scale still depends on the class")
    if not function_of(s, key, live, tol):
        raise CheckFailed(f"{words}: where the mask is 0 the scale is that of a class")


def _explain_table(
    tape: Sequence[Entry],
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    vectors: Sequence[Vector],
    inputs: Conditions,
    words: str,
) -> None:
    """A scale that no FCBlock puts out: it may come from a table with one row a class."""
    on_time = [b for b in vectors if function_of(b.values, inputs.t)]
    s, b, live, misfit = min((fitted(*pair) for pair in pairs), key=lambda fit: fit[3])
    if not misfit <= 1e-3 or live.mean() < 0.2 or len(on_time) < len(vectors):
        raise CheckFailed(f"{words}: no FCBlocks' outputs give this{relation_of(pairs)}")
    shifts = [w for w in on_time if close(np.where(live, b, 0), np.where(live, w.values, 0), 2e-3)]
    if not shifts:
        raise CheckFailed(f"{words}: what is added is not the output of an FCBlock at t")
    _explain_shift(tape, shifts[0], words, words[-2:], inputs)
    _explain_dependence(s, words, inputs, live, 2e-3)


def _modulation_mistake(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    vectors: Sequence[Vector],
    words: str,
    keep: np.ndarray | None = None,
) -> Mistake | None:
    return modulation_mistake(pairs, [vector.values for vector in vectors], words, keep)


def _told_time(vector: Vector, inputs: Conditions) -> bool:
    fed = as_rows(vector.source.input) if vector.source else np.zeros((0, 0))
    return fed.shape == (len(inputs.t), 1)


def _words(end: str) -> tuple[str, str]:
    below = SKIPS[end][0]
    return ("unflatten", "t1") if below == UNFLATTEN else ("up1", "t2")


def _short(values: np.ndarray) -> str:
    head = ", ".join(f"{v:.3g}" for v in values[:10])
    return f"[{head}{', ...' if len(values) > 10 else ''}]"
