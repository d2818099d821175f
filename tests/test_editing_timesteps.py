"""Task editing_timesteps: `strided_timesteps` of diffusion/iterative.py."""

import pytest
import torch

from checkkit.mistakes.strided_lists import timesteps_mistake
from checkkit.runner import Array, CheckFailed, Flag, expect

pytestmark = pytest.mark.task("editing_timesteps")


def probe_timesteps(diffusion, *, arguments):
    steps = diffusion.iterative.strided_timesteps(*arguments)
    numbers = [float(t) for t in steps]
    return {
        "timesteps": torch.tensor(numbers, dtype=torch.float64),
        "are_whole": all(number == int(number) for number in numbers),
    }


def assert_timesteps_of(submission, *arguments):
    """The list for these arguments is start, start - stride, ..., 0."""
    returns = {"timesteps": Array((None,), "float64"), "are_whole": Flag()}
    evidence = submission.run(probe_timesteps, returns=returns, arguments=arguments)
    start, stride = arguments or (990, 30)
    wanted, have = [*range(start, 0, -stride), 0], evidence["timesteps"].tolist()
    expect(evidence["are_whole"], "timesteps are no whole numbers; they are indices of a table")
    if have != wanted:
        raise CheckFailed(
            f"strided_timesteps({', '.join(map(str, arguments))}) has {len(have)} entries, "
            f"{_shown(have)}, expected {len(wanted)}: {_shown(wanted)}",
            timesteps_mistake(have, start, stride),
        )


def _shown(timesteps) -> str:
    numbers = [f"{t:g}" for t in timesteps]
    if len(numbers) > 6:
        numbers[3:-2] = ["..."]
    return ", ".join(numbers) or "none"


def test_timesteps_go_from_start_down_to_0_in_strides(submission, rng):
    """The list is start, start - stride, start - 2 stride, ..., 0, whatever start and stride are.

    Its first entry is start and its last one 0. By default start is 990 and stride 30.
    """
    stride = int(rng.integers(5, 20))
    assert_timesteps_of(submission, stride * int(rng.integers(12, 30)), stride)
    assert_timesteps_of(submission, 297, 9)
    assert_timesteps_of(submission)


def test_the_last_timestep_is_0_for_any_stride(submission, rng):
    """Where start is no multiple of stride, the last step, to 0, is shorter than the others."""
    stride = int(rng.integers(7, 20))
    start = stride * int(rng.integers(10, 20)) + int(rng.integers(1, stride))
    assert_timesteps_of(submission, start, stride)
