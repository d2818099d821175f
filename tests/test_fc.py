"""FC of blocks.py: a linear layer and GELU, replayed in float64 with the submission's weights."""

import numpy as np
import pytest

from checkkit.runner import Array, CheckFailed, Integer, Mistake, expect
from checkkit.spies.tape import Tape
from checkkit.spies.weights import randomise
from checkkit.tapes import TAPE, any_close, close, gelus, read_tape

pytestmark = pytest.mark.task("fc")

NO_GELU = Mistake("FC: no GELU", "The output is that of the Linear layer; the GELU is missing.")
RELU = Mistake("FC: ReLU for GELU", "The output is the ReLU of the Linear layer's output.")


def probe_op(diffusion, *, channels, weights_seed, x):
    op = diffusion.blocks.FC(*channels)
    randomise(op, weights_seed)
    tape = Tape(op)
    with tape:
        y = op(x)
    return {"y": y.flatten(1), **tape.evidence()}


def probe_gradients(diffusion, *, channels, weights_seed, x, direction):
    op = diffusion.blocks.FC(*channels)
    randomise(op, weights_seed)
    (op(x).flatten(1) * direction).sum().backward()
    parameters = list(op.parameters())
    reached = [p.grad is not None and bool(p.grad.abs().max() > 0) for p in parameters]
    return {"parameters": len(parameters), "reached": sum(reached)}


@pytest.mark.parametrize(("n_in", "n_out"), [(3, 5), (1, 8), (10, 4)])
def test_fc_is_linear_then_gelu(submission, rng, n_in, n_out):
    """FC is one Linear layer, which changes the width, and its GELU.

    Nothing else follows: the second Linear belongs to FCBlock.
    """
    x = rng.standard_normal((6, n_in)).astype(np.float32)
    evidence = submission.run(
        probe_op,
        returns={"y": Array((6, n_out)), **TAPE},
        channels=[n_in, n_out],
        weights_seed=int(rng.integers(2**31)),
        x=x,
    )
    layers = [entry for entry in read_tape(evidence) if entry.kind == "linear"]
    expect(len(layers) == 1, f"FC runs {len(layers)} Linear layers, expected 1")
    (layer,) = layers
    weight = layer.tensors["weight"].astype(np.float64)
    if weight.shape != (n_in, n_out):
        ends = " to ".join(map(str, weight.shape))
        raise CheckFailed(f"FC: its Linear maps {ends} numbers, expected {n_in} to {n_out}")
    expect(
        layer.tensors["trainable"][0],
        "FC: its weight is no parameter, so no optimizer would train it",
    )
    expect(close(layer.input, x), "FC: its Linear is not applied to the input")
    expect("bias" in layer.tensors, "FC: its Linear adds no bias")
    z = x.astype(np.float64) @ weight + layer.tensors["bias"]
    if not any_close(evidence["y"], gelus(z)):
        mistakes = [
            m for m, instead in ((NO_GELU, z), (RELU, z.clip(0))) if close(evidence["y"], instead)
        ]
        raise CheckFailed("FC: its output is not the GELU of its Linear", *mistakes[:1])


def test_fc_gradients_reach_weight_and_bias(submission, rng):
    """Every parameter of FC gets a gradient from a loss on its output."""
    evidence = submission.run(
        probe_gradients,
        returns={"parameters": Integer(), "reached": Integer()},
        channels=[4, 3],
        weights_seed=int(rng.integers(2**31)),
        x=rng.standard_normal((5, 4)).astype(np.float32),
        direction=rng.standard_normal((5, 3)).astype(np.float32),
    )
    missed = evidence["parameters"] - evidence["reached"]
    assert missed == 0 and evidence["parameters"] > 0, (
        f"FC: {missed} of {evidence['parameters']} parameters get no gradient"
    )
