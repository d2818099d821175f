"""ClassConditionalUNet of unet.py by its outputs alone: how the class enters is your choice.

Weights are set to new random numbers of order 1, so that every input of the net changes its output.
A convolution with class and time added passes many of these checks. So they count only if one of
the first three passes, which no net fails that denoises.
"""

import numpy as np
import pytest
import torch

from checkkit.runner import Array, CheckFailed, expect
from checkkit.runs.unets import assert_gradients_reach_all_parts, assert_same_output_twice
from checkkit.spies.unet_trace import build
from checkkit.spies.weights import randomise
from checkkit.tapes import close
from checkkit.verdicts.dependence import assert_rows_follow, repeated_rows
from checkkit.verdicts.reach import (
    assert_acts_on_image,
    assert_not_affine,
    assert_sees_far,
    with_a_changed_corner,
)

pytestmark = pytest.mark.task("class_behaviour")

NET, CLASSES = "ClassConditionalUNet", 10
# By chance two classes may look nearly alike, above all in narrow nets: in one net of 200 they
# differ by less than DIFFERENT times the output's scale. So three nets are compared. Equal rows
# differ by 1e-7.
D, NETS, DIFFERENT = 16, 3, 1e-6


def probe_outputs(diffusion, *, sizes, weights_seed, x, c, t, mask, kinds):
    net = build(diffusion.unet, "ClassConditionalUNet", sizes)
    randomise(net, weights_seed)
    net.eval()
    types = {"bool": torch.bool, "int": torch.int64, "float": torch.float32}
    outputs = []
    with torch.no_grad():
        for i, kind in enumerate(kinds):
            masks = [] if kind == "none" else [mask[i].to(types[kind])]
            outputs.append(net(x, c[i], t[i], *masks))
    return {"outputs": torch.stack(outputs)}


def probe_changes(diffusion, *, sizes, weights_seeds, images, c, t):
    net = build(diffusion.unet, "ClassConditionalUNet", sizes)
    net.eval()
    outputs = []
    for weights_seed in weights_seeds:
        randomise(net, weights_seed)
        with torch.no_grad():
            for one_c, one_t in zip(c, t, strict=True):
                n = images.shape[1]
                given = one_c.expand(n), one_t.expand(n), torch.ones(n)
                outputs += [net(x, *given) for x in images]
    return {"outputs": torch.stack(outputs)}


def outputs_to_changes(submission, rng, *conditions) -> tuple[np.ndarray, np.ndarray]:
    """What nets make of images, and where a corner of them has changed, for each (c, t).

    Returns:
        outputs (nets, conditions, 3, N, 1, 28, 28) and images (3, N, 1, 28, 28).
    """
    images = with_a_changed_corner(rng, rng.random((4, 1, 28, 28), dtype=np.float32))
    c, t = zip(*conditions, strict=True)
    evidence = submission.run(
        probe_changes,
        returns={"outputs": Array((NETS * len(c) * len(images), *images.shape[1:]))},
        sizes=[1, CLASSES, D],
        weights_seeds=[int(seed) for seed in rng.integers(2**31, size=NETS)],
        images=images,
        c=np.array(c, np.int64)[:, None],
        t=np.array(t, np.float32)[:, None],
    )
    return evidence["outputs"].reshape(NETS, len(c), *images.shape), images


def outputs_of(submission, rng, calls, sizes=(1, CLASSES, D), same_image=False):
    """The outputs of one net, one for each call: (c, t, mask, kind of mask), with one x for all.

    Returns:
        (calls, N, C, 28, 28) float32.
    """
    n, channels = len(calls[0][0]), sizes[0]
    x = rng.random((1 if same_image else n, channels, 28, 28), dtype=np.float32)
    x = np.broadcast_to(x, (n, channels, 28, 28))
    # Rows that come twice show that the net is a function. As many rows as classes stay so many.
    rows = np.arange(n) if n in (1, sizes[1]) and not same_image else repeated_rows(rng, n)
    evidence = submission.run(
        probe_outputs,
        returns={"outputs": Array((len(calls), len(rows), channels, 28, 28))},
        sizes=list(sizes),
        weights_seed=int(rng.integers(2**31)),
        x=x[rows],
        c=np.array([call[0] for call in calls], np.int64)[:, rows],
        t=np.array([call[1] for call in calls], np.float32)[:, rows],
        mask=np.array([call[2] for call in calls], np.float32)[:, rows],
        kinds=[call[3] for call in calls],
    )
    for outputs in evidence["outputs"]:
        assert_rows_follow("the net", outputs, rows, distinct=not same_image)
    return evidence["outputs"][:, np.unique(rows, return_index=True)[1]]


def outputs_of_nets(submission, rng, calls, sizes=(1, CLASSES, D)):
    """`outputs_of` for several nets, each with one image for all rows."""
    return [outputs_of(submission, rng, calls, sizes, same_image=True) for _ in range(NETS)]


def differ(nets, a, b):
    """Whether two outputs, call or (call, row) each, differ in any of the nets."""
    return any(np.abs(net[a] - net[b]).max() > DIFFERENT * np.abs(net).max() for net in nets)


def assert_mask_has_effect(kept, dropped):
    """The outputs for kept and dropped classes differ; else every other check of masks is void."""
    expect(
        differ([np.stack([kept, dropped])], 0, 1),
        "the net gives the same output for a mask of ones and for one with zeros",
    )


def test_each_pixel_of_the_output_sees_far(submission, rng):
    """What changes in one corner of an image changes the output more than 5 pixels away.

    Noise shows in the digit around it: go down to 14 x 14, 7 x 7 and a single pixel.
    """
    condition = rng.integers(CLASSES), rng.uniform(0.1, 0.9)
    assert_sees_far(*outputs_to_changes(submission, rng, condition))


def test_the_net_is_more_than_an_affine_function(submission, rng):
    """The output for the mean of two images is not the mean of their outputs.

    Without an activation function, many layers are worth one.
    """
    condition = rng.integers(CLASSES), rng.uniform(0.1, 0.9)
    assert_not_affine(outputs_to_changes(submission, rng, condition)[0])


def test_class_and_time_change_what_the_net_does_with_the_image(submission, rng):
    """With another class, or time, the same change of the image makes another change of the output.

    So use both in front of an activation function, or as factors.
    """
    c, other = rng.permutation(CLASSES)[:2]
    outputs, _ = outputs_to_changes(submission, rng, (c, 0.1), (c, 0.9), (other, 0.1))
    assert_acts_on_image(outputs, 0, 1, "another time")
    assert_acts_on_image(outputs, 0, 2, "another class")


@pytest.mark.supporting
@pytest.mark.parametrize("num_classes", [10, 12])
def test_every_class_gives_another_output(submission, rng, num_classes):
    """The same noisy image at the same time gives another output for every class."""
    classes, ones = np.arange(num_classes), np.ones(num_classes)
    call = (classes, rng.uniform(0.1, 0.9) * ones, ones, "float")
    nets = outputs_of_nets(submission, rng, [call], (1, num_classes, D))
    for a in classes:
        for b in classes[:a]:
            expect(differ(nets, (0, a), (0, b)), f"classes {b} and {a} give the same output")


@pytest.mark.supporting
def test_time_changes_the_output(submission, rng):
    """The same noisy image with the same class gives another output at every time, kept or
    dropped.
    """
    times = rng.permutation(np.linspace(0, 1, 6))
    c = np.full(6, rng.integers(CLASSES))
    calls = [(c, times, np.full(6, keep), "float") for keep in (1, 0)]
    nets = outputs_of_nets(submission, rng, calls)
    for call, what in enumerate(("kept", "dropped")):
        for a in range(6):
            for b in range(a):
                if not differ(nets, (call, a), (call, b)):
                    raise CheckFailed(
                        f"times {times[b]:.1f} and {times[a]:.1f} give the same output where the "
                        f"class is {what}"
                    )


@pytest.mark.supporting
def test_dropped_class_leaves_no_trace(submission, rng):
    """Where the mask is 0, the output is the same whatever the class was.

    A dropped class is a vector of zeros in place of the one-hot vector, before the embedding.
    """
    c = rng.permutation(CLASSES)[:8]
    t, zeros = rng.uniform(0.1, 0.9, 8), np.zeros(8)
    others = (c + 1) % CLASSES
    calls = [(c, t, zeros, "float"), (others, t, zeros, "float"), (c, t, zeros + 1, "float")]
    first, second, kept = outputs_of(submission, rng, calls)
    assert_mask_has_effect(kept, first)
    for i, (one, other) in enumerate(zip(first, second, strict=True)):
        if not close(one, other):
            raise CheckFailed(
                f"with mask 0, classes {c[i]} and {(c[i] + 1) % CLASSES} give different outputs"
            )


@pytest.mark.supporting
def test_dropped_class_is_none_of_the_classes(submission, rng):
    """Without a class the net gives another output than with any class: dropped is not class 0."""
    c, ones = np.arange(CLASSES), np.ones(CLASSES)
    t = rng.uniform(0.1, 0.9) * ones
    nets = outputs_of_nets(submission, rng, [(c, t, keep * ones, "float") for keep in (1, 0)])
    for label in c:
        expect(
            differ(nets, (0, label), (1, label)),
            f"a dropped class and class {label} give the same output",
        )


@pytest.mark.supporting
@pytest.mark.parametrize("n", [6, CLASSES])
def test_each_mask_entry_belongs_to_its_image(submission, rng, n):
    """In a batch with a mixed mask, the output for each image depends on its own mask only.

    A mask (10,) times one-hot vectors (10, 10) raises no error and drops classes instead of images.
    """
    c = rng.permutation(CLASSES)[:n]
    t = rng.uniform(0.1, 0.9, n)
    mask = rng.permutation(np.arange(n) % 2)
    mixed, kept, dropped = outputs_of(
        submission, rng, [(c, t, m, "float") for m in (mask, np.ones(n), np.zeros(n))]
    )
    assert_mask_has_effect(kept, dropped)
    for i in range(n):
        if not close(mixed[i], (kept if mask[i] else dropped)[i]):
            raise CheckFailed(
                f"image {i} with mask {mask[i]} has another output in a batch with mask {mask} "
                f"than in a batch where every mask is {mask[i]}"
            )


@pytest.mark.supporting
def test_mask_may_be_left_out_or_of_any_kind(submission, rng):
    """Without a mask all classes are kept, and a mask may hold True and False, integers or
    floats.
    """
    c, t = rng.permutation(CLASSES)[:6], rng.uniform(0.1, 0.9, 6)
    mask = rng.permutation([0, 0, 1, 1, 1, 0])
    none, ones, *kinds = outputs_of(
        submission,
        rng,
        [
            (c, t, mask, "none"),
            (c, t, np.ones(6), "float"),
            *((c, t, mask, kind) for kind in ("float", "bool", "int")),
        ],
    )
    assert_mask_has_effect(none, kinds[0])
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
        outputs_of(submission, rng, [(c, t, np.arange(n) % 2, "float")], sizes)


@pytest.mark.supporting
def test_the_net_answers_twice_alike(submission, rng):
    """In eval mode the net gives the same output twice, and keeps its parameters."""
    x, c = rng.random((4, 1, 28, 28)), rng.integers(CLASSES, size=4)
    t = rng.permutation([0.1, 0.4, 0.7, 1])  # two times may not be alike by chance
    inputs = np.float32(x), c, np.float32(t), np.array([0, 1, 1, 0], np.float32)
    assert_same_output_twice(submission, rng, NET, (1, CLASSES, 8), *inputs)


@pytest.mark.supporting
def test_gradients_reach_every_part(submission, rng):
    """A loss on the output has a gradient in every block and every weight outside of blocks, if
    some classes are kept and some dropped.
    """
    x, t = rng.random((6, 1, 28, 28)), rng.uniform(0.1, 0.9, 6)
    c, mask = rng.permutation([0, 1, 2, 3, 0, 1]), rng.permutation([1, 1, 1, 1, 0, 0])
    inputs = np.float32(x), c, np.float32(t), np.float32(mask)
    assert_gradients_reach_all_parts(submission, rng, NET, (1, 4, 4), *inputs)
