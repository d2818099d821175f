"""Task hidden_better_unet: other sizes, times and kinds of calls."""

import numpy as np
import pytest
import torch

from checkkit.runner import Array, Flag, expect
from checkkit.runs.better_unet import (
    answers_of,
    answers_to_changes,
    assert_each_image_alone,
)
from checkkit.spies.weights import randomise
from checkkit.tapes import close
from checkkit.verdicts.reach import assert_acts_on_image, assert_not_affine, assert_sees_far

pytestmark = pytest.mark.task("hidden_better_unet")


def probe_loaded(diffusion, *, sizes, weights_seed, x, t):
    net, other = (diffusion.better_unet.BetterUNet(*sizes) for _ in range(2))
    randomise(net, weights_seed)
    x_before, t_before = x.clone(), t.clone()
    with torch.no_grad():
        answers = net.eval()(x, t)
        other.load_state_dict(net.state_dict())
        loaded = other.eval()(x, t)
    unchanged = torch.equal(x, x_before) and torch.equal(t, t_before) and not net.training
    return {"answers": answers, "loaded": loaded, "unchanged": unchanged}


@pytest.mark.supporting
def test_hidden_better_unet_other_sizes(submission, rng):
    """Images of 20 x 36 and 64 x 64 pixels, two channels, and a wider net."""
    for pixels, width in (((20, 36), 32), ((64, 64), 16)):
        x = rng.standard_normal((3, 2, *pixels), dtype=np.float32)
        answers_of(submission, rng, x, rng.uniform(0, 1, 3), sizes=(2, width))


def test_hidden_better_unet_denoises_other_sizes(submission, rng):
    """Far away and not affinely, at two times differently: 24 x 36 pixels, two channels, D = 32."""
    x = rng.standard_normal((2, 2, 24, 36), dtype=np.float32)
    times = rng.uniform(0, 0.3), rng.uniform(0.6, 1)
    answers, images = answers_to_changes(submission, rng, x, times, sizes=(2, 32))
    assert_sees_far(answers, images)
    assert_not_affine(answers)
    assert_acts_on_image(answers, 0, 1, "another time")


@pytest.mark.supporting
def test_hidden_better_unet_first_and_last_times(submission, rng):
    """Each image has its own answer, also at the times 0 and 1 and in a large batch."""
    t = rng.permutation(np.r_[0, 1, rng.uniform(0, 1, 18)])
    x = rng.standard_normal((20, 1, 28, 28), dtype=np.float32)
    evidence = answers_of(submission, rng, x, t, alone=True)
    assert_each_image_alone(evidence)
    same = np.repeat(x[:1], 2, axis=0)
    nets = [answers_of(submission, rng, same, np.array([0, 1]))["answers"] for _ in range(3)]
    apart = any(np.abs(one[0] - one[1]).max() > 1e-5 * np.abs(one).max() for one in nets)
    expect(apart, "times 0 and 1 give the same answer")


@pytest.mark.supporting
def test_hidden_better_unet_is_what_its_state_says(submission, rng):
    """A new net with the state of another one gives the same answers, and changes no argument."""
    x = rng.standard_normal((4, 1, 28, 28), dtype=np.float32)
    evidence = submission.run(
        probe_loaded,
        returns={"answers": Array(x.shape), "loaded": Array(x.shape), "unchanged": Flag()},
        sizes=[1, 16],
        weights_seed=int(rng.integers(2**31)),
        x=x,
        t=np.float32(rng.uniform(0, 1, 4)),
    )
    alike = close(evidence["answers"], evidence["loaded"])
    expect(alike, "a new net with the weights of another one gives other answers")
    expect(
        evidence["unchanged"], "the net changes its arguments or its mode, expected as they were"
    )
