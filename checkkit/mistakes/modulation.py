"""How time and class enter a UNet instead of as c * u + t."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from ..runner import Mistake
from ..tapes import close
from .matching import only_one


def missing_mistake(letter: str, what: str, where: str) -> Mistake:
    """A condition that does not enter at a stage at all."""
    how = "scaled" if what == "class" else "shifted"
    return Mistake(f"{letter} missing", f"The {what} is missing at {where}: it is not {how}.")


@np.errstate(all="ignore")
def modulation_mistake(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    vectors: Sequence[np.ndarray],
    formula: str,
    keep: np.ndarray | None = None,
) -> Mistake | None:
    """Why what a stage takes is not the formula of what the stage below puts out.

    Args:
        pairs: (u, v), (N, K, H, W): what the stage below puts out, what the next may take of it.
        vectors: (N, K) outputs of the embeddings.
        formula: the right one in words, such as "c1 * unflatten + t1".
        keep: (N,) the mask, where there are classes.
    """
    found = set()
    for u, v in pairs:
        for name, story, form in _forms(u, vectors, keep):
            if close(v, form):
                found.add(Mistake(f"{formula}: {name}", f"In {formula}, {story}."))
    return only_one(found)


def _forms(
    u: np.ndarray, vectors: Sequence[np.ndarray], keep: np.ndarray | None
) -> Iterator[tuple[str, str, np.ndarray]]:
    """With one embedding for time alone, with two for class and time."""
    wide = [vector[:, :, None, None] for vector in vectors]
    if keep is None:
        for t in wide:
            yield "multiplied", "t is multiplied; it is added", u * t
            yield "1 + t multiplied", "1 + t multiplies; t is added", u * (1 + t)
            yield "subtracted", "t is subtracted; it is added", u - t
        return
    kept = np.asarray(keep, float)[:, None, None, None]
    for c, t in itertools.permutations(wide, 2):
        yield "added", "the class is added; it multiplies", u + c + t
        yield "t before c", "t is added before c multiplies; it comes after", c * (u + t)
        yield "1 + c", "1 + c multiplies; it is c itself", (1 + c) * u + t
        yield "t subtracted", "t is subtracted; it is added", c * u - t
        if not kept.all():
            story = "the mask is multiplied behind the FCBlock; it belongs before"
            yield "mask behind the FCBlock", story, kept * c * u + t
