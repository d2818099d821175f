"""Task hidden_unets: the UNets in train mode, with other widths, classes and batch sizes."""

import numpy as np
import pytest
import torch

from checkkit.runner import Array
from checkkit.runs.unets import (
    assert_gradients_reach_all_parts,
    assert_refuses_other_sizes,
    traced_call,
)
from checkkit.spies.unet_trace import build
from checkkit.spies.weights import randomise
from checkkit.tapes import close
from checkkit.verdicts.conditioning import (
    Conditions,
    assert_class_scale,
    assert_time_shift,
    assert_unconditional_rest,
    assert_unmodulated,
)
from checkkit.verdicts.stages import LEAVE, UP1, UP2
from checkkit.verdicts.unet import assert_last_layer, assert_stage_order, assert_widths

pytestmark = pytest.mark.task("hidden_unets")

TIME, CLASS = "TimeConditionalUNet", "ClassConditionalUNet"


def probe_keywords(diffusion, *, sizes, weights_seed, x, c, t, mask):
    net = build(diffusion.unet, "ClassConditionalUNet", sizes)
    randomise(net, weights_seed)
    net.eval()

    def without_mask():
        try:
            return net(x, c, t)
        except Exception:  # a check of the class-conditional UNet asks for this
            return net(x, c, t, torch.ones_like(mask))

    with torch.no_grad():
        bare = without_mask()
        positional = net(x, c, t, mask)
        named = net(mask=mask, t=t, c=c, x=x)
        bare_again = without_mask()
        again = net(x, c, t, mask)
    return {
        **{"positional": positional, "named": named, "again": again},
        **{"bare": bare, "bare_again": bare_again},
        **{"x_after": x, "c_after": c, "t_after": t, "mask_after": mask},
    }


def random_inputs(rng, n, channels, num_classes):
    """x, c and t for n images, with the first and last class and the times 0 and 1 among them."""
    classes = np.array([0, num_classes - 1, *rng.integers(num_classes, size=max(n - 2, 0))])
    times = np.array([1, 0, *rng.choice([0, 0.25, 0.5, 1], size=max(n - 2, 0))], np.float32)
    x = rng.random((n, channels, 28, 28), dtype=np.float32)
    return x, rng.permutation(classes)[:n], rng.permutation(times)[:n]


@pytest.mark.parametrize(
    ("net", "sizes"),
    [("UnconditionalUNet", (2, 5)), (TIME, (2, 3)), (CLASS, (2, 4, 6))],
    ids=["unconditional", "time", "class"],
)
def test_hidden_widths_of_every_unet(submission, rng, net, sizes):
    """With 2 channels and 3, 5 or 6 hidden ones, every stage is as wide as it should be."""
    x, c, t = random_inputs(rng, 3, 2, 4)
    conditions = {TIME: (t,), CLASS: (c, t, np.ones(3, np.float32))}.get(net, ())
    _, tape = traced_call(submission, rng, net, sizes, x, *conditions)
    assert_widths(tape, 2, sizes[-1])


def test_hidden_unconditional_unet_in_train_mode(submission, rng):
    """In train mode too, with 5 hidden channels, the UNet is that of the figure."""
    x = rng.random((5, 1, 28, 28), dtype=np.float32)
    output, tape = traced_call(submission, rng, "UnconditionalUNet", (1, 5), x, train=True)
    assert_stage_order(tape, x)
    for end in (UP1, UP2, LEAVE):
        assert_unmodulated(tape, end)
    assert_last_layer(tape, output)


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
def test_hidden_time_enters_at_any_width(submission, rng, train):
    """With 5 hidden channels and times from 0 to 1, t enters at unflatten and at up1."""
    x, _, t = random_inputs(rng, 5, 1, 10)
    output, tape = traced_call(submission, rng, TIME, (1, 5), x, t, train=train)
    for end in (UP1, UP2):
        assert_time_shift(tape, end, Conditions(t))
    assert_unconditional_rest(tape, x, output)


@pytest.mark.parametrize(
    ("n", "num_classes"), [(6, 6), (7, 3), (5, 12)], ids=["6of6", "7of3", "5of12"]
)
def test_hidden_classes_of_any_number(submission, rng, n, num_classes):
    """With other numbers of classes and images, a mixed mask drops the classes of its own
    images.
    """
    x, c, t = random_inputs(rng, n, 1, num_classes)
    mask = rng.permutation(np.arange(n) % 2).astype(np.float32)
    inputs, sizes = (x, c, t, mask), (1, num_classes, 3)
    _, tape = traced_call(submission, rng, CLASS, sizes, *inputs, train=n == 7)
    for end in (UP1, UP2):
        assert_class_scale(tape, end, Conditions(t, c, mask, num_classes))


def test_hidden_all_or_none_dropped(submission, rng):
    """A mask of zeros drops every class, one of ones none, for a single image as well."""
    for n in (1, 4):
        x, c, t = random_inputs(rng, n, 1, 10)
        for mask in (np.zeros(n, bool), np.ones(n, np.int64)):
            _, tape = traced_call(submission, rng, CLASS, (1, 10, 4), x, c, t, mask)
            for end in (UP1, UP2):
                assert_class_scale(tape, end, Conditions(t, c, mask, 10))


@pytest.mark.supporting
def test_hidden_arguments_are_named_and_stay(submission, rng):
    """x, c, t and mask may be passed by name, are not changed, and no call affects a later one."""
    x, c, t = random_inputs(rng, 4, 1, 5)
    mask = rng.permutation([0.0, 1.0, 1.0, 0.0]).astype(np.float32)
    inputs = {"x": x, "c": c, "t": t, "mask": mask}
    outputs = ("positional", "named", "again", "bare", "bare_again")
    evidence = submission.run(
        probe_keywords,
        returns={
            **{name: Array(x.shape) for name in outputs},
            **{f"{name}_after": Array(one.shape, str(one.dtype)) for name, one in inputs.items()},
        },
        sizes=(1, 5, 4),
        weights_seed=int(rng.integers(2**31)),
        **inputs,
    )
    for one, other, fault in (
        ("named", "positional", "named and positional arguments differ"),
        ("again", "positional", "a call in between changes the output"),
        ("bare_again", "bare", "a call with a mask changes the output of a later call without one"),
    ):
        assert close(evidence[one], evidence[other]), fault
    for name, value in inputs.items():
        assert np.array_equal(evidence[f"{name}_after"], value), (
            f"the net changes its argument {name}"
        )


@pytest.mark.supporting
def test_hidden_gradients_reach_every_stage(submission, rng):
    """A loss on the output has a gradient in every stage, in every embedding and in the last
    convolution.
    """
    x, c, t = random_inputs(rng, 3, 1, 4)
    assert_gradients_reach_all_parts(submission, rng, TIME, (1, 4), x, t)
    ones = np.ones(3, np.float32)
    assert_gradients_reach_all_parts(submission, rng, CLASS, (1, 4, 4), x, c, t, ones)


@pytest.mark.supporting
def test_hidden_other_sizes_raise(submission, rng):
    """The class-conditional UNet, too, refuses 32 x 32 pixels."""
    _, c, t = random_inputs(rng, 2, 1, 4)
    ones = np.ones(2, np.float32)
    assert_refuses_other_sizes(submission, rng, CLASS, (1, 4, 4), c, t, ones)


@pytest.mark.supporting
def test_hidden_unconditional_unet_refuses_one_side_of_28(submission, rng):
    """Images of 28 x 56 or 56 x 28 pixels raise an error too."""
    for pixels in ((28, 56), (56, 28)):
        assert_refuses_other_sizes(submission, rng, "UnconditionalUNet", (1, 4), pixels=pixels)
