"""ClassConditionalUNet of unet.py: where class and time enter, and what the mask does."""

import numpy as np
import pytest
import torch

from checkkit.runner import Array
from checkkit.runs.unets import assert_refuses_other_sizes, assert_same_output_twice, traced_call
from checkkit.spies.unet_trace import build
from checkkit.spies.weights import randomise
from checkkit.tapes import close
from checkkit.verdicts.conditioning import Conditions, assert_class_scale, assert_unconditional_rest
from checkkit.verdicts.connections import show_connections
from checkkit.verdicts.stages import UP1, UP2

pytestmark = pytest.mark.task("class_unet")

CLASSES = 10
NET, SIZES = "ClassConditionalUNet", (1, CLASSES, 4)


def probe_masks(diffusion, *, sizes, weights_seed, x, c, t, mask):
    unet = build(diffusion.unet, "ClassConditionalUNet", sizes)
    randomise(unet, weights_seed)
    unet.eval()
    with torch.no_grad():
        return {
            "none": unet(x, c, t),
            "ones": unet(x, c, t, torch.ones_like(mask)),
            "bool": unet(x, c, t, mask.bool()),
            "int": unet(x, c, t, mask.long()),
            "float": unet(x, c, t, mask=mask.float()),
        }


def batch(rng, n=6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x (n, 1, 28, 28), c (n,) int64 and t (n,), in which each class and each time comes twice."""
    classes = rng.choice(CLASSES, size=-(-n // 2), replace=False)
    times = rng.permutation(np.linspace(0.1, 0.95, -(-n // 2), dtype=np.float32))
    x = rng.random((n, 1, 28, 28), dtype=np.float32)
    return x, np.repeat(classes, 2)[:n], np.tile(times, 2)[:n]


def assert_scales(submission, rng, ends, n=6, mask=None) -> None:
    """Class and time enter at these stages, in a batch of n images."""
    x, c, t = batch(rng, n)
    keep = np.ones(n, np.float32) if mask is None else mask
    _, tape = traced_call(submission, rng, NET, SIZES, x, c, t, keep)
    for end in ends:
        assert_class_scale(tape, end, Conditions(t, c, keep, CLASSES))


def test_class_scales_and_time_shifts_unflatten(submission, rng):
    """The first UpBlock takes c1 * unflatten + t1: c1 is an FCBlock's output at the one-hot class,
    t1 an FCBlock's output at t.

    Each of the four embeddings has its own FCBlock. A table with one row for each class may replace
    the one-hot vector and its FCBlock.
    """
    assert_scales(submission, rng, [UP1])


def test_class_scales_and_time_shifts_the_first_up_block(submission, rng):
    """The second UpBlock takes c2 * up1 + t2: c2 is an FCBlock's output at the one-hot class, t2
    an FCBlock's output at t.

    Each of the four embeddings has its own FCBlock. A table with one row for each class may replace
    the one-hot vector and its FCBlock.
    """
    assert_scales(submission, rng, [UP2])


def test_mask_drops_the_class_before_its_embedding(submission, rng):
    """Where the mask is 0, the one-hot vector is all zeros before it enters the FCBlock; where it
    is 1, nothing changes.

    The mask has shape (N,), the one-hot vectors (N, 10): make it (N, 1) before you multiply.
    """
    mask = rng.permutation([0, 0, 1, 1, 1, 0]).astype(np.float32)
    assert_scales(submission, rng, [UP1, UP2], mask=mask)


def test_mask_works_for_as_many_images_as_classes(submission, rng):
    """With 10 images and 10 classes each mask entry belongs to its image, not to a class.

    A mask (10,) times one-hot vectors (10, 10) raises no error and drops classes instead of images.
    """
    mask = rng.permutation(np.repeat([0, 1], CLASSES // 2)).astype(np.float32)
    assert_scales(submission, rng, [UP1, UP2], CLASSES, mask)


@pytest.mark.supporting
def test_mask_may_be_missing_or_bool_or_int_or_float(submission, rng):
    """Without a mask all classes are kept, and a mask may hold True and False, integers or
    floats.
    """
    x, c, t = batch(rng)
    mask = rng.permutation([0, 0, 1, 1, 1, 0])
    kinds = ("none", "ones", "bool", "int", "float")
    evidence = submission.run(
        probe_masks,
        returns={kind: Array(x.shape) for kind in kinds},
        sizes=SIZES,
        weights_seed=int(rng.integers(2**31)),
        **{"x": x, "c": c, "t": t, "mask": mask},
    )
    same = close(evidence["none"], evidence["ones"])
    assert same, "no mask and a mask of ones give different outputs"
    for kind in ("bool", "int"):
        same = close(evidence[kind], evidence["float"])
        assert same, f"mask {mask} as {kind} and as float give different outputs"


def test_the_rest_is_the_unconditional_unet(submission, rng, exhibits):
    """Apart from class and time, the net is the unconditional UNet: the same stages, skips and last
    convolution.
    """
    x, c, t = batch(rng)
    ones = np.ones(len(c), np.float32)
    output, tape = traced_call(submission, rng, NET, SIZES, x, c, t, ones)
    conditions = Conditions(t, c, ones, CLASSES)
    show_connections(exhibits, "Your class-conditional UNet", tape, x, output, conditions)
    assert_unconditional_rest(tape, x, output)


def test_the_net_is_a_function_of_images_classes_and_times(submission, rng):
    """In eval mode the net gives the same output twice and another one for another class or time,
    keeps its parameters, and refuses 32 x 32 pixels.
    """
    x, c, t = batch(rng)
    ones = np.ones(len(c), np.float32)
    assert_same_output_twice(submission, rng, NET, (1, CLASSES, 8), x, c, t, ones)
    assert_refuses_other_sizes(submission, rng, NET, SIZES, c, t, ones)
