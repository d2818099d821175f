"""ClassConditionalUNet of unet.py: where class and time enter, and what the mask does."""

import numpy as np
import pytest
import torch

from checkkit.runner import Array, Flag
from checkkit.spies.unet_trace import call_twice, refuses, trace
from checkkit.spies.weights import randomise
from checkkit.tapes import TAPE, close, read_tape
from checkkit.verdicts.conditioning import Conditions, assert_class_scale, assert_unconditional_rest
from checkkit.verdicts.determinism import assert_deterministic, two_calls_returns
from checkkit.verdicts.skip_connections import connections_of, show_connections
from checkkit.verdicts.unet import UP1, UP2

pytestmark = pytest.mark.task("class_unet")

D, CLASSES = 4, 10


def probe_class_unet(diffusion, *, num_classes, num_hiddens, weights_seed, x, c, t, mask):
    unet = diffusion.unet.ClassConditionalUNet(1, num_classes, num_hiddens)
    return trace(unet, diffusion.blocks, weights_seed, False, x, c, t, mask)


def probe_masks(diffusion, *, num_classes, num_hiddens, weights_seed, x, c, t, mask):
    unet = diffusion.unet.ClassConditionalUNet(1, num_classes, num_hiddens)
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


def probe_twice(diffusion, *, num_classes, num_hiddens, weights_seed, x, c, t):
    unet = diffusion.unet.ClassConditionalUNet(1, num_classes, num_hiddens)
    return call_twice(unet, weights_seed, x, c, t)


def probe_other_size(diffusion, *, num_classes, num_hiddens, x, c, t):
    unet = diffusion.unet.ClassConditionalUNet(1, num_classes, num_hiddens)
    return {"refused": refuses(unet.eval(), x, c, t)}


def batch(rng, n=6):
    """Images with classes and times, two of each alike, in an order of their own.

    Returns:
        {"x": (n, 1, 28, 28) float32, "c": (n,) int64, "t": (n,) float32}
    """
    classes = rng.choice(CLASSES, size=-(-n // 2), replace=False)
    times = rng.permutation(np.linspace(0.1, 0.95, -(-n // 2), dtype=np.float32))
    return {
        "x": rng.random((n, 1, 28, 28), dtype=np.float32),
        "c": np.repeat(classes, 2)[:n],
        "t": np.tile(times, 2)[:n],
    }


def followed(submission, rng, told, mask=None):
    """The output, the tape, and what the net was told as the analysis takes it."""
    seen = submission.run(
        probe_class_unet,
        returns={"output": Array(told["x"].shape), **TAPE},
        num_classes=CLASSES,
        num_hiddens=D,
        weights_seed=int(rng.integers(2**31)),
        mask=mask,
        **told,
    )
    keep = np.ones(len(told["c"])) if mask is None else mask
    return seen["output"], read_tape(seen), Conditions(told["t"], told["c"], keep, CLASSES)


def test_class_scales_and_time_shifts_unflatten(submission, rng):
    """The first UpBlock takes c1 * unflatten + t1: c1 an FCBlock's output at the one-hot class,
    t1 one's at t.

    All four embeddings come from FCBlocks of their own. A table with one row a class may take the
    place of the one-hot vector and its FCBlock.
    """
    _, tape, inputs = followed(submission, rng, batch(rng))
    assert_class_scale(tape, UP1, inputs)


def test_class_scales_and_time_shifts_the_first_up_block(submission, rng):
    """The second UpBlock takes c2 * up1 + t2: c2 an FCBlock's output at the one-hot class, t2
    one's at t.

    All four embeddings come from FCBlocks of their own. A table with one row a class may take the
    place of the one-hot vector and its FCBlock.
    """
    _, tape, inputs = followed(submission, rng, batch(rng))
    assert_class_scale(tape, UP2, inputs)


def test_mask_drops_the_class_before_its_embedding(submission, rng):
    """Where the mask is 0, the one-hot vector is all zeros before it enters the FCBlock; where it
    is 1, nothing changes.

    The mask has shape (N,), the one-hot vectors (N, 10): make it (N, 1) before you multiply.
    """
    mask = rng.permutation([0, 0, 1, 1, 1, 0]).astype(np.float32)
    _, tape, inputs = followed(submission, rng, batch(rng), mask)
    for end in (UP1, UP2):
        assert_class_scale(tape, end, inputs)


def test_mask_works_for_as_many_images_as_classes(submission, rng):
    """With 10 images and 10 classes each mask entry belongs to its image, not to a class.

    A mask (10,) times one-hot vectors (10, 10) raises no error and drops classes instead of images.
    """
    mask = rng.permutation(np.repeat([0, 1], CLASSES // 2)).astype(np.float32)
    _, tape, inputs = followed(submission, rng, batch(rng, CLASSES), mask)
    for end in (UP1, UP2):
        assert_class_scale(tape, end, inputs)


def test_mask_may_be_missing_or_bool_or_int_or_float(submission, rng):
    """Without a mask all classes are kept, and a mask may hold True and False, integers or
    floats.
    """
    told = batch(rng)
    mask = rng.permutation([0, 0, 1, 1, 1, 0])
    kinds = ("none", "ones", "bool", "int", "float")
    seen = submission.run(
        probe_masks,
        returns={kind: Array(told["x"].shape) for kind in kinds},
        num_classes=CLASSES,
        num_hiddens=D,
        weights_seed=int(rng.integers(2**31)),
        mask=mask,
        **told,
    )
    assert close(seen["none"], seen["ones"]), "no mask and a mask of ones give different outputs"
    for kind in ("bool", "int"):
        assert close(seen[kind], seen["float"]), (
            f"mask {mask} as {kind} and as float give different outputs"
        )


def test_the_rest_is_the_unconditional_unet(submission, rng, exhibits):
    """Beside class and time, the net is the unconditional UNet: the same stages, skips and last
    convolution.
    """
    told = batch(rng)
    output, tape, inputs = followed(submission, rng, told)
    connections = connections_of(tape, told["x"], output, inputs)
    show_connections(exhibits, "Your class-conditional UNet", connections)
    assert_unconditional_rest(tape, told["x"], output)


def test_the_net_is_a_function_of_images_classes_and_times(submission, rng):
    """In eval mode the net gives the same output twice, keeps its parameters, and refuses 32 x 32
    pixels.

    Layers are made in __init__: an optimizer never sees those that forward makes.
    """
    told = batch(rng)
    shape = told["x"].shape
    seen = submission.run(
        probe_twice,
        returns=two_calls_returns(shape),
        num_classes=CLASSES,
        num_hiddens=D,
        weights_seed=int(rng.integers(2**31)),
        **told,
    )
    assert_deterministic(seen)
    larger = submission.run(
        probe_other_size,
        returns={"refused": Flag()},
        num_classes=CLASSES,
        num_hiddens=D,
        **told | {"x": rng.random((len(told["c"]), 1, 32, 32), dtype=np.float32)},
    )
    assert larger["refused"], "images of 32 x 32 pixels pass through the net, expected an error"
