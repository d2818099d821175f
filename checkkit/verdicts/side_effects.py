"""Verdicts on how samplers and losses treat what they are given: mode, arguments, gradients."""

from collections.abc import Mapping
from typing import Any

import numpy as np


def assert_mode_kept(seen: Mapping[str, Any], train_mode: bool) -> None:
    """A loss called the net, and left it, in the mode in which it got it."""
    mode = "train()" if train_mode else "eval()"
    right = seen["calls_in_train_mode"] == (seen["calls"] if train_mode else 0)
    assert right, f"a net given in {mode} was called in the other mode"
    assert seen["mode_after"] == train_mode, f"a net given in {mode} came back in the other mode"


def assert_arguments_unchanged(seen: Mapping[str, Any], **given: np.ndarray) -> None:
    """Arguments and schedule are as before, and the net saw float32.

    Args:
        given: name -> the argument as it was, beside evidence `{name}_after`.
    """
    for name, before in given.items():
        assert np.array_equal(seen[f"{name}_after"], before), f"{name} was changed in place"
    assert not seen["tables_change"].any(), "the schedule was changed in place"
    assert seen["calls_in_double"] == 0, "the net was given float64 images, expected float32"


def assert_inference_mode(seen: Mapping[str, Any]) -> None:
    """A sampler called the net in eval() and tracked no gradients."""
    assert seen["calls_in_train_mode"] == 0, (
        f"the net was called in train() {seen['calls_in_train_mode']} times, expected eval(): "
        "BatchNorm would use the batch's own mean and variance"
    )
    assert seen["tracked_calls"] == 0, (
        f"gradients were tracked through {seen['tracked_calls']} calls of the net, expected none"
    )
