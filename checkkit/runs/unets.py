"""Runs of the three UNets: under a tape, twice, with images of a wrong size, and backwards."""

import numpy as np

from checkkit.runner import Array, Flag, Integer, Text, expect
from checkkit.spies.gradients import missing_gradients
from checkkit.spies.unet_trace import CONTRACT, build, call_twice, parameters, refuses, trace
from checkkit.tapes import TAPE, Entry, read_tape
from checkkit.verdicts.dependence import assert_rows_follow, repeated_rows, without_repeats
from checkkit.verdicts.determinism import assert_deterministic, two_calls_returns

DISTINCT = 1e-6  # of the scale of an output; rounding is a tenth of it


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

    The batch holds some images once more, at random places, to see that each stage is a function of
    the images: stages that return constants or noise would pass for connected ones.

    Args:
        sizes: the arguments of its constructor.
        inputs: x, c, t, mask, as many as this net takes.

    Raises:
        CheckFailed: a stage is no function of the images.
    """
    count = len(inputs[0])
    # A single image, and as many as classes, are cases of their own and stay what they are.
    alone = count == 1 or count in sizes[1:-1]
    rows = np.arange(count) if alone else repeated_rows(rng, count)
    evidence = submission.run(
        probe_trace,
        returns={"output": Array((None,) * 4, finite=False), **TAPE},
        net=net,
        sizes=sizes,
        weights_seed=int(rng.integers(2**31)),
        train=train,
        inputs=tuple(one[rows] for one in inputs),
    )
    tape = without_repeats(read_tape(evidence), rows)
    output, first = evidence["output"], np.unique(rows, return_index=True)[1]
    return output[first] if len(output) == len(rows) else output, tape


def assert_same_output_twice(submission, rng, net: str, sizes: tuple, *inputs) -> None:
    """In eval mode the net is one function of all its arguments, and all its parameters exist from
    the start.

    Args:
        sizes: num_hiddens should be 8 or more. In 300 nets of width 8 two times or classes
            gave outputs 1e-3 of their scale apart or more; in nets of width 4 some were 3e-5 apart.
        inputs: x and, if the net takes them, t or c, t, mask.
    """
    names = {2: ("t",), 3: ("c", "t"), 4: ("c", "t")}.get(len(inputs), ())
    kept = int(np.argmax(inputs[3])) if len(inputs) == 4 else 0  # a dropped class has no effect
    count = len(inputs[0])
    for place, _ in enumerate(names, 1):  # the image `kept` again, with one condition changed
        other = int(np.argmax(inputs[place] != inputs[place][kept]))
        inputs = tuple(
            np.append(one, one[[other if i == place else kept]], axis=0)
            for i, one in enumerate(inputs)
        )
    rows = repeated_rows(rng, len(inputs[0]))
    inputs = tuple(one[rows] for one in inputs)
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
    for changed, name in enumerate(names, count):
        one, two = (evidence["first"][np.argmax(rows == row)] for row in (kept, changed))
        expect(
            np.abs(one - two).max() > DISTINCT * np.abs(one).max(),
            f"the net gives the same output for the same image at two values of {name}",
        )
    assert_rows_follow("the net", evidence["first"], rows, distinct=True)


def assert_refuses_other_sizes(
    submission, rng, net: str, sizes: tuple, *conditions, pixels: tuple[int, int] = (32, 32)
) -> None:
    """Images of so many pixels raise an error; `conditions` are the net's other arguments."""
    x = rng.random((len(conditions[0]) if conditions else 3, 1, *pixels), dtype=np.float32)
    inputs = (x, *conditions)
    evidence = submission.run(
        probe_refusal, returns={"refused": Flag()}, net=net, sizes=sizes, inputs=inputs
    )
    size = " x ".join(map(str, pixels))
    assert evidence["refused"], f"the net accepts images of {size} pixels, expected an error"


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
