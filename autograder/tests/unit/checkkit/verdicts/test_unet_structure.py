"""The analysis of UNets on a net without a single class of blocks.py: right as it is, wrong when
bent.
"""

import importlib.util
from types import ModuleType

import numpy as np
import pytest
import torch

from autograder.config.paths import REPOSITORY
from checkkit.runner import CheckFailed
from checkkit.spies.unet_trace import trace
from checkkit.tapes import Entry, read_tape
from checkkit.verdicts.conditioning import (
    Conditions,
    assert_class_scale,
    assert_time_scale,
    assert_time_shift,
    assert_unconditional_rest,
    assert_unmodulated,
)
from checkkit.verdicts.stages import LEAVE, UP1, UP2
from checkkit.verdicts.unet import assert_last_layer, assert_skip, assert_widths

VARIANTS = REPOSITORY.right
NO_BLOCKS = ModuleType("blocks")
C, T = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0.5, 1, 0, 0.5, 1], np.float32)
KEEP = np.array([1, 0, 1, 0, 1, 1])
TOLD = Conditions(T, C, KEEP, 3)


@pytest.fixture(params=["functional_unet", "literal_sequential_unet"])
def nets(request) -> ModuleType:
    """A module of three right nets, imported anew."""
    spec = importlib.util.spec_from_file_location("nets", VARIANTS / request.param / "unet.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def taped(net: torch.nn.Module, *args: torch.Tensor) -> tuple[np.ndarray, list[Entry], np.ndarray]:
    x = torch.rand(len(C), 1, 28, 28)
    seen = trace(net, NO_BLOCKS, 5, False, x, *args)
    seen = {k: v.numpy() if torch.is_tensor(v) else v for k, v in seen.items()}
    return seen.pop("output"), read_tape(seen), x.numpy()


def classes(net: torch.nn.Module, told: Conditions = TOLD) -> None:
    inputs = (torch.from_numpy(told.c), torch.from_numpy(told.t), torch.from_numpy(told.keep))
    _, tape, _ = taped(net, *inputs)
    for end in (UP1, UP2):
        assert_class_scale(tape, end, TOLD)


def test_right_nets_pass(nets):
    output, tape, x = taped(nets.UnconditionalUNet(1, 4))
    for end in (UP1, UP2, LEAVE):
        assert_unmodulated(tape, end)
    assert_widths(tape, 1, 4)
    assert_unconditional_rest(tape, x, output)
    _, tape, _ = taped(nets.TimeConditionalUNet(1, 4), torch.from_numpy(T))
    for end in (UP1, UP2):
        assert_time_shift(tape, end, Conditions(T))
    _, tape, _ = taped(nets.ScaledTimeUNet(1, 4), torch.from_numpy(T))
    for end in (UP1, UP2):
        assert_time_scale(tape, end, Conditions(T))
    classes(nets.ClassConditionalUNet(1, 3, 4))


def test_a_net_that_is_not_told_the_time_fails(nets):
    _, tape, _ = taped(nets.UnconditionalUNet(1, 4))
    for end, what in ((UP1, "unflatten"), (UP2, "up1")):
        with pytest.raises(CheckFailed, match=f"nothing is added to {what}"):
            assert_time_shift(tape, end, Conditions(T))


def test_a_net_that_time_shifts_is_no_scaled_one(nets):
    _, tape, _ = taped(nets.TimeConditionalUNet(1, 4), torch.from_numpy(T))
    with pytest.raises(CheckFailed) as caught:
        assert_time_scale(tape, UP1, Conditions(T))
    assert caught.value.mistake.name == "t1 * unflatten: added"
    _, tape, _ = taped(nets.UnconditionalUNet(1, 4))
    with pytest.raises(CheckFailed, match="unflatten is not scaled"):
        assert_time_scale(tape, UP1, Conditions(T))


def test_a_net_that_is_not_told_the_class_fails(nets):
    _, tape, _ = taped(nets.TimeConditionalUNet(1, 4), torch.from_numpy(T))
    with pytest.raises(CheckFailed, match="not scaled"):
        assert_class_scale(tape, UP1, TOLD)


@pytest.mark.parametrize(
    "told",
    [
        Conditions(T, C, np.ones(6, np.int64), 3),
        Conditions(T, C, 1 - KEEP, 3),
        Conditions(T, np.roll(C, 1), KEEP, 3),
        Conditions(np.sort(T), C, KEEP, 3),
    ],
    ids=["mask ignored", "mask inverted", "other classes", "other times"],
)
def test_a_net_that_heard_something_else_fails(nets, told):
    with pytest.raises(CheckFailed):
        classes(nets.ClassConditionalUNet(1, 3, 4), told)


def test_a_skip_that_changed_fails(nets):
    _, tape, _ = taped(nets.UnconditionalUNet(1, 4))
    ups = [e for e in tape if e.kind == "conv" and e.output.shape[-1] == 2 * e.input.shape[-1]]
    ups[0].input[:, :, 0, 0] += 1
    with pytest.raises(CheckFailed, match=r"up1 .* gets no skip from the second DownBlock"):
        assert_skip(tape, UP1)


def test_what_follows_the_last_convolution_fails(nets):
    output, tape, _ = taped(nets.UnconditionalUNet(1, 4))
    assert_last_layer(tape, output)
    with pytest.raises(CheckFailed, match="something follows the last convolution"):
        assert_last_layer(tape, 1 / (1 + np.exp(-output)))


def test_widths_are_told(nets):
    _, tape, _ = taped(nets.UnconditionalUNet(1, 4))
    with pytest.raises(CheckFailed, match="has 4 output channels, expected 8"):
        assert_widths(tape, 1, 8)
