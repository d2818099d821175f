"""Task hidden_unets: the conditional UNets in train mode, at other widths, classes and batch
sizes.
"""

import numpy as np
import pytest
import torch

from checkkit.runner import Array, Flag, Integer
from checkkit.spies.gradients import missing_gradients
from checkkit.spies.unet_trace import refuses, trace
from checkkit.spies.weights import randomise
from checkkit.tapes import TAPE, close, read_tape
from checkkit.verdicts.conditioning import (
    Conditions,
    assert_class_scale,
    assert_time_shift,
    assert_unconditional_rest,
    assert_unmodulated,
)
from checkkit.verdicts.unet import (
    LEAVE,
    UP1,
    UP2,
    assert_last_layer,
    assert_stage_order,
    assert_widths,
)

pytestmark = pytest.mark.task("hidden_unets")


def probe_unconditional(diffusion, *, sizes, weights_seed, x, train):
    return trace(diffusion.unet.UnconditionalUNet(*sizes), diffusion.blocks, weights_seed, train, x)


def probe_time(diffusion, *, sizes, weights_seed, x, t, train):
    net = diffusion.unet.TimeConditionalUNet(*sizes)
    return trace(net, diffusion.blocks, weights_seed, train, x, t)


def probe_class(diffusion, *, sizes, weights_seed, x, c, t, mask, train):
    net = diffusion.unet.ClassConditionalUNet(*sizes)
    return trace(net, diffusion.blocks, weights_seed, train, x, c, t, mask)


def probe_keywords(diffusion, *, sizes, weights_seed, x, c, t, mask):
    net = diffusion.unet.ClassConditionalUNet(*sizes)
    randomise(net, weights_seed)
    net.eval()
    with torch.no_grad():
        bare = net(x, c, t)
        positional = net(x, c, t, mask)
        named = net(mask=mask, t=t, c=c, x=x)
        bare_again = net(x, c, t)
        again = net(x, c, t, mask)
    return {
        **{"positional": positional, "named": named, "again": again},
        **{"bare": bare, "bare_again": bare_again},
        **{"x_after": x, "c_after": c, "t_after": t, "mask_after": mask},
    }


def probe_reach(diffusion, *, sizes, weights_seed, x, c, t):
    nets, blocks = diffusion.unet, diffusion.blocks
    channels, num_classes, hiddens = sizes
    timed = missing_gradients(
        nets.TimeConditionalUNet(channels, hiddens), blocks, weights_seed, x, t
    )
    net = nets.ClassConditionalUNet(channels, num_classes, hiddens)
    classed = missing_gradients(net, blocks, weights_seed, x, c, t)
    return {
        **{f"time_{name}": value for name, value in timed.items()},
        **{f"class_{name}": value for name, value in classed.items()},
    }


def probe_smaller(diffusion, *, sizes, x, c, t):
    net = diffusion.unet.ClassConditionalUNet(*sizes)
    return {"refused": refuses(net.eval(), x, c, t)}


def drawn(rng, n, channels, num_classes):
    """Images, classes and times in [0, 1], both ends of both ranges among them."""
    classes = np.array([0, num_classes - 1, *rng.integers(num_classes, size=max(n - 2, 0))])
    times = np.array([1, 0, *rng.choice([0, 0.25, 0.5, 1], size=max(n - 2, 0))], np.float32)
    return {
        "x": rng.random((n, channels, 28, 28), dtype=np.float32),
        "c": rng.permutation(classes)[:n],
        "t": rng.permutation(times)[:n],
    }


def followed(submission, rng, probe, sizes, **inputs):
    """Output and tape of one call."""
    seen = submission.run(
        probe,
        returns={"output": Array(inputs["x"].shape), **TAPE},
        sizes=list(sizes),
        weights_seed=int(rng.integers(2**31)),
        **inputs,
    )
    return seen["output"], read_tape(seen)


def test_hidden_unconditional_unet_in_train_mode(submission, rng):
    """In train mode too, with 2 channels and 5 hidden ones, the UNet is that of the figure."""
    x = rng.random((5, 2, 28, 28), dtype=np.float32)
    output, tape = followed(submission, rng, probe_unconditional, (2, 5), x=x, train=True)
    assert_stage_order(tape, x)
    assert_widths(tape, 2, 5)
    for end in (UP1, UP2, LEAVE):
        assert_unmodulated(tape, end)
    assert_last_layer(tape, output)


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
def test_hidden_time_enters_at_any_width(submission, rng, train):
    """With 3 channels, 5 hidden ones and times from 0 to 1, t enters at unflatten and at up1."""
    told = drawn(rng, 5, 3, 10)
    del told["c"]
    output, tape = followed(submission, rng, probe_time, (3, 5), train=train, **told)
    for end in (UP1, UP2):
        assert_time_shift(tape, end, Conditions(told["t"]))
    assert_widths(tape, 3, 5)
    assert_unconditional_rest(tape, told["x"], output)


@pytest.mark.parametrize(
    ("n", "num_classes"), [(6, 6), (7, 3), (5, 12)], ids=["6of6", "7of3", "5of12"]
)
def test_hidden_classes_of_any_number(submission, rng, n, num_classes):
    """With other numbers of classes and images, a mixed mask drops the classes of its own
    images.
    """
    told = drawn(rng, n, 2, num_classes)
    mask = rng.permutation(np.arange(n) % 2).astype(np.float32)
    sizes = (2, num_classes, 3)
    _, tape = followed(submission, rng, probe_class, sizes, mask=mask, train=n == 7, **told)
    for end in (UP1, UP2):
        assert_class_scale(tape, end, Conditions(told["t"], told["c"], mask, num_classes))


def test_hidden_all_or_none_dropped(submission, rng):
    """A mask of zeros drops every class, one of ones none, for a single image as well."""
    for n in (1, 4):
        told = drawn(rng, n, 1, 10)
        for mask in (np.zeros(n, bool), np.ones(n, np.int64)):
            _, tape = followed(
                submission, rng, probe_class, (1, 10, 4), mask=mask, train=False, **told
            )
            for end in (UP1, UP2):
                assert_class_scale(tape, end, Conditions(told["t"], told["c"], mask, 10))


def test_hidden_arguments_are_named_and_stay(submission, rng):
    """x, c, t and mask may be named, stay as they are, and an earlier call leaves no trace."""
    told = drawn(rng, 4, 1, 5)
    mask = rng.permutation([0.0, 1.0, 1.0, 0.0]).astype(np.float32)
    shape = told["x"].shape
    seen = submission.run(
        probe_keywords,
        returns={
            **{name: Array(shape) for name in ("positional", "named", "again", "x_after")},
            **{name: Array(shape) for name in ("bare", "bare_again")},
            **{"c_after": Array((4,), "int64"), "t_after": Array((4,)), "mask_after": Array((4,))},
        },
        sizes=[1, 5, 4],
        weights_seed=int(rng.integers(2**31)),
        mask=mask,
        **told,
    )
    assert close(seen["named"], seen["positional"]), "named and positional arguments differ"
    assert close(seen["again"], seen["positional"]), "a call in between changes the output"
    assert close(seen["bare_again"], seen["bare"]), (
        "a call with a mask changes the output of a later call without one"
    )
    for name, value in (told | {"mask": mask}).items():
        assert np.array_equal(seen[f"{name}_after"], value), f"the net changes its argument {name}"


def test_hidden_gradients_reach_every_stage(submission, rng):
    """A loss on the output has a gradient in every stage, in every embedding and in the last
    convolution.
    """
    seen = submission.run(
        probe_reach,
        returns={
            f"{net}_{what}": Integer() for net in ("time", "class") for what in ("parts", "missed")
        },
        sizes=[1, 4, 4],
        weights_seed=int(rng.integers(2**31)),
        **drawn(rng, 3, 1, 4),
    )
    for net in ("time", "class"):
        missed, parts = seen[f"{net}_missed"], seen[f"{net}_parts"]
        assert missed == 0 and parts > 0, (
            f"{net}-conditional UNet: no gradient reaches {missed} of its {parts} parts"
        )


def test_hidden_other_sizes_raise(submission, rng):
    """The class-conditional UNet, too, refuses 32 x 32 pixels."""
    told = drawn(rng, 2, 1, 4)
    told["x"] = rng.random((2, 1, 32, 32), dtype=np.float32)
    seen = submission.run(probe_smaller, returns={"refused": Flag()}, sizes=[1, 4, 4], **told)
    assert seen["refused"], "images of 32 x 32 pixels pass through the net"
