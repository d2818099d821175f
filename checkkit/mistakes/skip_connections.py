"""Where a UNet's wires go instead: into a skip, behind the last layer, into an embedding."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..runner import Mistake
from ..tapes import GELUS, Entry, close, gelu
from .matching import only_one


@np.errstate(all="ignore")
def skip_mistake(
    end: str,
    source: str,
    below: str,
    x: np.ndarray,
    outputs: Mapping[str, Sequence[np.ndarray]],
) -> Mistake | None:
    """Why stage `end` takes x instead of the outputs of the stages `below` and `source`."""
    lower, skip = outputs[below], outputs[source]
    name = f"skip to {end}"
    if any(close(x, form) for form in lower):
        words = f"The skip from {source} to {end} is missing: {end} takes {below} alone."
        return Mistake(f"{name}: missing", words)
    for one in lower:
        for other in skip:
            if one.shape == other.shape and close(x, one + other):
                words = f"The skip from {source} is added to {below}; concatenate the two."
                return Mistake(f"{name}: added", words)
    found = set()
    for one in lower:
        for rest in _beside(x, one):
            if close(rest, 0 * rest):
                found.add("zeros")
            found |= {
                stage
                for stage, forms in outputs.items()
                if stage != source and any(close(rest, form) for form in forms)
            }
    stage = only_one(found)
    words = f"Beside {below}, {end} takes {stage}; the skip comes from {source}."
    return stage and Mistake(f"{name}: {stage}", words)


def _beside(x: np.ndarray, part: np.ndarray) -> list[np.ndarray]:
    """What stands beside `part` in the channels of x, where it stands at either end."""
    k = part.shape[1]
    if x.shape[1] <= k or x.shape[2:] != part.shape[2:]:
        return []
    ends = ((x[:, :k], x[:, k:]), (x[:, -k:], x[:, :-k]))
    return [rest for here, rest in ends if close(here, part)]


@np.errstate(all="ignore")
def output_mistake(
    last: Entry, after: Sequence[Entry], x: np.ndarray | None, output: np.ndarray
) -> Mistake | None:
    """Why a network whose last convolution is `last` puts out `output` instead of what that does.

    Args:
        after: the layers on the tape behind it.
        x: the images, None where they are not known.
    """
    y = last.output.astype(np.float64)
    forms = {
        "GELU": ([gelu(y, form) for form in GELUS], "a GELU"),
        "sigmoid": ([1 / (1 + np.exp(-y))], "a sigmoid"),
        "tanh": ([np.tanh(y)], "a tanh"),
        "ReLU": ([y.clip(0)], "a ReLU"),
        "clamp to [0, 1]": ([y.clip(0, 1)], "a clamp to [0, 1]"),
        "clamp to [-1, 1]": ([y.clip(-1, 1)], "a clamp to [-1, 1]"),
    }
    if x is not None and x.shape == y.shape:
        forms["+ x"] = ([y + x], "the sum with the network's input")
        forms["x -"] = ([x - y], "the difference to the network's input")
    for norm in after:
        if norm.kind == "batch_norm" and close(norm.input, y):
            forms["BatchNorm"] = ([norm.output], "a BatchNorm")
            forms["BatchNorm, GELU"] = ([gelu(norm.output, form) for form in GELUS],
                                        "a BatchNorm with its GELU")  # fmt: skip
    fitting = [
        Mistake(f"after the last convolution: {name}", f"Behind the last convolution stands "
                f"{story}; nothing follows it.")
        for name, (values, story) in forms.items()
        if any(close(output, value) for value in values)
    ]  # fmt: skip
    return only_one(fitting)


@np.errstate(all="ignore")
def fed_class_mistake(
    fed: np.ndarray, classes: np.ndarray, keep: np.ndarray, num_classes: int
) -> Mistake | None:
    """Why an embedding of the class is fed (N, K) instead of the masked one-hot vectors.

    Nothing but zeros has too many explanations.
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
        Mistake(f"class fed: {name}", f"What the FCBlock of the class is fed is wrong: {story}.")
        for name, (form, story) in forms.items()
        if form.shape == fed.shape and close(fed, form) and not close(form, right)
    }
    return only_one(fitting)


@np.errstate(all="ignore")
def fed_time_mistake(fed: np.ndarray, t: np.ndarray) -> Mistake | None:
    """Why an embedding of t is fed (N, 1) numbers instead of t itself."""
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
        Mistake(f"time fed: {name}", f"The FCBlock of t is fed {story}.")
        for name, (form, story) in forms.items()
        if close(fed[:, 0], form)
    ]
    return only_one(fitting)
