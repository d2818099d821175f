"""Runs of the classes of blocks.py: forwards under a tape, and backwards."""

import numpy as np
import torch

from checkkit.runner import Array, Integer, Text, expect
from checkkit.spies.tape import Tape, tensors_of
from checkkit.spies.weights import randomise
from checkkit.tapes import TAPE, Entry, read_tape


def probe_block(diffusion, *, name, sizes, weights_seed, x, train):
    block = getattr(diffusion.blocks, name)(*sizes)
    randomise(block, weights_seed)
    block.train(train)
    tape = Tape(block)
    with tape:
        returned = block(x)
    y, *_ = tensors_of(name, returned)
    kind = "" if torch.is_tensor(returned) else type(returned).__name__
    return {"kind": kind, "y": y.flatten(1) if x.ndim == 2 else y, **tape.evidence()}


def probe_gradients(diffusion, *, name, sizes, weights_seed, x, direction):
    block = getattr(diffusion.blocks, name)(*sizes)
    randomise(block, weights_seed)
    block.eval()
    returned = tensors_of(name, block(x))
    y = next((one for one in returned if one.numel() == direction.numel()), returned[0])
    (y.reshape(direction.shape) * direction).sum().backward()
    parameters = list(block.parameters())
    reached = [p.grad is not None and bool(p.grad.abs().max() > 0) for p in parameters]
    return {"parameters": len(parameters), "reached": sum(reached)}


def traced_block(
    submission,
    rng: np.random.Generator,
    name: str,
    sizes: tuple,
    x: np.ndarray,
    shape: tuple[int, ...],
    train: bool = False,
) -> tuple[np.ndarray, list[Entry]]:
    """Output and tape of one call of a block.

    Args:
        sizes: the arguments of its constructor.
        shape: of the output.
    """
    evidence = submission.run(
        probe_block,
        returns={"kind": Text(), "y": Array(shape), **TAPE},
        name=name,
        sizes=sizes,
        weights_seed=int(rng.integers(2**31)),
        x=x,
        train=train,
    )
    kind = evidence["kind"]
    expect(train or not kind, f"{name} returns a {kind}, the contract wants a tensor of {shape}")
    return evidence["y"], read_tape(evidence)


def assert_gradients_reach_parameters(
    submission,
    rng: np.random.Generator,
    name: str,
    sizes: tuple,
    x_shape: tuple[int, ...],
    y_shape: tuple[int, ...],
) -> None:
    """Every parameter of a block gets a gradient from a loss on its output."""
    evidence = submission.run(
        probe_gradients,
        returns={"parameters": Integer(), "reached": Integer()},
        name=name,
        sizes=sizes,
        weights_seed=int(rng.integers(2**31)),
        x=rng.standard_normal(x_shape).astype(np.float32),
        direction=rng.standard_normal(y_shape).astype(np.float32),
    )
    total = evidence["parameters"]
    missed = total - evidence["reached"]
    assert missed == 0 and total > 0, f"{name}: {missed} of {total} parameters get no gradient"
