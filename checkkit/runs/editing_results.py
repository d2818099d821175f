"""What a submission draws with the pretrained digit model, read by the trusted classifier."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from safetensors.numpy import load_file

from checkkit import DATA
from checkkit.classifier import recognised
from checkkit.runner import Array, expect
from checkkit.spies.edited import one_tensor

TIMESTEPS = (*range(297, 0, -9), 0)
I_STARTS = 1, 5, 10, 20
SUBSET, WEIGHTS = DATA / "mnist_subset.npz", DATA / "digit_model.safetensors"
OPEN_THREES = 80, 128, 183, 259, 307, 389, 390, 397  # test digits 3; an 8 may begin as they do
SCALE, ANAGRAM_SCALE = 3.0, 7.0


@dataclass(frozen=True)
class Limits:
    """The smallest shares of images that must read as what was asked for.

    `python -m autograder.validation.editing_results` measures how far above them the solution is.
    """

    guided: float = 0.6
    inpainted: float = 0.35
    anagrams: float = 0.4


LIMITS = Limits()


def probe_guided(diffusion, *, weights, x, cond, scale, timesteps, draws):
    model = diffusion.pretrained.digit_model.DigitModel(weights)
    denoise = diffusion.iterative.iterative_denoise_cfg
    return {"x_0": denoise(model, x, timesteps, 0, cond, scale, draws)[0]}


def probe_edited(diffusion, *, weights, x_0, timesteps, i_starts, draws):
    model = diffusion.pretrained.digit_model.DigitModel(weights)
    sdedit = diffusion.image_to_image.sdedit
    edits = [one_tensor(sdedit(model, x_0, timesteps, i, seed=draws)) for i in i_starts]
    return {"edits": torch.stack(edits)}


def probe_inpainted(diffusion, *, weights, x_0, mask, cond, scale, timesteps, draws):
    model = diffusion.pretrained.digit_model.DigitModel(weights)
    inpaint = diffusion.inpainting.inpaint
    return {"x_0": one_tensor(inpaint(model, x_0, mask, timesteps, cond, scale, draws))}


def probe_anagrams(diffusion, *, weights, x, one, two, scale, timesteps, draws):
    model = diffusion.pretrained.digit_model.DigitModel(weights)
    return {
        "x_0": diffusion.illusions.visual_anagram(model, x, timesteps, one, two, scale, draws)[0]
    }


def share_guided(submission, rng: np.random.Generator, count: int = 20) -> float:
    """Of `count` samples with guidance, the share that reads as the digit that was asked for."""
    asked = np.arange(count) % 10
    x = rng.normal(size=(count, 1, 28, 28)).astype(np.float32)
    images = _run(submission, probe_guided, rng, {"x_0": x.shape}, x=x, cond=asked, scale=SCALE)
    return _share(images["x_0"], asked)


def distances_of_edits(submission, rng: np.random.Generator, count: int = 20) -> np.ndarray:
    """For each of `I_STARTS`: how far edits are from the digits they began as, root mean square."""
    x_0 = _digits()[rng.choice(400, count, replace=False)]
    shape = len(I_STARTS), *x_0.shape
    edits = _run(submission, probe_edited, rng, {"edits": shape}, x_0=x_0, i_starts=I_STARTS)
    return np.sqrt(np.mean((edits["edits"] - x_0) ** 2, axis=(1, 2, 3, 4))) / 2


def shares_inpainted(submission, rng: np.random.Generator) -> dict[int, float]:
    """By the digit asked for: the share of 3s that reads so with the lower half drawn anew."""
    x_0, mask = _digits()[[*OPEN_THREES] * 4], np.zeros((1, 1, 28, 28), np.float32)
    mask[..., 14:, :] = 1
    asked = np.repeat([3, 8], 2 * len(OPEN_THREES))
    given = {"x_0": x_0, "mask": mask, "cond": asked, "scale": SCALE}
    images = _run(submission, probe_inpainted, rng, {"x_0": x_0.shape}, **given)["x_0"]
    return {digit: _share(images[asked == digit], asked[asked == digit]) for digit in (3, 8)}


def share_of_anagrams(submission, rng: np.random.Generator, count: int = 32) -> float:
    """Of `count` anagrams, the share that reads as a 2, and as a 5 when it stands upside down."""
    x = rng.normal(size=(count, 1, 28, 28)).astype(np.float32)
    one, two = np.full(count, 2), np.full(count, 5)
    given = {"x": x, "one": one, "two": two, "scale": ANAGRAM_SCALE}
    images = _run(submission, probe_anagrams, rng, {"x_0": x.shape}, **given)["x_0"]
    readings = _read(images), _read(images[:, :, ::-1])
    return float(np.mean((readings[0] == 2) & (readings[1] == 5)))


def assert_share(share: float, limit: float, what: str) -> None:
    """Fail with the share, unless it is `limit` or more."""
    expect(share >= limit, f"{share:.0%} of {what}; at least {limit:.0%} must")


def _digits() -> np.ndarray:
    """Test digits of the subset, (N, 1, 28, 28) float32 in [-1, 1]."""
    with np.load(SUBSET, allow_pickle=False) as arrays:
        return (arrays["test_images"][:, None] / 127.5 - 1).astype(np.float32)


def _run(submission, probe, rng, shapes: dict[str, Sequence[int]], **given) -> dict:
    evidence = submission.run(
        probe,
        returns={name: Array(tuple(shape)) for name, shape in shapes.items()},
        weights=load_file(WEIGHTS),
        timesteps=list(TIMESTEPS),
        draws=int(rng.integers(2**31)),
        **given,
    )
    for name, images in evidence.items():
        expect(bool(np.isfinite(images).all()), f"{name} has values that are not finite")
    return evidence


def _share(images: np.ndarray, asked: np.ndarray) -> float:
    return float(np.mean(_read(images) == asked))


def _read(images: np.ndarray) -> np.ndarray:
    """What the classifier reads in images (N, 1, 28, 28) of the range [-1, 1]."""
    return recognised(np.clip((images[:, 0] + 1) / 2, 0, 1))
