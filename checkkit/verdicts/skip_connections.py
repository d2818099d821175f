"""Every connection of a UNet by itself: for a sketch in which the wrong ones are marked."""

from collections.abc import Callable, Sequence

import numpy as np

from ..runner import CheckFailed
from ..runner.results import Exhibits
from ..tapes import Entry, close
from .conditioning import Conditions, assert_class_scale, assert_time_shift, assert_unmodulated
from .modulation import below_and_taken, fitted
from .unet import (
    DOWN1,
    DOWN2,
    ENTER,
    LAST,
    LEAVE,
    UP1,
    UP2,
    assert_flatten,
    assert_last_layer,
    assert_skip,
    read_stages,
)


def connections_of(
    tape: Sequence[Entry], x: np.ndarray, output: np.ndarray, told: Conditions | None = None
) -> dict[str, bool | None]:
    """Each connection: right (True), wrong (False), or not to be told (None), the right order of
    stages given; none at all where it is not.

    Args:
        told: what a conditional network was told.
    """
    try:
        stages = read_stages(tape)
    except CheckFailed:
        return {}

    def follows(after: str, before: str) -> bool:
        return any(close(stages[after].input, form) for form in stages[before].outputs)

    found: dict[str, bool | None] = {
        "x to enter": close(stages[ENTER].input, x),
        "enter to down1": follows(DOWN1, ENTER),
        "down1 to down2": follows(DOWN2, DOWN1),
        "down2 to flatten to unflatten": _holds(lambda: assert_flatten(tape, stages)),
        "leave to last": follows(LAST, LEAVE),
        "last to output": _holds(lambda: assert_last_layer(tape, output)),
    }
    for skip, end, below, place in (
        ("skip down2 to up1", UP1, "unflatten to up1", 1),
        ("skip down1 to up2", UP2, "up1 to up2", 2),
        ("skip enter to leave", LEAVE, "up2 to leave", 3),
    ):
        found[skip] = _holds(lambda end=end: assert_skip(tape, end))
        found[below] = None
        if told is None or place == 3:
            if found[skip]:
                found[below] = _holds(lambda end=end: assert_unmodulated(tape, end))
        elif _related(tape, end):
            found |= _conditions(tape, end, place, told)
        else:
            found[below] = False
    return found


def show_connections(exhibits: Exhibits, title: str, connections: dict[str, bool | None]) -> None:
    """A sketch of the UNet, where its stages could be told."""
    if connections:
        exhibits.connections(title, connections)


def _related(tape: Sequence[Entry], end: str) -> bool:
    """Whether stage `end` takes the one below it at all, scaled and shifted or not."""
    try:
        return min(fitted(u, v)[3] for u, v in below_and_taken(tape, end)) <= 1e-3
    except CheckFailed:
        return False


def _conditions(
    tape: Sequence[Entry], end: str, place: int, told: Conditions
) -> dict[str, bool | None]:
    if told.c is None:
        return {f"t{place}": _holds(lambda: assert_time_shift(tape, end, told))}
    try:
        assert_class_scale(tape, end, told)
    except CheckFailed as error:
        # The message begins with the formula of what is wrong: "c1 * ..." or "unflatten + t1".
        both = str(error).partition(":")[0]
        wrong = {f"c{place}": f"c{place}" in both, f"t{place}": f"t{place}" in both}
        return {name: not here for name, here in wrong.items()}
    return {f"c{place}": True, f"t{place}": True}


def _holds(explain: Callable[[], object]) -> bool:
    try:
        explain()
    except CheckFailed:
        return False
    return True
