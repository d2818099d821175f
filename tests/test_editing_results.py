"""Task editing_results: your functions draw digits with the pretrained digit model.

The other checks look at one function each, with a spy in the model's place. Here a classifier that
knows MNIST reads what your functions draw. Correct what the others report first.
"""

import numpy as np
import pytest

from checkkit.runner import expect
from checkkit.runs.editing_results import (
    I_STARTS,
    LIMITS,
    assert_share,
    distances_of_edits,
    share_guided,
    share_of_anagrams,
    shares_inpainted,
)

pytestmark = pytest.mark.task("editing_results")


def test_guided_samples_read_as_the_digit_asked_for(submission, rng):
    """From pure noise, iterative_denoise_cfg with w = 3 draws the digits that it is asked for."""
    assert_share(share_guided(submission, rng), LIMITS.guided, "the samples read as asked")


def test_edits_come_closer_to_the_image_as_i_start_grows(submission, rng):
    """sdedit at i_start 1, 5, 10 and 20: the more noise, the farther from the digit it began as."""
    far = distances_of_edits(submission, rng)
    expect(
        bool(np.all(np.diff(far) < 0)),
        "the distances of your edits to the digits do not fall as i_start grows: "
        + ", ".join(f"{d:.2f} at {i}" for i, d in zip(I_STARTS, far, strict=True)),
    )


def test_halves_drawn_anew_read_as_the_digit_asked_for(submission, rng):
    """The lower half of a 3, drawn anew by inpaint, makes a 3 or an 8, as cond says."""
    for digit, share in shares_inpainted(submission, rng).items():
        what = f"the 3s read as {digit} when their lower half is drawn anew with cond {digit}"
        assert_share(share, LIMITS.inpainted, what)


def test_anagrams_read_as_both_digits(submission, rng):
    """visual_anagram draws images that are a 2, and a 5 when they stand upside down."""
    what = "the anagrams read as a 2, and upside down as a 5"
    assert_share(share_of_anagrams(submission, rng), LIMITS.anagrams, what)
