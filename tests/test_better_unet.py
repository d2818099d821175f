"""BetterUNet of better_unet.py by its answers alone: its shape inside is your choice.

Weights are set to new random numbers of order 1, so that every input of the net changes its answer.
A convolution passes many of these checks. So they count only if one of the first three passes,
which no net fails that denoises.
"""

import numpy as np
import pytest

from checkkit.runner import CheckFailed, expect
from checkkit.runs.better_unet import (
    answers_of,
    answers_to_changes,
    assert_each_image_alone,
    assert_gradients_reach_all,
    assert_not_squashed,
    assert_wider_nets_are_larger,
    large_answers,
    share_of_detail,
)
from checkkit.verdicts.reach import assert_acts_on_image, assert_not_affine, assert_sees_far

pytestmark = pytest.mark.task("better_unet")

# By chance two times may look nearly alike to one net, not to three. Equal answers differ by 1e-7.
NETS, DIFFERENT = 3, 1e-5
SIGNS = 5  # nets; one in ten may have answers of one sign alone
# Share of a fine wave in 48 nets, see `share_of_detail`.
MANY_NETS, IMAGES, DETAIL = 48, 2, 0.13


@pytest.fixture
def t(rng) -> np.ndarray:
    return rng.permutation(np.linspace(0.05, 0.95, 5))


@pytest.fixture
def x(rng) -> np.ndarray:
    return rng.standard_normal((5, 1, 28, 28), dtype=np.float32)


def test_each_pixel_of_the_answer_sees_far(submission, rng, x):
    """What changes in one corner of an image changes the answer more than 5 pixels away.

    Noise shows in the digit around it: go down to 14 x 14 or 7 x 7, or use attention or
    convolutions with dilation.
    """
    assert_sees_far(*answers_to_changes(submission, rng, x, [rng.uniform(0.1, 0.9)]))


def test_the_net_is_more_than_an_affine_function(submission, rng, x):
    """The answer to the mean of two images is not the mean of their answers.

    Without an activation function, many layers are worth one.
    """
    assert_not_affine(answers_to_changes(submission, rng, x, [rng.uniform(0.1, 0.9)])[0])


def test_the_time_changes_what_the_net_does_with_the_image(submission, rng, x):
    """With another time, the same change of the image makes another change of the answer.

    How strong the noise is decides how much of the image to trust. So use t in front of an
    activation function or as a factor.
    """
    answers, _ = answers_to_changes(submission, rng, x, [0.1, 0.9])
    assert_acts_on_image(answers, 0, 1, "another time")


@pytest.mark.supporting
@pytest.mark.parametrize("pixels", [(28, 28), (32, 32)], ids=["28", "32"])
@pytest.mark.parametrize("channels", [1, 3])
def test_answers_have_the_shape_of_the_images(submission, rng, channels, pixels):
    """The answer has the images' shape and dtype float32, for one image as for several, with one
    channel or three, and for images of 28 x 28 or 32 x 32 pixels.
    """
    for n in (1, 4):
        x = rng.standard_normal((n, channels, *pixels), dtype=np.float32)
        answers_of(submission, rng, x, rng.uniform(0, 1, n))


@pytest.mark.supporting
def test_the_time_changes_the_answer(submission, rng):
    """The same image gets another answer at every time.

    t is in [0, 1]: an embedding made for 0, 1, ..., 1000 needs 1000 t, and `t.long()` is 0.
    """
    t = rng.permutation(np.linspace(0.02, 0.98, 6))
    x = np.repeat(rng.standard_normal((1, 1, 28, 28), dtype=np.float32), 6, axis=0)
    nets = [answers_of(submission, rng, x, t)["answers"] for _ in range(NETS)]
    for a in range(6):
        for b in range(a):
            apart = any(np.abs(n[a] - n[b]).max() > DIFFERENT * np.abs(n).max() for n in nets)
            if not apart:
                raise CheckFailed(f"times {t[b]:.2f} and {t[a]:.2f} give the same answer")


@pytest.mark.supporting
def test_each_image_has_its_own_answer(submission, rng, x, t):
    """In eval mode an image has the same answer in a batch as alone, at its own time.

    Statistics or means over the batch, and a time that is that of one image, break this.
    """
    evidence = answers_of(submission, rng, x, t, alone=True)
    for a in range(len(x)):
        for b in range(a):
            apart = np.abs(evidence["answers"][a] - evidence["answers"][b]).max() > 0
            expect(apart, "two different images get the same answer")
    assert_each_image_alone(evidence)


@pytest.mark.supporting
def test_fine_detail_reaches_the_answer(submission, rng):
    """A fine wave in the images is in the answer as the same wave, through skips at full
    resolution.

    Noise is fine detail. What goes down to 7 x 7 and up again comes back at other places: add or
    concatenate feature maps of 28 x 28 from before the first step down.
    """
    share = share_of_detail(submission, rng, MANY_NETS, IMAGES)
    expect(
        share >= DETAIL,
        f"of what the net makes of a fine wave, {100 * share:.0f} % is this wave again; nets "
        "with skips at full resolution have 20 to 90 %",
    )


@pytest.mark.supporting
def test_answers_are_not_squashed(submission, rng, t):
    """The answers may be any numbers: nothing after the last layer limits them."""
    x = rng.standard_normal((5, 3, 28, 28), dtype=np.float32)
    # A mean over the image may decide the sign of all answers of one net.
    nets = [large_answers(submission, rng, x, t) for _ in range(SIGNS)]
    assert_not_squashed(np.stack(nets))


@pytest.mark.supporting
def test_gradients_reach_every_parameter(submission, rng, x, t):
    """A loss on the answer has a gradient in every parameter of the net.

    A layer that is made and never called, or called under `no_grad`, learns nothing.
    """
    assert_gradients_reach_all(submission, rng, x, t)


@pytest.mark.supporting
def test_the_net_can_be_called_in_train_mode(submission, rng, x, t):
    """In train mode answers have the same shape, and are finite."""
    answers_of(submission, rng, x, t, train=True)


@pytest.mark.supporting
def test_a_wider_net_has_more_parameters(submission):
    """num_hiddens decides how wide the net is: 32 gives more parameters than 16."""
    assert_wider_nets_are_larger(submission, (16, 32))
