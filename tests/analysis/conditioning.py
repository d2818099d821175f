"""How time and class enter a UNet: the scale and the shift between two stages, and where they
come from.

Between the output u of one stage and what the next one takes of it stands v = s u + b, with s and
b the same at every pixel of a channel. Candidates for s and b are what FCBlocks (or plain
Linears) put out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.diagnosis.modulation import missing_mistake, modulation_mistake
from tests.diagnosis.wiring import fed_class_mistake, fed_time_mistake
from tests.seam import CheckFailed, Mistake
from tests.tapes import Entry, close

from .unet import (
    LEAVE,
    SKIPS,
    UNFLATTEN,
    UP1,
    UP2,
    explain_last,
    explain_order,
    explain_skip,
    read_stages,
)

LIVE = 1e-3  # channels whose pixels vary less than this tell too little about a scale
FC = ("FCBlock", "linear", "conv")


@dataclass(frozen=True)
class Inputs:
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


@dataclass(frozen=True)
class Vector:
    """A conditioning vector (N, K) that a layer puts out; None in `source` for 1 and 0."""

    values: np.ndarray
    source: Entry | None = None


def ones(shape: tuple[int, int]) -> Vector:
    """No scale."""
    return Vector(np.ones(shape))


def zeros(shape: tuple[int, int]) -> Vector:
    """No shift."""
    return Vector(np.zeros(shape))


def explain_unmodulated(tape: Sequence[Entry], end: str) -> None:
    """Stage `end` takes what the one below puts out, neither scaled nor shifted.

    Raises:
        CheckFailed: it takes something else.
    """
    v, lower = explain_skip(tape, end)
    if not any(close(v, u) for u in lower):
        below, relation = SKIPS[end][0], _relation([(u, v) for u in lower])
        raise CheckFailed(f"{end} does not take the output of {below} unchanged{relation}")


def explain_rest(tape: Sequence[Entry], x: np.ndarray, output: np.ndarray) -> None:
    """Beside its conditioning, a network is the unconditional UNet.

    Raises:
        CheckFailed: the first difference.
    """
    explain_order(tape, x)
    for end in (UP1, UP2):
        explain_skip(tape, end)
    explain_unmodulated(tape, LEAVE)
    explain_last(tape, output)


def explain_time(tape: Sequence[Entry], end: str, inputs: Inputs) -> None:
    """At stage `end` an embedding of t is added to what the stage below puts out.

    Raises:
        CheckFailed: the shift is missing, or is not an FCBlock's output at t.
    """
    pairs = _below_and_taken(tape, end)
    what, shift = _words(end)
    shape = pairs[0][0].shape[:2]
    found = _pair(pairs, [ones(shape)], [zeros(shape), *_vectors(tape, shape)])
    if found is None:
        raise CheckFailed(
            f"{what} + {shift}: what {end} takes is not {what} plus the output of an FCBlock with "
            f"{shape[1]} channels{_relation(pairs)}",
            _modulation_mistake(pairs, _vectors(tape, shape), f"{what} + {shift}"),
        )
    _explain_shift(tape, found[1], what, shift, inputs)


def explain_class(tape: Sequence[Entry], end: str, inputs: Inputs) -> None:
    """At stage `end` an embedding of the class multiplies, then one of t is added.

    The scale is an FCBlock's output at the masked one-hot vector, or comes from a table of classes.

    Raises:
        CheckFailed: scale or shift is missing, swapped, or depends on something else.
    """
    pairs = _below_and_taken(tape, end)
    what, shift = _words(end)
    scale = shift.replace("t", "c")
    shape = pairs[0][0].shape[:2]
    vectors = _vectors(tape, shape)
    found = _pair(pairs, [ones(shape), *vectors], [zeros(shape), *vectors])
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


def _explain_shift(tape: Sequence[Entry], b: Vector, what: str, shift: str, inputs: Inputs) -> None:
    if b.source is None:
        raise CheckFailed(
            f"{what} + {shift}: nothing is added to {what}, t does not enter here",
            missing_mistake(shift, "time", what),
        )
    if not _function_of(b.values, inputs.t):
        raise CheckFailed(f"{what} + {shift}: {shift} does not depend on t alone")
    told = [b.source] if b.source.kind == "FCBlock" else [e for e in tape if e.kind in FC]
    if not any(close(_rows(e.input), inputs.t[:, None]) for e in told):
        fed = _rows(b.source.input)
        raise CheckFailed(
            f"{what} + {shift}: the FCBlock behind {shift} is fed {_short(fed[:, 0])} (shape "
            f"{fed.shape}), expected t itself: {_short(inputs.t)} (shape {(len(fed), 1)})",
            fed_time_mistake(fed, np.float64(inputs.t)),
        )


def _explain_scale(s: Vector, words: str, inputs: Inputs) -> None:
    fed = _rows(s.source.input)
    if _told_time(s, inputs):
        raise CheckFailed(f"{words}: the scale comes from t, expected from the class")
    expected = inputs.one_hot
    if s.source.kind == "FCBlock" and fed.shape == expected.shape and not close(fed, expected):
        row = int(np.abs(fed - expected).max(1).argmax())
        raise CheckFailed(
            f"{words}: for class {inputs.c[row]} with mask {int(inputs.keep[row])} (image {row} of "
            f"{len(fed)}) the FCBlock is fed {_short(fed[row])}, expected {_short(expected[row])}",
            fed_class_mistake(fed, inputs.c, inputs.keep, inputs.num_classes),
        )
    _explain_dependence(s.values, words, inputs)


def _explain_dependence(
    s: np.ndarray, words: str, inputs: Inputs, live: np.ndarray | None = None, tol: float = 1e-4
) -> None:
    """The scale follows the class where it is kept and is one constant where it is dropped."""
    keep = np.asarray(inputs.keep, bool)
    live = np.ones(s.shape, bool) if live is None else live
    key = np.where(keep, inputs.c, -1)
    if not _function_of(s[keep], key[keep], live[keep], tol):
        raise CheckFailed(f"{words}: the scale does not follow the class, one value for each")
    if not _function_of(s[~keep], key[~keep], live[~keep], tol):
        raise CheckFailed(f"{words}: where the mask is 0 the scale still depends on the class")
    if not _function_of(s, key, live, tol):
        raise CheckFailed(f"{words}: where the mask is 0 the scale is that of a class")


def _explain_table(
    tape: Sequence[Entry],
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    vectors: Sequence[Vector],
    inputs: Inputs,
    words: str,
) -> None:
    """A scale that no FCBlock puts out: it may come from a table with one row a class."""
    on_time = [b for b in vectors if _function_of(b.values, inputs.t)]
    s, b, live, misfit = min((_fit(*pair) for pair in pairs), key=lambda fit: fit[3])
    if not misfit <= 1e-3 or live.mean() < 0.2 or len(on_time) < len(vectors):
        raise CheckFailed(f"{words}: no FCBlocks' outputs give this{_relation(pairs)}")
    shifts = [w for w in on_time if close(np.where(live, b, 0), np.where(live, w.values, 0), 2e-3)]
    if not shifts:
        raise CheckFailed(f"{words}: what is added is not the output of an FCBlock at t")
    _explain_shift(tape, shifts[0], words, words[-2:], inputs)
    _explain_dependence(s, words, inputs, live, 2e-3)


def _below_and_taken(tape: Sequence[Entry], end: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """(u, v): what the stage below `end` puts out, and what `end` may take of it, at either end.

    The skip beside it is not looked at: it has checks of its own.
    """
    stages = read_stages(tape)
    x, lower = stages[end].input, stages[SKIPS[end][0]].outputs
    count = lower[0].shape[1]
    if x.shape[1] < count or x.shape[2:] != lower[0].shape[2:]:
        raise CheckFailed(f"{end} takes {x.shape[1]} channels, {SKIPS[end][0]} puts out {count}")
    return [(u, v) for u in lower for v in (x[:, :count], x[:, -count:])]


def _pair(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    scales: Sequence[Vector],
    shifts: Sequence[Vector],
) -> tuple[Vector, Vector] | None:
    """The scale and the shift, among the candidates, that turn a u into its v."""
    for u, v in pairs:
        for s in scales:
            scaled = s.values[:, :, None, None] * u
            for b in shifts:
                if close(v, scaled + b.values[:, :, None, None]):
                    return s, b
    return None


def _modulation_mistake(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    vectors: Sequence[Vector],
    words: str,
    keep: np.ndarray | None = None,
) -> Mistake | None:
    return modulation_mistake(pairs, [vector.values for vector in vectors], words, keep)


def _vectors(tape: Sequence[Entry], shape: tuple[int, int]) -> list[Vector]:
    """What FCBlocks and plain linear layers put out, where it has one number a channel."""
    rows = [Vector(_rows(e.output), e) for e in tape if e.kind in FC and len(e.output) == shape[0]]
    return [row for row in rows if row.values.shape == shape]


def _fit(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Least squares v = s u + b per image and channel: s, b, where they are known, the misfit."""
    u, v = np.float64(u), np.float64(v)
    du, dv = (a - a.mean((2, 3), keepdims=True) for a in (u, v))
    live = du.std((2, 3)) > LIVE
    s = np.where(live, (du * dv).sum((2, 3)) / np.maximum((du**2).sum((2, 3)), 1e-12), 0)
    b = v.mean((2, 3)) - s * u.mean((2, 3))
    misfit = np.abs(dv - s[:, :, None, None] * du).max((2, 3))[live]
    return s, b, live, float(misfit.max(initial=0))


def _relation(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> str:
    """What a fit says about u and v, for messages."""
    s, b, live, misfit = min((_fit(u, v) for u, v in pairs), key=lambda fit: fit[3])
    if not misfit <= 1e-3 or not live.any():
        return "; it is not even scaled and shifted by one number a channel"
    return (
        f"; it is scaled by {s[live].min():.3g} to {s[live].max():.3g} and shifted by "
        f"{b[live].min():.3g} to {b[live].max():.3g}"
    )


def _function_of(
    rows: np.ndarray, key: np.ndarray, live: np.ndarray | None = None, tol: float = 1e-4
) -> bool:
    """Whether rows (N, K) are equal where the keys (N,) are, and differ where those differ."""
    live = np.ones(rows.shape, bool) if live is None else live
    return all(
        close(*(np.where(live[i] & live[j], rows[k], 0) for k in (i, j)), tol) == (key[i] == key[j])
        for i in range(len(rows))
        for j in range(i)
    )


def _told_time(vector: Vector, inputs: Inputs) -> bool:
    fed = _rows(vector.source.input) if vector.source else np.zeros((0, 0))
    return fed.shape == (len(inputs.t), 1)


def _rows(a: np.ndarray) -> np.ndarray:
    """(N, K), (N, K, 1, 1) and the like as (N, K) float64."""
    return np.float64(a).reshape(len(a), -1)


def _words(end: str) -> tuple[str, str]:
    below = SKIPS[end][0]
    return ("unflatten", "t1") if below == UNFLATTEN else ("up1", "t2")


def _short(values: np.ndarray) -> str:
    head = ", ".join(f"{v:.3g}" for v in values[:10])
    return f"[{head}{', ...' if len(values) > 10 else ''}]"
