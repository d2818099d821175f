"""Whether a training loop has trained its net: by the net itself, and by the reported curve."""

from dataclasses import dataclass

import numpy as np

from ..runner import CheckFailed, expect

# Reported loss and error on known digits, both relative to a net that answers 0,
# differed by 13 % at most in 8 correct trainings.
AGREE = 3.0


@dataclass(frozen=True)
class Learning:
    """What is known of a training, beside its curve.

    Attributes:
        of_zero: the submission's own loss of a net that always answers 0.
        eps, x_0: (N, 1, 28, 28) the noise and the clean images in images x_t that were not used
            in training.
        before, after: (N, 1, 28, 28) the net's answers to these x_t before and after training.
    """

    of_zero: float
    eps: np.ndarray
    x_0: np.ndarray
    before: np.ndarray
    after: np.ndarray

    def errors(self, target: np.ndarray) -> tuple[float, float]:
        """Mean squared errors before and after training, relative to those of a net that answers 0.

        For the noise as target, the latter is 1.
        """
        of_zero = np.mean(target**2)
        before, after = (np.mean((a - target) ** 2) / of_zero for a in (self.before, self.after))
        return float(before), float(after)


def assert_net_learnt(losses: np.ndarray, last: float, learning: Learning, bound: float) -> None:
    """The curve and the net's error fall below `bound` times that of a net that answers 0.

    The error is that of the returned net in the noise; the net of a loss with x_0 as its target
    predicts x_0. It has fallen from what the new net had, and the curve agrees with it.

    Args:
        losses: the curve that the loop returned.
        last: its end.
    """
    zero = learning.of_zero
    expect(
        last <= bound * zero,
        f"at the end the loss is {last:.3f}, the first was {losses[0]:.3f}; a net that always "
        f"answers 0 has {zero:.3f}",
    )
    before, after = min(map(learning.errors, (learning.eps, learning.x_0)), key=lambda e: e[1])
    expect(
        after <= bound * min(1.0, before),
        f"the net has not learned: on known digits its squared error is {after:.2f} times that of "
        f"a net that answers 0, before the training it was {before:.2f} times",
    )
    reported = last / zero
    if not after / AGREE <= reported <= after * AGREE:
        raise CheckFailed(
            f"the loop reports a loss of {reported:.3f} times that of a net that answers 0; the "
            f"net that it has trained has {after:.3f} times on known digits"
        )
