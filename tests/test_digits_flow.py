"""Digits emerge: your own net, trained with your own flow matching, draws digits.

As `test_digits.py`, which looks at pictures too: the class-conditional UNet is trained for half a
minute, at D = 16, and asked for ten digits of each class in 15 steps. A classifier that knows MNIST
judges them; the digits to train on are the training half of `tests/data`.
"""

import pytest

from checkkit.runs.digits import train_and_judge
from checkkit.runs.digits_flow import FLOW

pytestmark = [pytest.mark.task("digits_flow"), pytest.mark.training]


def test_digits_emerge_from_a_short_training_by_flow_matching(submission, rng, exhibits):
    """Your net, trained for half a minute with your flow matching, draws digits of given classes.

    The other checks look at one function each; this one needs all of `blocks.py`, `unet.py` and
    `flow.py` to work together. Correct what the others report first.
    """
    train_and_judge(FLOW, submission, rng, exhibits)
