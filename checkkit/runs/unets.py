"""Runs of the three UNets: under a tape, twice, with images of a wrong size, and backwards."""

import numpy as np

from checkkit.runner import Array, Flag, Integer, Text, expect
from checkkit.spies.gradients import missing_gradients
from checkkit.spies.unet_trace import CONTRACT, build, call_twice, parameters, refuses, trace
from checkkit.tapes import TAPE, Entry, read_tape
from checkkit.verdicts.determinism import assert_deterministic, two_calls_returns


def probe_trace(diffusion, *, net, sizes, weights_seed, train, inputs):
    unet = build(diffusion.unet, net, sizes)
    return trace(unet, diffusion.blocks, weights_seed, train, *inputs)


def probe_two_calls(diffusion, *, net, sizes, weights_seed, inputs):
    own = ", ".join(parameters(getattr(diffusion.unet, net)))
    return {"own": own, **call_twice(build(diffusion.unet, net, sizes), weights_seed, *inputs)}


def probe_refusal(diffusion, *, net, sizes, inputs):
    return {"refused": refuses(build(diffusion.unet, net, sizes).eval(), *inputs)}


def probe_gradients(diffusion, *, net, sizes, weights_seed, inputs):
    unet = build(diffusion.unet, net, sizes)
    return missing_gradients(unet, diffusion.blocks, weights_seed, *inputs)


def traced_call(
    submission, rng: np.random.Generator, net: str, sizes: tuple, *inputs, train: bool = False
) -> tuple[np.ndarray, list[Entry]]:
    """Output and tape of one call of the class `net` of unet.py.

    Args:
        sizes: the arguments of its constructor.
        inputs: x, c, t, mask, as many as this net takes.
    """
    evidence = submission.run(
        probe_trace,
        returns={"output": Array((None,) * 4, finite=False), **TAPE},
        net=net,
        sizes=sizes,
        weights_seed=int(rng.integers(2**31)),
        train=train,
        inputs=inputs,
    )
    return evidence["output"], read_tape(evidence)


def assert_same_output_twice(submission, rng, net: str, sizes: tuple, *inputs) -> None:
    """In eval mode the net is one function, and all its parameters exist from the start."""
    evidence = submission.run(
        probe_two_calls,
        returns={"own": Text(), **two_calls_returns(inputs[0].shape)},
        net=net,
        sizes=sizes,
        weights_seed=int(rng.integers(2**31)),
        inputs=inputs,
    )
    own, contract = evidence["own"], CONTRACT[net]
    other_order = own.split(", ") != contract and sorted(own.split(", ")) == sorted(contract)
    expect(not other_order, f"{net} takes ({own}), the contract is {net}({', '.join(contract)})")
    assert_deterministic(evidence)


def assert_refuses_other_sizes(submission, rng, net: str, sizes: tuple, *conditions) -> None:
    """Images of 32 x 32 pixels raise an error; `conditions` are the net's other arguments."""
    x = rng.random((len(conditions[0]) if conditions else 3, 1, 32, 32), dtype=np.float32)
    inputs = (x, *conditions)
    evidence = submission.run(
        probe_refusal, returns={"refused": Flag()}, net=net, sizes=sizes, inputs=inputs
    )
    assert evidence["refused"], "the net accepts images of 32 x 32 pixels, expected an error"


def assert_gradients_reach_all_parts(submission, rng, net: str, sizes: tuple, *inputs) -> None:
    """A loss on the output has a gradient in every block, and in every weight outside of blocks."""
    evidence = submission.run(
        probe_gradients,
        returns={"parts": Integer(), "missed": Integer()},
        net=net,
        sizes=sizes,
        weights_seed=int(rng.integers(2**31)),
        inputs=inputs,
    )
    missed, parts = evidence["missed"], evidence["parts"]
    assert missed == 0 and parts > 0, f"{net}: no gradient reaches {missed} of its {parts} parts"
