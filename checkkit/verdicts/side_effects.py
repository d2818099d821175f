"""Verdicts on side effects of samplers and losses: the net's mode, arguments, gradients."""

from collections.abc import Mapping
from typing import Any

import numpy as np


def assert_mode_kept(evidence: Mapping[str, Any], train_mode: bool) -> None:
    """A loss calls the net in its present mode and leaves it in that mode."""
    mode = "train()" if train_mode else "eval()"
    right = evidence["calls_in_train_mode"] == (evidence["calls"] if train_mode else 0)
    assert right, f"a net in {mode} was called in the other mode"
    assert evidence["mode_after"] == train_mode, f"a net in {mode} is in the other mode afterwards"


def assert_arguments_unchanged(evidence: Mapping[str, Any], **given: np.ndarray) -> None:
    """Arguments, and the schedule if there is one, are as before, and the net received float32.

    Args:
        given: name -> the argument as it was, beside evidence `{name}_after`.
    """
    for name, before in given.items():
        assert np.array_equal(evidence[f"{name}_after"], before), f"{name} was changed in place"
    change = evidence.get("tables_change")
    assert change is None or not change.any(), "the schedule was changed in place"
    assert evidence["calls_in_double"] == 0, "the net received float64 images, expected float32"


def assert_inference_mode(evidence: Mapping[str, Any]) -> None:
    """A sampler calls the net in eval() and tracks no gradients."""
    assert evidence["calls_in_train_mode"] == 0, (
        f"the net was called in train() {evidence['calls_in_train_mode']} times, expected eval(), "
        "in which BatchNorm uses its running statistics and not those of the sampled images"
    )
    assert evidence["tracked_calls"] == 0, (
        f"gradients were tracked in {evidence['tracked_calls']} calls of the net, expected none: "
        "call it under torch.no_grad()"
    )
