"""Task hidden_flow: flow matching with other sizes, numbers of steps, shapes and seeds."""

import numpy as np
import pytest

from checkkit.mistakes.distributions import seed_mistake
from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.flow import (
    analysed_flow_loss,
    flow_inputs,
    flow_path,
    flow_times,
    run_flow_sampler,
)
from checkkit.runs.losses import random_classes
from checkkit.verdicts.flow_guidance import assert_flow_guidance
from checkkit.verdicts.flow_losses import (
    assert_mean_flow_loss,
    assert_normal_x_0,
    assert_straight_line,
    assert_times_spread,
    assert_told_time,
)
from checkkit.verdicts.flow_paths import (
    LOOP,
    assert_flow_caches,
    assert_flow_steps,
    assert_flow_times,
)
from checkkit.verdicts.noise import assert_normal_noise
from checkkit.verdicts.replay import assert_followed
from checkkit.verdicts.settings import clean_images
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_inference_mode

SIZES = (1, 6, (13, 6)), (2, 1, (19, 12)), (7, 5, (9, 11)), (300, 2, (9, 9))  # T, N, (H, W)
plain_and_guided = pytest.mark.parametrize("guidance", [None, 2.5], ids=["plain", "guided"])
pytestmark = [pytest.mark.task("hidden_flow"), plain_and_guided]


def classes(rng, guidance, count: int) -> np.ndarray | None:
    """Classes for the loss with classes; None for the other one."""
    return None if guidance is None else random_classes(rng, count)


def test_hidden_flow_losses_of_any_shape(submission, rng, guidance):
    """Wide and tall images, one alone, as many as there are rows: mixed right, and a mean."""
    for shape in ((28, 28, 28), (7, 7, 11), (11, 13, 11), (1, 5, 4), (40, 3, 9)):
        num_ts, c = int(rng.integers(30, 400)), classes(rng, guidance, shape[0])
        loss = analysed_flow_loss(submission, clean_images(rng, *shape), num_ts, c)
        assert_straight_line(loss)
        assert_told_time(loss)
        assert_mean_flow_loss(loss)


def test_hidden_flow_noise_of_many_images(submission, rng, guidance):
    """x_0 is standard normal and differs between any two of 200 images; false-fail rate 1e-6."""
    c = classes(rng, guidance, 200)
    assert_normal_x_0(analysed_flow_loss(submission, clean_images(rng, 200, 10, 12), 300, c))


def test_hidden_flow_times_of_many_images(submission, rng, guidance, exhibits):
    """t of 20,000 images is spread over [0, 1]; false-fail rate 1e-7."""
    c = classes(rng, guidance, 20_000)
    t, analysed = flow_times(submission, clean_images(rng, 20_000, 3, 3), 300, c)
    assert_times_spread(t, 300, exhibits, analysed)


def test_hidden_flow_any_number_of_steps(submission, rng, guidance):
    """One step, two, and 300, for any N, H and W."""
    for num_ts, count, img_hw in SIZES:
        path = flow_path(submission, rng, num_ts, count, img_hw, guidance)
        assert_flow_times(path, count)
        assert_flow_steps(path)
        if guidance is not None:
            assert_flow_guidance(path, guidance)


def test_hidden_flow_different_seeds_share_no_noise(submission, rng, guidance):
    """The noise of one seed is independent of another seed's."""
    starts = []
    for _ in range(4):
        inputs, seed = flow_inputs(rng, 3, 6, (14, 12), guidance), int(rng.integers(2**31))
        evidence = run_flow_sampler(submission, 3, **inputs, seed=seed)
        assert_followed(LOOP, evidence)
        starts.append(evidence["states"][0, :, 0].astype(np.float64))
    names = [f"x_0 of seed {number}" for number in range(1, 5)]
    fields = np.stack(starts)
    assert_normal_noise("the noise of four seeds", fields, names, lambda: seed_mistake(fields))


def test_hidden_flow_side_effects(submission, rng, guidance):
    """Mode, gradients, caches and arguments are right for another number of steps, too."""
    inputs = flow_inputs(rng, 9, 3, (8, 5), guidance)
    evidence = run_flow_sampler(submission, 9, **inputs, seed=3)
    assert_inference_mode(evidence)
    assert_flow_caches(9, evidence)
    assert_arguments_unchanged(evidence)


@pytest.mark.supporting
def test_hidden_flow_device(submission, rng, guidance):
    """A loss works on the device of x_1 and a sampler on that of the net, with other arguments."""
    x_1, sizes = clean_images(rng, 5, 6, 6), ((4, 6), 5)
    if guidance is None:
        calls = ("flow_forward", (x_1, 9), "x_1"), ("flow_sample", (3, *sizes, 7), "unet")
    else:
        c = random_classes(rng, 5)
        losses = "flow_cfg_forward", (x_1, c, 0.2, 9), "x_1"
        calls = losses, ("flow_cfg_sample", (c, *sizes, 2.0, 7), "unet")
    for name, arguments, owner in calls:
        assert_stays_on_device(submission, f"flow.{name}", None, arguments, owner)
