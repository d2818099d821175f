"""Mistakes in the eps of visual anagrams and of hybrid images, a sum of the model's answers.

Each formula below is that of equation A8 or A9 with one mistake in it.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ..runner import Mistake
from ..spies.illusions import FIRST, NONE, SECOND
from .matching import Formula, recognise

Term = tuple[int, int, int]  # see `anagram_sum` and `hybrid_sum`
Sum = Mapping[Term, float]
UPRIGHT, TURNED = 0, 1  # turns of x, and of what the model answers
AS_IT_IS, BLURRED = 0, 1


def guided(weight: float, w: float, kind: int, x: int = 0, after: int = 0) -> dict[Term, float]:
    """weight (eps_uncond + w (eps_cond - eps_uncond)), as terms."""
    return {(x, NONE, after): weight * (1 - w), (x, kind, after): weight * w}


def added(*parts: Sum) -> dict[Term, float]:
    """The sum of sums."""
    return {term: sum(part.get(term, 0.0) for part in parts) for part in parts for term in part}


def anagram_sum(w: float) -> dict[Term, float]:
    """The eps of equation A8 as {(turn of x, kind of condition, turn of the answer): factor}."""
    upright, turned = guided(0.5, w, FIRST), guided(0.5, w, SECOND, TURNED, TURNED)
    return added(upright, turned)


def hybrid_sum(w: float) -> dict[Term, float]:
    """The eps of equation A9 as {(0, kind of condition, 1 for the blurred answer): factor}."""
    low = guided(1, w, FIRST, after=BLURRED)
    return added(low, guided(1, w, SECOND), guided(-1, w, SECOND, after=BLURRED))


def anagram_mistake(
    weights: np.ndarray, terms: Sequence[Term], w: float, turns: int
) -> Mistake | None:
    """Why eps is a sum with these (S, M) factors of M terms in S steps at scale w.

    Args:
        turns: how many turns of x there are beside leaving it as it is.
    """
    return _recognised(weights, terms, w, "anagram", _anagrams(w, turns), anagram_sum(w))


def hybrid_mistake(weights: np.ndarray, terms: Sequence[Term], w: float) -> Mistake | None:
    """The same for hybrid images."""
    return _recognised(weights, terms, w, "hybrid", _hybrids(w), hybrid_sum(w))


def _recognised(
    weights: np.ndarray,
    terms: Sequence[Term],
    w: float,
    kind: str,
    wrong: Iterator[tuple[str, str, Sequence[Sum]]],
    right: Sum,
) -> Mistake | None:
    def series(sums: Sequence[Sum]) -> np.ndarray:
        """Of sums that alternate from step to step; NaN if a term was never asked for."""
        missing = any(s.get(term) for s in sums for term in s if term not in terms)
        rows = [[one.get(term, 0.0) for term in terms] for one in sums]
        flat = np.array([rows[step % len(rows)] for step in range(len(weights))]).ravel()
        return np.full_like(flat, np.nan) if missing else flat

    formulas = [Formula(series([right]))]
    for name, story, sums in wrong:
        formulas.append(Formula(series(sums), Mistake(f"{kind}: {name}", story)))
    return recognise(weights.ravel(), formulas, floor=max(1.0, abs(w)))


def _anagrams(w: float, turns: int) -> Iterator[tuple[str, str, Sequence[Sum]]]:
    up, down = guided(0.5, w, FIRST), guided(0.5, w, SECOND, TURNED, TURNED)
    yield (
        "not turned back",
        "The prediction for turn(x) is not turned back before the mean (equation A8).",
        [added(up, guided(0.5, w, SECOND, TURNED))],
    )
    for other in range(2, turns + 1):
        yield (
            "another turn",
            "x is turned in another way than by `turn`; call turn(x), and turn the answer back by "
            "the same function.",
            [added(up, guided(0.5, w, SECOND, other, other))],
        )
    yield (
        "x not turned",
        "The model gets x itself with cond_2, and its answer is turned; it has to get turn(x).",
        [added(up, guided(0.5, w, SECOND, UPRIGHT, TURNED))],
    )
    yield (
        "nothing turned",
        "Nothing is turned: the prediction with cond_2 is for x itself.",
        [added(up, guided(0.5, w, SECOND))],
    )
    once = "eps_uncond is predicted once, for x; that of the second prediction is for turn(x)."
    cond_2 = {(TURNED, SECOND, TURNED): 0.5 * w}
    for after in (UPRIGHT, TURNED):
        unturned = {(UPRIGHT, NONE, after): 0.5 * (1 - w)}
        yield "unconditional not turned", once, [added(up, unturned, cond_2)]
    yield (
        "conditions swapped",
        "cond_1 and cond_2 have changed places: x itself belongs to cond_1.",
        [added(guided(0.5, w, SECOND), guided(0.5, w, FIRST, TURNED, TURNED))],
    )
    for kind, name in ((FIRST, "cond_1"), (SECOND, "cond_2")):
        yield (
            f"{name} twice",
            f"Both predictions are made with {name}.",
            [added(guided(0.5, w, kind), guided(0.5, w, kind, TURNED, TURNED))],
        )
    one, two = guided(1, w, FIRST), guided(1, w, SECOND, TURNED, TURNED)
    both = added(up, up, down, down)
    yield "sum", "The two predictions are added; eps is their mean (equation A8).", [both]
    yield (
        "difference",
        "The second prediction is subtracted; eps is the mean of both.",
        [added(up, guided(-0.5, w, SECOND, TURNED, TURNED))],
    )
    yield "first alone", "Only the prediction for x with cond_1 is used.", [one]
    yield "second alone", "Only the prediction for turn(x) with cond_2 is used.", [two]
    for first in ([one, two], [two, one]):
        yield (
            "in turns",
            "Each step uses one of the two predictions, in turns; eps is the mean of both in every "
            "step.",
            first,
        )
    for share in (0.2, 0.8):
        yield (
            "4 to 1",
            "The two predictions have the weights 0.8 and 0.2; both have 1/2 (equation A8).",
            [added(guided(share, w, FIRST), guided(1 - share, w, SECOND, TURNED, TURNED))],
        )


def _hybrids(w: float) -> Iterator[tuple[str, str, Sequence[Sum]]]:
    def low(kind: int, weight: float = 1.0) -> dict[Term, float]:
        return guided(weight, w, kind, after=BLURRED)

    def whole(kind: int, weight: float = 1.0) -> dict[Term, float]:
        return guided(weight, w, kind)

    yield (
        "low and high swapped",
        "cond_1 gives the high frequencies and cond_2 the low ones; it is the other way round "
        "(equation A9).",
        [added(low(SECOND), whole(FIRST), low(FIRST, -1))],
    )
    for weight in (1.0, 0.5):
        yield (
            "two lowpasses",
            "Both predictions are blurred; of that with cond_2 the high frequencies are used, "
            "eps_2 - lowpass(eps_2).",
            [added(low(FIRST, weight), low(SECOND, weight))],
        )
        yield (
            "no highpass",
            "The prediction with cond_2 is used with its low frequencies; subtract its lowpass.",
            [added(low(FIRST, weight), whole(SECOND, weight))],
        )
        yield (
            "no filter",
            "The two predictions are mixed without a filter (equation A9).",
            [added(whole(FIRST, weight), whole(SECOND, weight))],
        )
    yield (
        "half of both",
        "Low and high frequencies are multiplied by 1/2: they are added, there is no mean.",
        [added(low(FIRST, 0.5), whole(SECOND, 0.5), low(SECOND, -0.5))],
    )
    for kind, name in ((FIRST, "cond_1"), (SECOND, "cond_2")):
        yield (
            f"{name} alone",
            f"eps is the prediction with {name} alone. Its low frequencies have to be those of the "
            "prediction with cond_1, its high ones those of that with cond_2.",
            [whole(kind)],
        )
    yield (
        "low alone",
        "Only the low frequencies are there; add eps_2 - lowpass(eps_2).",
        [low(FIRST)],
    )
    yield (
        "high alone",
        "Only the high frequencies are there; add lowpass(eps_1).",
        [added(whole(SECOND), low(SECOND, -1))],
    )
    yield (
        "highpass added twice",
        "The lowpass of the prediction with cond_2 is added; it is subtracted (equation A9).",
        [added(low(FIRST), whole(SECOND), low(SECOND))],
    )
