"""Digits emerge: your own net, trained with your own loss, draws digits with your own sampler.

The only check that looks at pictures. It trains the class-conditional UNet for a minute or less, at
D = 16 and T = 50 so that a CPU can do it, asks the sampler for ten digits of each class and shows
them to a classifier that knows MNIST. The noise schedule is the check's own, so that a wrong
one costs its own task alone; the digits are the training half of `tests/data`.
"""

import pytest

from checkkit.runs.digits import CPU, GPU, train_and_judge


@pytest.mark.task("digits")
@pytest.mark.training
def test_digits_emerge_from_a_short_training(submission, rng, exhibits):
    """Your net, trained for a minute or less with your loss, draws digits of the given classes.

    The other checks look at one function each; this one needs all of `blocks.py`, `unet.py` and
    `cfg.py` to work together. Correct what the others report first.
    """
    train_and_judge(CPU, submission, rng, exhibits)


@pytest.mark.task("digits_gpu")
@pytest.mark.training
@pytest.mark.gpu
def test_digits_emerge_at_the_size_of_the_handout(submission, rng, exhibits):
    """The handout's net (T = 300, D = 64), trained for a minute on a GPU, draws digits."""
    train_and_judge(GPU, submission, rng, exhibits)
