"""Mistakes of a training loop, found by how far each step moves the weights of the spy.

The spy's gradients are constant to a few thousandths: so is the tolerance here.
"""

from collections.abc import Mapping

import numpy as np

from ..runner import Mistake
from .matching import only_one

MATCH = 1e-2
REJECTED = 5e-2


def _only(measured: np.ndarray, forms: Mapping[str, tuple[np.ndarray, str]]) -> Mistake | None:
    """The mistake whose series fits, if no other one is near; differences are relative."""
    near, matched = [], False
    for name, (series, words) in forms.items():
        distance = np.nan_to_num(np.abs(measured / series - 1), nan=np.inf).max()
        if distance <= REJECTED:
            near.append(Mistake(name, words) if words else None)
            matched |= distance <= MATCH
    return only_one(near) if matched else None


def rate_mistake(rates: np.ndarray) -> Mistake | None:
    """Why learning rates (E, B), relative to the first, do not shrink by 0.1^(1/E) an epoch."""
    epochs = len(rates)
    if rates.size < 6 or epochs < 3:
        return None
    epoch, step = np.arange(epochs)[:, None], np.arange(rates.size).reshape(rates.shape)
    ones = np.ones(rates.shape)
    return _only(rates, {
        "lr: right": (0.1 ** (epoch / epochs) * ones, ""),
        "lr: constant": (ones, "The learning rate stays the same from beginning to end; it has "
                         "to shrink after each epoch."),
        "lr: decays every batch": (0.1 ** (step / epochs), "The learning rate shrinks after each "
                                   "batch; call scheduler.step() after the loop over batches."),
        "lr: gamma 0.1": (0.1**epoch * ones, "The learning rate shrinks to a tenth in each epoch; "
                          "gamma is 0.1^(1 / num_epochs)."),
        "lr: gamma 0.1^E": (0.1 ** (epochs * epoch) * ones, "gamma is 0.1 to the power of "
                            "num_epochs; it has to be 0.1^(1 / num_epochs)."),
        "lr: linear": ((1 - 0.9 * epoch / epochs) * ones, "The learning rate falls on a line; it "
                       "has to be multiplied by 0.1^(1 / num_epochs) after each epoch."),
    })  # fmt: skip


def first_step_mistake(large: float, small: float, lr: float, num_epochs: int) -> Mistake | None:
    """Why Adam does not move two weights, one with a hundredth of the gradient, by lr at first."""
    if abs(small / large * 100 - 1) <= MATCH:
        words = "The steps are proportional to the gradients, as SGD's are; use Adam."
        return Mistake("no Adam", words)
    ones = np.ones(2)
    return _only(np.array([large, small]), {
        "right": (lr * ones, ""),
        "lr fixed at 0.001": (1e-3 * ones, "The learning rate is 0.001, Adam's default, whatever "
                              "lr is."),
        "lr fixed at 0.0001": (1e-4 * ones, "The learning rate is 0.0001 whatever lr is."),
        "two steps": (2 * lr * ones, "Each batch moves the weights twice."),
        "decayed before": (lr * 0.1 ** (1 / num_epochs) * ones, "The learning rate has already "
                           "shrunk once in the first step; the scheduler steps after an epoch."),
    })  # fmt: skip


def piling_mistake(gradients: np.ndarray, batches: int) -> Mistake | None:
    """Why gradients (S,), relative to the first, are not all those of their own batch."""
    if len(gradients) < 6 or batches < 2:
        return None
    step = np.arange(len(gradients))
    return _only(gradients, {
        "right": (np.ones(len(step)), ""),
        "never zeroed": (1.0 + step, "Gradients are never zeroed: each step sees those of all "
                         "batches before it."),
        "zeroed once an epoch": (1.0 + step % batches, "Gradients are zeroed only at each epoch's "
                                 "start; zero them for each batch."),
    })  # fmt: skip


def curve_mistake(curve: np.ndarray, losses: np.ndarray) -> Mistake | None:
    """Why a curve (B,) is not proportional to the losses (B,), of which the first is 1."""
    steps = np.log(losses)
    forms = {
        "the logarithm": curve - curve[0] - steps,
        "the logarithm to base 10": (curve - curve[0]) * np.log(10) - steps,
        "the square root": 2 * np.log(np.abs(curve / curve[0])) - steps,
    }
    fitting = [
        Mistake(
            f"curve: {name}", f"batch_loss holds {name} of each mean square; store the loss itself."
        )
        for name, rest in forms.items()
        if np.nan_to_num(np.abs(rest), nan=np.inf).max() <= 2e-2
    ]
    return only_one(fitting) if len(losses) > 2 and np.ptp(steps) > 0.2 else None


def other_net_mistake(calls: int) -> Mistake | None:
    """Why no gradient reaches the net that the loop was given."""
    if calls:
        return None
    words = "The net that the loop was given is never called: another one, or a copy, is trained."
    return Mistake("another net is trained", words)


def repeated_noise_mistake(same: np.ndarray) -> Mistake | None:
    """Why images come with the same noise: (E, E) whether two epochs share all of it."""
    if len(same) < 2 or not same.all():
        return None
    return Mistake(
        "noise: the same in every epoch",
        "Every epoch has the same noise: it is seeded, or drawn once and kept.",
    )


def one_pass_mistake(fetches: int, epochs: int) -> Mistake | None:
    """Why the loop does not read the loader once in each epoch."""
    if fetches != 1 or epochs < 2:
        return None
    words = "The loop reads the loader once and keeps its batches; read it in each epoch."
    return Mistake("batches kept", words)
