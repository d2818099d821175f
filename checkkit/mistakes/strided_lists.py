"""Mistakes in the list of timesteps that iterative denoising visits."""

from collections.abc import Sequence

from ..runner import Mistake

ENOUGH = 5  # entries; shorter lists may be equal by chance


def timesteps_mistake(have: Sequence[float], start: int, stride: int) -> Mistake | None:
    """Why a list is not start, start - stride, ..., 0."""
    right = [*range(start, 0, -stride), 0]
    if len(right) < ENOUGH or right == [*have]:
        return None
    lists = {
        "ascending": (right[::-1], "The list ascends; it begins with start and ends with 0."),
        "without 0": (
            right[:-1],
            "The last entry, 0, is missing: the list ends with 0, also where start is no multiple "
            "of stride, and range leaves its end out.",
        ),
        "without start": (right[1:], "The first entry, start, is missing."),
        "one too early": (
            [t - 1 for t in right[:-1]],
            "Every entry is one too small; the first one is start itself.",
        ),
        "from 0 on": (
            [*range(0, start + 1, stride)][::-1],
            "The list is a multiple of stride throughout; it begins with start, whatever stride "
            "is, and only its last step is shorter.",
        ),
        "twice 0": ([*range(start, -1, -stride), 0], "0 is there twice; it ends the list once."),
    }
    fitting = {name for name, (series, _) in lists.items() if series == [*have]}
    if len(fitting) != 1:
        return None
    (name,) = fitting
    return Mistake(f"timesteps: {name}", lists[name][1])
