"""A loss of the right difference that is not the mean of its squares.

Its gradient has the right sign in each pixel, but another size. A loss of another difference does
not have all signs right by chance.
"""

import numpy as np

from ..runner import Mistake

MATCH = 1e-3
OTHER = 0.25  # part of the gradient's length that is no multiple of the difference
FEW = 100  # pixels; by chance, the signs of fewer might agree


def shape_mistake(loss: float, grad: np.ndarray, difference: np.ndarray) -> Mistake | None:
    """Why a loss of the right difference, answer minus noise, is not its mean square.

    Args:
        grad: (N, H, W), the loss's gradient in the answer.
        difference: (N, H, W).
    """
    clear = np.abs(difference) > 0.05
    if clear.sum() < FEW or not np.all(np.sign(grad[clear]) == np.sign(difference[clear])):
        return None
    size, ratio = difference.size, grad / difference
    # One ratio for each image, from pixels where it is known well.
    each = np.array([np.median(r[c]) for r, c in zip(ratio, clear, strict=True)])
    linear = np.all(np.abs(ratio / each[:, None, None] - 1)[clear] <= MATCH)
    if linear and np.ptp(each) <= MATCH * np.abs(each).max():
        squares = abs(each[0] * size / 2 - 1) <= MATCH
        if not squares and abs(each[0] * size * loss - 1) <= MATCH:
            return Mistake("loss: root", "The loss is the root of the mean square; leave it out.")
        return None  # the mean square, times a number: `weight_mistake` knows more
    if linear:
        words = "The loss gives the images different weights; the handout has a plain mean."
        return Mistake("loss: weighted", words)
    if np.ptp(np.abs(grad[clear])) <= MATCH * np.abs(grad).max():
        return Mistake("loss: absolute", "The loss is the mean absolute difference; square it.")
    # The mean square of a slightly different difference has a gradient much like it.
    alike = np.sum(grad * difference) ** 2 / np.sum(grad**2) / np.sum(difference**2)
    if 1 - alike < OTHER**2:
        return None
    words = "The loss uses the right difference, but not the mean of its squares."
    return Mistake("loss: other", words)
