# for: editing-anagrams editing-hybrids
"""The figures of visual anagrams and of hybrid images. Given, nothing to fill in.

A notebook calls these functions with yours; `python -m diffusion.edit` does the same for files.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch

from ..pretrained.digit_model import DigitModel
from ..pretrained.model import Cond, Model
from .editing import as_pictures, explained, in_rows, new_seed
from .pictures import Picture

Tensor = torch.Tensor

DIGITS, OTHERS = 8, 2  # images of each kind, of the digit model and of larger ones
# for: editing-anagrams
ANAGRAMS = (2, 5), (6, 9), (2, 4)  # digits, in the order of the turns
TURNS = "upside down", "half a turn", "rows as columns"
ANAGRAM_SCALE = 7.0
# end for
# for: editing-hybrids
HYBRIDS = ((0, 7), (0, 5), (6, 4))  # from afar, and from near
KERNEL = 33  # as in the handout
# end for


# for: editing-anagrams
def anagrams(
    model: Model,
    visual_anagram: Callable[..., tuple[Tensor, Tensor]],
    turns: Sequence[Callable[[Tensor], Tensor]],
    timesteps: Sequence[int],
    seed: int | None = None,
) -> Picture:
    """Three kinds of anagrams, each as it is and turned; seed None: a new one.

    Args:
        turns: upside_down, half_turn and diagonal.
    """
    seed, rows = new_seed() if seed is None else seed, {}
    for (one, two), how, turn in zip(_pairs(model, ANAGRAMS), TURNS, turns, strict=False):
        x = _noise(model, seed)
        options = {"scale": ANAGRAM_SCALE, "seed": seed, "turn": turn}
        images, _ = visual_anagram(model, x, timesteps, one, two, **options)
        rows[f"{one}, as drawn"] = images
        rows[f"{two}, {how}"] = turn(images)
    return explained(in_rows(model, rows), "editing-anagrams", "Visual anagrams", seed)


# end for
# for: editing-hybrids
def hybrids(
    model: Model,
    hybrid_image: Callable[..., tuple[Tensor, Tensor]],
    timesteps: Sequence[int],
    seed: int | None = None,
) -> Picture:
    """Three kinds of hybrid images, from near and blurred as from afar; seed None: a new one."""
    seed, rows = new_seed() if seed is None else seed, {}
    # The border of a blur has to be smaller than the image.
    kernel = min(KERNEL, 2 * model.image_shape[-1] - 1)
    options = {"scale": model.guidance, "seed": seed, "kernel_size": kernel}
    for far, near in _pairs(model, HYBRIDS):
        images, _ = hybrid_image(model, _noise(model, seed), timesteps, far, near, **options)
        rows[f"{near} from near, {far} from afar"] = images
        rows[f"{far}, as from afar"] = _from_afar(model, images)
    return explained(in_rows(model, rows), "editing-hybrids", "Hybrid images", seed)


def _from_afar(model: Model, images: Tensor) -> Tensor:
    """Images as an eye far away sees them: after two means of 5 x 5 pixels, a blur of sigma 2."""
    pictures = as_pictures(images, model.value_range)
    for _ in range(2):
        pictures = torch.nn.functional.avg_pool2d(pictures, 5, stride=1, padding=2)
    if isinstance(model, DigitModel):
        pictures = (1.5 * pictures).clamp(0, 1)  # strokes spread, and would be dark
    low, high = model.value_range
    return low + (high - low) * pictures


# end for
def _pairs(model: Model, of_digits: Sequence[tuple[int, int]]) -> list[tuple[Cond, Cond]]:
    """The pairs of digits; of another model, what figures ask it for and the next of these."""
    if isinstance(model, DigitModel):
        return list(of_digits)
    return list(pairwise(model.asked))[: len(of_digits)]


def _noise(model: Model, seed: int) -> Tensor:
    count = DIGITS if isinstance(model, DigitModel) else OTHERS
    return torch.randn(count, *model.image_shape, generator=torch.Generator().manual_seed(seed))


# end for
