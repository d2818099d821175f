"""Mistakes in how time and class enter a UNet; right is c * u + t, and t * u where t scales."""

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..runner import Mistake
from ..tapes import close
from .matching import only_one

Form = tuple[str, str, np.ndarray]  # name, fault and value of a wrong form


def missing_mistake(letter: str, what: str, where: str, how: str) -> Mistake:
    """A stage without its condition, which is to be "scaled" or "shifted" by it."""
    return Mistake(f"{letter} missing", f"The {what} is missing at {where}: it is not {how}.")


def modulation_mistake(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    vectors: Sequence[np.ndarray],
    formula: str,
    keep: np.ndarray | None = None,
) -> Mistake | None:
    """Why the input of a stage does not follow this formula.

    Args:
        pairs: (u, v), (N, K, H, W): output of the stage below, and what the stage may take of it.
        vectors: (N, K) outputs of the embeddings.
        formula: in words, such as "c1 * unflatten + t1".
        keep: (N,) the mask, where there are classes.
    """
    return _named(pairs, formula, lambda u: _forms(u, vectors, keep))


def time_scale_mistake(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]], vectors: Sequence[np.ndarray], formula: str
) -> Mistake | None:
    """Why the input of a stage is not t * u; the arguments are those of `modulation_mistake`."""

    def forms(u: np.ndarray) -> Iterator[Form]:
        for t in (vector[:, :, None, None] for vector in vectors):
            yield "added", "t is added; it multiplies", u + t
            yield "1 + t", "1 + t multiplies; it is t itself", u * (1 + t)
            yield "squared", "t multiplies twice", u * t * t

    return _named(pairs, formula, forms)


def _named(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    formula: str,
    forms: Callable[[np.ndarray], Iterator[Form]],
) -> Mistake | None:
    """The only wrong form of the formula that some pair has."""
    found = set()
    for u, v in pairs:
        for name, story, form in forms(u):
            if close(v, form):
                found.add(Mistake(f"{formula}: {name}", f"In {formula}, {story}."))
    return only_one(found)


def _forms(u: np.ndarray, vectors: Sequence[np.ndarray], keep: np.ndarray | None) -> Iterator[Form]:
    """The wrong forms for time alone, or for class and time."""
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
            story = "the mask is applied after the FCBlock; apply it before"
            yield "mask behind the FCBlock", story, kept * c * u + t


def fed_class_mistake(
    fed: np.ndarray, classes: np.ndarray, keep: np.ndarray, num_classes: int
) -> Mistake | None:
    """Why the input (N, K) of the class embedding is not the masked one-hot vectors.

    An input of zeros alone has many possible causes and gets no name.
    """
    if not np.any(fed):
        return None
    one_hot, keep = np.eye(num_classes)[classes], np.asarray(keep, float)
    forms = {
        "mask ignored": (one_hot, "the mask has no effect: where it is 0, the one-hot vector has "
                         "to be all zeros"),
        "mask inverted": (one_hot * (1 - keep)[:, None], "the mask is inverted: 1 keeps the class, "
                          "0 drops it"),
        "class 0 for none": (np.eye(num_classes)[classes * keep.astype(int)], "where the mask is 0 "
                             "the class becomes 0, the digit 0: the vector has to be all zeros"),
        "class as a number": (
            np.c_[classes * keep, np.zeros((len(classes), num_classes - 1))],
            "the class enters as a number, not as a one-hot vector",
        ),
        "mask over the classes": (
            one_hot * keep[None, :] if len(keep) == num_classes else np.full(1, np.nan),
            "the mask (N,) is multiplied along the classes: give it the shape (N, 1)",
        ),
    }  # fmt: skip
    right = one_hot * keep[:, None]
    fitting = {
        Mistake(f"class fed: {name}", f"The input of the FCBlock of the class is wrong: {story}.")
        for name, (form, story) in forms.items()
        if form.shape == fed.shape and close(fed, form) and not close(form, right)
    }
    return only_one(fitting)


def fed_time_mistake(fed: np.ndarray, t: np.ndarray) -> Mistake | None:
    """Why the input (N, 1) of the time embedding is not t itself."""
    if fed.shape != (len(t), 1) or len(np.unique(t)) < 2:
        return None
    forms = {
        "1 - t": (1 - t, "1 - t; it has to be t itself"),
        "1000 t": (1000 * t, "1000 t; it has to be t itself"),
        "the first image's t": (np.full(len(t), t[0]), "the time of the first image for all"),
        "the mean of t": (np.full(len(t), t.mean()), "the mean of all times"),
        "0": (0 * t, "0; it has to be t itself"),
    }
    fitting = [
        Mistake(f"time fed: {name}", f"The input of the FCBlock of t is {story}.")
        for name, (form, story) in forms.items()
        if close(fed[:, 0], form)
    ]
    return only_one(fitting)
