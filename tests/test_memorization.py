"""Task memorization: `memorization` of diffusion/metrics.py, on images with planted copies.

Images are random, with a black border of three pixels. Some samples are copies of training images:
exact ones, shifted by a pixel in each direction, or with a little noise.
"""

import numpy as np
import pytest

from checkkit.runs.memorization import planted, run_memorization
from checkkit.verdicts.memorization import assert_nearest, assert_nearest_distances, assert_shares

pytestmark = pytest.mark.task("memorization")


def test_distances_are_those_to_the_nearest_training_image(submission, rng):
    """The root mean square of the differences, the smallest over nine shifts and all images.

    A shift is by -1, 0 or 1 pixel down and by -1, 0 or 1 pixel to the right.
    """
    images = planted(rng, 30, 18, noise=0.1, far=4)
    assert_nearest_distances(run_memorization(submission, images), images)


def test_nearest_is_the_index_of_the_nearest_training_image(submission, rng):
    """nearest[i] is the place in `training` of the image that is nearest to samples[i]."""
    images = planted(rng, 24, 20)
    assert_nearest(run_memorization(submission, images), images)


def test_share_is_that_of_the_planted_copies(submission, rng):
    """0, 0.1 and 0.5, for exact, shifted and slightly noised copies of training images.

    A sample is a copy if it is nearer to a training image than the 10 % quantile of test images is.
    Copies of test images do not count.
    """
    cases = [
        planted(rng, 20, copies, noise=noise, test_copies=test_copies, middle=middle)
        for copies, noise, test_copies, middle in (
            (0, 0.0, 0, 0.15),
            (2, 0.0, 0, 0.1),
            (10, 0.0, 0, 0.2),
            (0, 0.0, 16, 0.1),
            (2, 0.03, 3, 0.12),
            (10, 0.03, 7, 0.15),
            (2, 0.12, 16, 0.2),
            (10, 0.02, 10, 0.12),
        )
    ]
    assert_shares([run_memorization(submission, images) for images in cases], cases)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, rng):
    """Samples, training and test images are the same afterwards."""
    images = planted(rng, 12, 2)
    evidence = run_memorization(submission, images)
    for name in ("samples", "training", "test"):
        same = np.array_equal(evidence[f"{name}_after"], getattr(images, name))
        assert same, f"{name} was changed in place"
