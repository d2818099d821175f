"""Whether what a submission computes depends on what it is given.

Many checks ask a question that idle code can answer by chance or by heart: is this noise normal,
is t / T among 1/T, ..., 1? The answer counts only if the images, the net's answers or the batches
enter the computation.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..runner import CheckFailed, expect
from ..tapes import Entry, close

# r^2 n of two independent fields of n numbers is above 30 once in 20 million times (5.5 standard
# errors).
RELATED = 30.0
ENOUGH = 1000  # numbers in a batch of images: in a smaller one a strong noise may hide the images
FEWEST = 60  # numbers in one x_t of a sampler
# Root mean square over all rows of the largest correlation with an image of 28 x 28 random pixels.
# Noise alone: 0.09 at most in 1,600 batches. Correct: 0.58 on average, and 0.176 or more in 1,600
# batches of which every row had t = T.
IN_BATCH = 0.14
SAME = 0.9999
REPEATS = 3
EFFECT = 1e-4  # on one pixel: rounding has less


def assert_images_enter(x_0: np.ndarray, evidence: Mapping[str, Any], name: str = "x_0") -> None:
    """The x_t that a loss gave the net contain x_0 (N, 1, H, W) and something else.

    What is left of x_t and x_0 without the target is the same in a correct loss, so that none can
    fail. With another noise in x_t than in the target, x_t and x_0 are still correlated.
    """
    clean, noisy = (_centred(a) for a in (x_0, evidence["x_t"]))
    expect(
        not np.array_equal(x_0, evidence["x_t"]),
        f"the net received {name} itself, expected {name} with noise",
    )
    if clean.size < ENOUGH:
        return
    target = _centred(scale_and_target(evidence)[1])
    exact = _squared_correlation(_without(noisy, target), _without(clean, target))
    in_all = _squared_correlation(clean.ravel(), noisy.ravel()) * clean.size
    expect(
        np.median(exact) >= 0.99 or in_all >= RELATED,
        f"what the net received does not depend on {name}, expected a mixture of {name} and noise",
    )


def assert_answers_enter(
    evidence: Mapping[str, Any],
    parts: Sequence[np.ndarray],
    again: Callable[..., Mapping[str, Any]],
    step: str,
) -> None:
    """In some step, the x that it returns depends on the net's answer.

    Given x_t, what a step returns is correlated with the image of that step: at t = 1, where
    nothing is added, it is that image. So no correct sampler needs another run. In a wrong one,
    noise may hide an answer: then runs with other answers decide.

    Args:
        parts: each (T, N, 1, H, W), what the answers are made of: the images that they stand for,
            and, with guidance, the directions.
        again: the evidence of another run with the same seeds, given its parts.
        step: what x in a step is computed from.
    """
    chain = _chain(evidence)
    if len(chain) < 2 or parts[0][0].size < FEWEST or not np.isfinite(chain).all():
        return
    if _correlated(chain, parts):
        return
    change = _difference(chain, _chain(again(*(part[..., ::-1].copy() for part in parts))))
    expect(
        change > EFFECT,
        "no step depends on what the net answers, and other answers give the same images; expected "
        f"{step}",
    )
    expect(
        _difference(chain, _chain(again(*parts))) <= EFFECT,
        "two runs with the same seed and the same answers of the net differ, so that the effect of "
        "an answer cannot be measured; `seed` has to decide every random number",
    )


def _chain(evidence: Mapping[str, Any]) -> np.ndarray:
    """x before each step and after the last one, (S + 1, N, 1, H, W)."""
    return np.concatenate([evidence["states"], evidence["x_0"][None]]).astype(np.float64)


def _difference(one: np.ndarray, two: np.ndarray) -> float:
    """The largest difference of two chains; infinite if they have different lengths."""
    gap = np.abs(one - two).max() if one.shape == two.shape else np.inf
    return float(np.nan_to_num(gap, nan=np.inf))


def _correlated(chain: np.ndarray, parts: Sequence[np.ndarray]) -> bool:
    """Whether a step's x and the net's answer are related more than noise can be."""
    steps = min(len(chain) - 1, len(parts[0]))
    before, after, *answers = map(
        _centred, (chain[:steps], chain[1 : steps + 1], *(part[:steps] for part in parts))
    )
    moved = _without(after, before)
    related = [_squared_correlation(moved, _without(answer, before)).max() for answer in answers]
    return max(related) * before.shape[1] >= RELATED


def assert_batches_enter(log: Mapping[str, Any], images: np.ndarray) -> None:
    """In training, the net receives the images (N, 1, H, W) of the loader with noise."""
    received = log["images"]
    expect(len(received), "the training loop never called the net")
    if received.shape[1:] != images.shape[1:]:
        raise CheckFailed(
            f"the net receives images of shape {received.shape[1:]}, those of the batches have "
            f"shape {images.shape[1:]}"
        )
    alike = float((correlations(received, images) ** 2).max(axis=1).mean() ** 0.5)
    expect(
        alike >= IN_BATCH,
        "what the net receives does not depend on the images of the batches, expected each of them "
        "with noise",
    )
    expect(
        alike <= SAME, "the net receives the images of the batches themselves, expected noisy ones"
    )


def scale_and_target(evidence: Mapping[str, Any]) -> tuple[float, np.ndarray]:
    """k and the target (N, 1, H, W) float64 of a loss k sum((answer - target)^2).

    L = k sum(d^2) and grad = 2 k d give sum(grad^2) = 4 k L.
    """
    grad, out = (evidence[name].astype(np.float64) for name in ("grad", "out"))
    k = np.sum(grad**2) / (4 * evidence["loss"].astype(np.float64))
    return float(k), np.nan_to_num(out - grad / (2 * k), nan=0, posinf=0, neginf=0)


def correlations(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    """The correlation of each picture with each of the others, (N, M)."""
    return _unit(these) @ _unit(those).T


def repeated_rows(rng: np.random.Generator, count: int) -> np.ndarray:
    """0, ..., count - 1 in random order, some of them several times."""
    return rng.permutation(np.r_[np.arange(count), rng.integers(count, size=REPEATS)])


def assert_rows_follow(what: str, output: np.ndarray, rows: np.ndarray, distinct: bool) -> None:
    """Of a batch that holds image rows[i] at i, equal images have equal outputs.

    Args:
        distinct: different images have different outputs.
    """
    for i in range(len(rows)):
        for j in range(i):
            if rows[i] == rows[j]:
                same = close(output[i], output[j])
                expect(same, f"{what} gives two equal images of a batch different outputs")
            elif distinct:
                apart = not np.array_equal(output[i], output[j])
                expect(apart, f"{what} gives different images of a batch the same output")


def without_repeats(tape: Sequence[Entry], rows: np.ndarray) -> list[Entry]:
    """The tape of a batch that holds image rows[i] at i, as that of a batch without repeated ones.

    Raises:
        CheckFailed: a layer is no function of the images.
    """
    first = np.unique(rows, return_index=True)[1]
    entries = []
    for entry in tape:
        tensors = dict(entry.tensors)
        if len(entry.output) == len(rows):
            # After the average over 7 x 7 pixels, images of random pixels may be alike.
            maps = entry.output.ndim == 4 and entry.output.shape[-1] >= 14
            assert_rows_follow(f"the layer {entry}", entry.output, rows, maps)
            tensors["output"] = entry.output[first]
        if len(entry.input) == len(rows):
            tensors["input"] = entry.input[first]
        entries.append(Entry(entry.kind, tensors))
    return entries


def _centred(fields: np.ndarray) -> np.ndarray:
    """Each field as a vector of mean 0, float64."""
    flat = fields.reshape(len(fields), -1).astype(np.float64)
    return flat - flat.mean(axis=1, keepdims=True)


def _unit(pictures: np.ndarray) -> np.ndarray:
    """Each picture as a vector of mean 0 and length 1."""
    flat = _centred(pictures)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-300)


def _without(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What rows of a have in addition to a multiple of those of b; rounding counts as nothing."""
    size = (b * b).sum(axis=1, keepdims=True)
    rest = a - (a * b).sum(axis=1, keepdims=True) / np.maximum(size, 1e-300) * b
    known = (rest * rest).sum(axis=1) > 1e-12 * (a * a).sum(axis=1)
    return np.where(known[:, None], rest, 0)


def _squared_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of vectors, or of rows, of mean 0."""
    products = (a * a).sum(axis=-1) * (b * b).sum(axis=-1)
    return (a * b).sum(axis=-1) ** 2 / np.maximum(products, 1e-300)
