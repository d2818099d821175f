# for: editing-anagrams editing-hybrids
"""The figures of visual anagrams and of hybrid images. Given, nothing to fill in.

A notebook calls these functions with yours; `python -m diffusion.edit` does the same for files.
"""

from collections.abc import Callable, Sequence

import torch

from ..pretrained.digit_model import DigitModel
from .editing import NUMBERS, as_pictures, new_seed
from .pictures import Picture, rows_picture

Tensor = torch.Tensor

COUNT = 8  # images of each kind
# for: editing-anagrams
ANAGRAMS = (  # digits, in the order of the turns
    (2, 5, "upside down"),
    (6, 9, "half a turn"),
    (2, 4, "mirrored"),
)
ANAGRAM_SCALE = 7.0
# end for
# for: editing-hybrids
HYBRIDS = ((0, 7), (0, 5), (6, 4))  # from afar, and from near
HYBRID_SCALE = 3.0
# end for


# for: editing-anagrams
def anagrams(
    model: DigitModel,
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
    for (one, two, how), turn in zip(ANAGRAMS, turns, strict=True):
        x = _noise(model, seed)
        options = {"scale": ANAGRAM_SCALE, "seed": seed, "turn": turn}
        images, _ = visual_anagram(model, x, timesteps, one, two, **options)
        rows[f"{one}, and {how}"] = as_pictures(images)
        rows[f"a {two} ({how})"] = as_pictures(turn(images))
    return _explained(rows, "editing-anagrams", "Visual anagrams", seed)


# end for
# for: editing-hybrids
def hybrids(
    model: DigitModel,
    hybrid_image: Callable[..., tuple[Tensor, Tensor]],
    timesteps: Sequence[int],
    seed: int | None = None,
) -> Picture:
    """Three kinds of hybrid images, from near and blurred as from afar; seed None: a new one."""
    seed, rows = new_seed() if seed is None else seed, {}
    for far, near in HYBRIDS:
        images, _ = hybrid_image(
            model, _noise(model, seed), timesteps, far, near, scale=HYBRID_SCALE, seed=seed
        )
        rows[f"{near} near, {far} far"] = as_pictures(images)
        rows[f"{far} far, {near} near"] = _from_afar(as_pictures(images))
    return _explained(rows, "editing-hybrids", "Hybrid images", seed)


def _from_afar(images: Tensor) -> Tensor:
    """Images as an eye far away sees them: after two means of 5 x 5 pixels, a blur of sigma 2."""
    for _ in range(2):
        images = torch.nn.functional.avg_pool2d(images, 5, stride=1, padding=2)
    return (1.5 * images).clamp(0, 1)  # strokes spread, and would be dark


# end for
def _noise(model: DigitModel, seed: int) -> Tensor:
    return torch.randn(COUNT, *model.image_shape, generator=torch.Generator().manual_seed(seed))


def _explained(rows: dict[str, Tensor], figure: str, title: str, seed: int) -> Picture:
    return rows_picture(rows).explained(f"Figure {NUMBERS[figure]}. {title}", f"seed {seed}", {})


# end for
