"""Whether each connection of a UNet is right, for a sketch that marks the wrong ones."""

from collections.abc import Callable, Sequence

import numpy as np

from ..runner import CheckFailed
from ..runner.outcomes import Blocked
from ..runner.results import Exhibits
from ..tapes import Entry, any_close, close
from .conditioning import Conditions, assert_class_scale, assert_time_shift, assert_unmodulated
from .modulation import below_and_taken, fitted
from .stages import DOWN1, DOWN2, ENTER, LAST, LEAVE, UP1, UP2, read_stages
from .unet import assert_flatten, assert_last_layer, assert_skip


def show_connections(
    exhibits: Exhibits,
    title: str,
    tape: Sequence[Entry],
    x: np.ndarray,
    output: np.ndarray,
    conditions: Conditions | None = None,
) -> None:
    """Exhibit a sketch of the UNet, if its stages can be recognised."""
    if connections := connections_of(tape, x, output, conditions):
        exhibits.connections(title, connections)


def connections_of(
    tape: Sequence[Entry], x: np.ndarray, output: np.ndarray, conditions: Conditions | None = None
) -> dict[str, bool | None]:
    """Each connection: right (True), wrong (False) or unknown (None).

    Empty where the stages of the UNet are not those of the figure.
    """
    try:
        stages = read_stages(tape)
        complete = all(stage.entries for stage in stages.values())
    except Blocked:
        return {}
    if not complete:
        return {}

    def follows(after: str, before: str) -> bool:
        return any_close(stages[after].input, stages[before].outputs)

    connections: dict[str, bool | None] = {
        "x to enter": close(stages[ENTER].input, x),
        "enter to down1": follows(DOWN1, ENTER),
        "down1 to down2": follows(DOWN2, DOWN1),
        "down2 to flatten to unflatten": _passes(assert_flatten, tape, stages),
        "leave to last": follows(LAST, LEAVE),
        "last to output": _passes(assert_last_layer, tape, output),
    }
    for skip, end, below, place in (
        ("skip down2 to up1", UP1, "unflatten to up1", 1),
        ("skip down1 to up2", UP2, "up1 to up2", 2),
        ("skip enter to leave", LEAVE, "up2 to leave", 3),
    ):
        connections[skip] = _passes(assert_skip, tape, end)
        connections[below] = None
        if conditions is None or place == 3:
            if connections[skip]:
                connections[below] = _passes(assert_unmodulated, tape, end)
        elif _related(tape, end):
            connections |= _conditions(tape, end, place, conditions)
        else:
            connections[below] = False
    return connections


def _related(tape: Sequence[Entry], end: str) -> bool:
    """Whether stage `end` takes the output of the stage below, scaled and shifted or not."""
    try:
        return min(fitted(u, v)[3] for u, v in below_and_taken(tape, end)) <= 1e-3
    except AssertionError:  # CheckFailed, or Blocked
        return False


def _conditions(
    tape: Sequence[Entry], end: str, place: int, conditions: Conditions
) -> dict[str, bool | None]:
    if conditions.c is None:
        return {f"t{place}": _passes(assert_time_shift, tape, end, conditions)}
    names = f"c{place}", f"t{place}"
    try:
        assert_class_scale(tape, end, conditions)
    except CheckFailed as error:
        # The message begins with the formula of what is wrong: "c1 * ..." or "unflatten + t1".
        wrong = str(error).partition(":")[0]
        return {name: name not in wrong for name in names}
    return dict.fromkeys(names, True)


def _passes(verdict: Callable[..., object], *arguments: object) -> bool:
    try:
        verdict(*arguments)
    except AssertionError:  # CheckFailed, or Blocked
        return False
    return True
