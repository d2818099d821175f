"""ClassConditionalUNet of unet.py, by what it does alone: how the class enters is your choice.

Weights are set to fresh random numbers of order 1, so that everything the net was told shows in
its output.
"""

import numpy as np
import pytest
import torch

from checkkit.runner import Array, CheckFailed, Integer
from checkkit.spies.gradients import missing_gradients
from checkkit.spies.unet_trace import call_twice
from checkkit.spies.weights import randomise
from checkkit.tapes import close
from checkkit.verdicts.determinism import assert_deterministic, two_calls_returns

pytestmark = pytest.mark.task("class_behaviour")

CLASSES = 10
# Two classes may by chance look nearly alike, above all in narrow nets: in one of 200 they differ
# by less than this share of the output's scale. So three nets are asked. Equal rows differ by 1e-7.
D, NETS, SEEN = 16, 3, 1e-6


def probe_answers(diffusion, *, sizes, weights_seed, x, c, t, mask, kinds):
    net = diffusion.unet.ClassConditionalUNet(*sizes)
    randomise(net, weights_seed)
    net.eval()
    types = {"bool": torch.bool, "int": torch.int64, "float": torch.float32}
    outputs = []
    with torch.no_grad():
        for i, kind in enumerate(kinds):
            told = (x, c[i], t[i])
            outputs.append(net(*told) if kind == "none" else net(*told, mask[i].to(types[kind])))
    return {"outputs": torch.stack(outputs)}


def probe_twice(diffusion, *, sizes, weights_seed, x, c, t, mask):
    net = diffusion.unet.ClassConditionalUNet(*sizes)
    return call_twice(net, weights_seed, x, c, t, mask)


def probe_reach(diffusion, *, sizes, weights_seed, x, c, t, mask):
    net = diffusion.unet.ClassConditionalUNet(*sizes)
    return missing_gradients(net, diffusion.blocks, weights_seed, x, c, t, mask)


def asked(submission, rng, calls, sizes=(1, CLASSES, D), same_image=False):
    """The outputs of one net, one for each call: (c, t, mask, kind of mask), with one x for all.

    Returns:
        (calls, N, C, 28, 28) float32.
    """
    n, channels = len(calls[0][0]), sizes[0]
    x = rng.random((1 if same_image else n, channels, 28, 28), dtype=np.float32)
    seen = submission.run(
        probe_answers,
        returns={"outputs": Array((len(calls), n, channels, 28, 28))},
        sizes=list(sizes),
        weights_seed=int(rng.integers(2**31)),
        x=np.ascontiguousarray(np.broadcast_to(x, (n, channels, 28, 28))),
        c=np.array([call[0] for call in calls], np.int64),
        t=np.array([call[1] for call in calls], np.float32),
        mask=np.array([call[2] for call in calls], np.float32),
        kinds=[call[3] for call in calls],
    )
    return seen["outputs"]


def several(submission, rng, calls, sizes=(1, CLASSES, D)):
    """The same of some nets, each with an image of its own that is asked about in every row."""
    return [asked(submission, rng, calls, sizes, same_image=True) for _ in range(NETS)]


def differ(nets, a, b):
    """Whether two answers, call or (call, row) each, differ in any of the nets."""
    return any(np.abs(net[a] - net[b]).max() > SEEN * np.abs(net).max() for net in nets)


def explain_mask(kept, dropped):
    """A mask does something: to what ignores it, every other claim about masks is empty.

    Raises:
        CheckFailed: the answers to kept and to dropped classes are the same.
    """
    if not differ([np.stack([kept, dropped])], 0, 1):
        raise CheckFailed("with a mask of ones and with zeros in it, the net answers the same")


@pytest.mark.parametrize("num_classes", [10, 12])
def test_every_class_gives_another_output(submission, rng, num_classes):
    """The same noisy image at the same time gives another output for every class."""
    classes, ones = np.arange(num_classes), np.ones(num_classes)
    call = (classes, rng.uniform(0.1, 0.9) * ones, ones, "none")
    nets = several(submission, rng, [call], (1, num_classes, D))
    for a in classes:
        for b in classes[:a]:
            if not differ(nets, (0, a), (0, b)):
                raise CheckFailed(f"classes {b} and {a} give the same output")


def test_time_changes_the_output(submission, rng):
    """The same noisy image with the same class gives another output at every time, kept or
    dropped.
    """
    times = rng.permutation(np.linspace(0, 1, 6))
    c = np.full(6, rng.integers(CLASSES))
    calls = [(c, times, np.full(6, keep), "float") for keep in (1, 0)]
    nets = several(submission, rng, calls)
    for call, what in enumerate(("kept", "dropped")):
        for a in range(6):
            for b in range(a):
                if not differ(nets, (call, a), (call, b)):
                    raise CheckFailed(
                        f"times {times[b]:.1f} and {times[a]:.1f} give the same output where the "
                        f"class is {what}"
                    )


def test_dropped_class_leaves_no_trace(submission, rng):
    """Where the mask is 0, the output is the same whatever the class was.

    A dropped class is a vector of zeros, put in before anything is made of it.
    """
    c = rng.permutation(CLASSES)
    t, zeros = rng.uniform(0.1, 0.9, CLASSES), np.zeros(CLASSES)
    others = (c + 1) % CLASSES
    calls = [(c, t, zeros, "float"), (others, t, zeros, "float"), (c, t, zeros + 1, "float")]
    first, second, kept = asked(submission, rng, calls)
    explain_mask(kept, first)
    for i, (one, other) in enumerate(zip(first, second, strict=True)):
        if not close(one, other):
            raise CheckFailed(
                f"with mask 0, classes {c[i]} and {(c[i] + 1) % CLASSES} give different outputs"
            )


def test_dropped_class_is_none_of_the_classes(submission, rng):
    """Without a class the net answers otherwise than with any class: dropped is not class 0."""
    c, ones = np.arange(CLASSES), np.ones(CLASSES)
    t = rng.uniform(0.1, 0.9) * ones
    nets = several(submission, rng, [(c, t, keep * ones, "float") for keep in (1, 0)])
    for label in c:
        if not differ(nets, (0, label), (1, label)):
            raise CheckFailed(f"a dropped class and class {label} give the same output")


@pytest.mark.parametrize("n", [6, CLASSES])
def test_each_mask_entry_belongs_to_its_image(submission, rng, n):
    """In a batch with a mixed mask, every image is answered as if its own mask held for all.

    A mask (10,) times one-hot vectors (10, 10) raises no error and drops classes instead of images.
    """
    c = rng.permutation(CLASSES)[:n]
    t = rng.uniform(0.1, 0.9, n)
    mask = rng.permutation(np.arange(n) % 2)
    mixed, kept, dropped = asked(
        submission, rng, [(c, t, m, "float") for m in (mask, np.ones(n), np.zeros(n))]
    )
    explain_mask(kept, dropped)
    for i in range(n):
        if not close(mixed[i], (kept if mask[i] else dropped)[i]):
            raise CheckFailed(
                f"image {i} with mask {mask[i]} is answered otherwise in a batch of mask {mask} "
                f"than where every mask is {mask[i]}"
            )


def test_mask_may_be_left_out_or_of_any_kind(submission, rng):
    """Without a mask all classes are kept, and a mask may hold True and False, integers or
    floats.
    """
    c, t = rng.permutation(CLASSES)[:6], rng.uniform(0.1, 0.9, 6)
    mask = rng.permutation([0, 0, 1, 1, 1, 0])
    none, ones, *kinds = asked(
        submission,
        rng,
        [
            (c, t, mask, "none"),
            (c, t, np.ones(6), "float"),
            *((c, t, mask, kind) for kind in ("float", "bool", "int")),
        ],
    )
    explain_mask(none, kinds[0])
    assert close(none, ones), "no mask and a mask of ones give different outputs"
    for kind, output in zip(("bool", "int"), kinds[1:], strict=True):
        assert close(output, kinds[0]), f"mask {mask} as {kind} and as float: different outputs"


@pytest.mark.supporting
@pytest.mark.parametrize("sizes", [(1, 10, 4), (2, 12, 3)], ids=["usual", "other"])
def test_shape_and_dtype_are_those_of_the_images(submission, rng, sizes):
    """The output has the images' shape and dtype float32, for one image as for several, with
    other channels, classes and widths.
    """
    for n in (1, 5):
        c, t = rng.integers(sizes[1], size=n), rng.uniform(0, 1, n)
        asked(submission, rng, [(c, t, np.arange(n) % 2, "float")], sizes)


@pytest.mark.supporting
def test_the_net_answers_twice_alike(submission, rng):
    """In eval mode the net gives the same output twice, and keeps its parameters.

    Layers are made in __init__: an optimizer never sees those that forward makes.
    """
    shape = (4, 1, 28, 28)
    seen = submission.run(
        probe_twice,
        returns=two_calls_returns(shape),
        sizes=[1, CLASSES, 4],
        weights_seed=int(rng.integers(2**31)),
        x=rng.random(shape, dtype=np.float32),
        c=rng.integers(CLASSES, size=4),
        t=rng.random(4, dtype=np.float32),
        mask=np.array([0, 1, 1, 0], np.float32),
    )
    assert_deterministic(seen)


@pytest.mark.supporting
def test_gradients_reach_every_part(submission, rng):
    """A loss on the output has a gradient in every block and every weight outside blocks, where
    some classes are kept and some dropped.
    """
    seen = submission.run(
        probe_reach,
        returns={"parts": Integer(), "missed": Integer()},
        sizes=[1, 4, 4],
        weights_seed=int(rng.integers(2**31)),
        x=rng.random((6, 1, 28, 28), dtype=np.float32),
        c=rng.permutation([0, 1, 2, 3, 0, 1]),
        t=rng.uniform(0.1, 0.9, 6).astype(np.float32),
        mask=rng.permutation([1, 1, 1, 1, 0, 0]).astype(np.float32),
    )
    assert seen["missed"] == 0 and seen["parts"] > 0, (
        f"no gradient reaches {seen['missed']} of the net's {seen['parts']} parts"
    )
