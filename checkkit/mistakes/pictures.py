"""Mistakes in the range of an image that was made of a picture."""

from collections.abc import Mapping

import numpy as np

from ..runner import Mistake
from .matching import only_one


def picture_mistake(gains: np.ndarray, shifts: np.ndarray, invert: bool) -> Mistake | None:
    """Why pixels are gain v + shift where v in [-1, 1] is right, each (K,) measured.

    Args:
        invert: whether the picture has to be inverted, after which only a few are told apart.
    """
    stories = {
        (0.5, 0.5): ("[0, 1]", "The result is in [0, 1]; the model's range is [-1, 1]."),
        (127.5, 127.5): ("[0, 255]", "The result is in [0, 255]; the model's range is [-1, 1]."),
        (-1.0, 0.0): (
            "inverted",
            "Dark and bright have changed places: do this if `invert` is true alone.",
        ),
        (2.0, 1.0): ("2 x", "The result is 2 x with x in [0, 1]; [-1, 1] needs 2 x - 1."),
        (2.0, -1.0): ("2 x - 1 twice", "2 x - 1 is taken twice."),
        (0.5, -0.5): ("x - 1", "The result is x - 1 with x in [0, 1]; [-1, 1] needs 2 x - 1."),
        (1.0, 1.0): ("x / 127.5", "The result is in [0, 2]: 1 has to be subtracted."),
    }
    if invert:
        range_of_invert = "1 - x inverts images in [0, 1]; those in [-1, 1] are inverted by -x."
        stories = {(-1.0, 0.0): stories[-1.0, 0.0], (1.0, 1.0): ("1 - x", range_of_invert)}
    found = {
        Mistake(f"picture: {name}", words)
        for (gain, shift), (name, words) in stories.items()
        if np.all(np.abs(gains - gain) <= 0.02 * abs(gain))
        and np.all(np.abs(shifts - shift) <= 0.02 * abs(gain) + 0.02)
    }
    return only_one(found)


def part_mistake(
    shown: np.ndarray, parts: Mapping[str, tuple[np.ndarray, str]], allowed: np.ndarray
) -> Mistake | None:
    """Which wrong part of a picture an image shows.

    Args:
        shown: (3, C), how steep each colour of the image is downwards and to the right, and its
            value in the middle.
        parts: by name, the same of a part of the picture, and what is wrong with it.
        allowed: (3, C), how far these may be off.
    """
    found = {
        Mistake(f"picture: {name}", words)
        for name, (part, words) in parts.items()
        if np.all(np.abs(shown - part) <= allowed)
    }
    return only_one(found)
