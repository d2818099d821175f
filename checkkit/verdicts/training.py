"""The diary of a training loop (`checkkit/spies/training.py`) against the handout's loop."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..mistakes.training_loops import (
    first_step_mistake,
    one_pass_mistake,
    other_net_mistake,
    piling_mistake,
    rate_mistake,
    repeated_noise_mistake,
)
from ..runner import Array, CheckFailed, Flag, Integer

__tracebackhide__ = True  # pytest shows the check and your file, not what lies between

TRAINING_LOG = {
    "given": Array((None, 1, None, None), finite=False),
    "told": Array((None, 4), finite=False),
    "steps": Array((None, 3), finite=False),
    "epochs": Array((None, 3)),
    "fetches": Integer(),
    "batch_loss": Array((None,), "float64", finite=False),
    "epoch_loss": Array((None,), "float64", finite=False),
    "floats": Flag(),
}
PACE = 1e-2  # the spy's gradient is constant to about 1e-3, and so are Adam's steps
RATE = 0.1  # wide enough for gradients that pile up: those have a check of their own


@dataclass(frozen=True)
class Plan:
    """What the loop was asked to do."""

    num_images: int
    batch_size: int
    num_epochs: int
    lr: float

    @property
    def batches(self) -> int:
        return -(-self.num_images // self.batch_size)

    @property
    def rates(self) -> np.ndarray:
        """The learning rate of each epoch."""
        return self.lr * 0.1 ** (np.arange(self.num_epochs) / self.num_epochs)


def optimizer_steps(seen: Mapping[str, Any], plan: Plan) -> np.ndarray:
    """One optimizer step a batch on the weights of the given net; return (E, B, 2) movements.

    Raises:
        CheckFailed: the steps are too few or too many, or the weights stay.
    """
    moved = -np.diff(np.float64(seen["steps"][:, :2]), axis=0)
    expected = plan.num_epochs * plan.batches
    if len(moved) != expected:
        raise CheckFailed(
            f"{plan.num_epochs} epochs of {plan.batches} batches gave the net {len(moved)} "
            f"backward passes, expected {expected}",
            other_net_mistake(len(seen["given"])),
        )
    if not np.abs(moved).max() > 0:
        raise CheckFailed(
            "the weights of the net that the loop was given never move: does the optimizer hold "
            "the "
            "parameters of this very net, and does it step?"
        )
    return moved.reshape(plan.num_epochs, plan.batches, 2)


def assert_adam(seen: Mapping[str, Any], plan: Plan) -> None:
    """Adam's first step moves every weight by lr, whatever the size of its gradient.

    Raises:
        CheckFailed: the weights move otherwise.
    """
    large, small = first = optimizer_steps(seen, plan)[0, 0]
    if not np.abs(first / plan.lr - 1).max() <= PACE:
        raise CheckFailed(
            f"with lr = {plan.lr} the first step moves one weight by {large:.4g} and one with a "
            f"hundredth of its gradient by {small:.4g}, expected {plan.lr} for both",
            first_step_mistake(large, small, plan.lr, plan.num_epochs),
        )


def assert_decay(seen: Mapping[str, Any], plan: Plan) -> None:
    """The learning rate shrinks by 0.1^(1/E) after each epoch and at no other time.

    Raises:
        CheckFailed: it does not; with the learning rates seen.
    """
    moved = optimizer_steps(seen, plan)[:, :, 0]
    relative = moved / moved[0, 0]
    expected = plan.rates / plan.lr
    if np.abs(relative / expected[:, None] - 1).max() <= RATE:
        return
    raise CheckFailed(
        f"relative to the first step, the learning rate in epochs 1 to {plan.num_epochs} is "
        f"{'; '.join(show(row) for row in relative)}, expected {show(expected)}, constant in each "
        "epoch",
        rate_mistake(relative),
    )


def assert_zeroed_gradients(seen: Mapping[str, Any], plan: Plan) -> None:
    """Each step sees the gradient of its own batch alone.

    Raises:
        CheckFailed: gradients pile up.
    """
    moved = optimizer_steps(seen, plan)
    grads = seen["steps"][:-1, 2].astype(np.float64)
    if not np.abs(grads / grads[0] - 1).max() <= 0.2:
        raise CheckFailed(
            f"relative to the first one, the gradients of the steps are {show(grads / grads[0])}, "
            "expected about 1 each: those of earlier batches are still in there",
            piling_mistake(grads / grads[0], plan.batches) if moved[:, :, 0].all() else None,
        )


def assert_one_pass_per_epoch(seen: Mapping[str, Any], plan: Plan) -> None:
    """Each epoch goes through the loader once and uses every image of it once.

    Raises:
        CheckFailed: other counts.
    """
    used, expected = len(seen["given"]), plan.num_images * plan.num_epochs
    complete = used == expected
    if seen["fetches"] != plan.num_epochs:
        raise CheckFailed(
            f"{plan.num_epochs} epochs went through the loader {seen['fetches']} times, expected "
            "once each",
            one_pass_mistake(seen["fetches"], plan.num_epochs) if complete else None,
        )
    if not complete:
        raise CheckFailed(
            f"{plan.num_epochs} epochs of {plan.num_images} images (batches of {plan.batch_size}, "
            "the "
            f"last one smaller) showed the net {used} images, expected {expected}"
        )


def assert_fresh_noise(seen: Mapping[str, Any], plan: Plan) -> None:
    """No image comes with the same noise and time in two epochs.

    Two draws agree to within 1e-3 everywhere with a probability below 1e-100.

    Raises:
        CheckFailed: one does.
    """
    assert_one_pass_per_epoch(seen, plan)
    x = seen["given"].reshape(plan.num_epochs, plan.num_images, -1)
    for late in range(1, plan.num_epochs):
        for early in range(late):
            same = np.abs(x[late] - x[early]).max(1) <= 1e-3
            if same.any():
                raise CheckFailed(
                    f"in epochs {early + 1} and {late + 1}, {same.sum()} of {plan.num_images} "
                    "images "
                    "come with the very same noise, expected fresh noise whenever a batch is "
                    "fetched",
                    repeated_noise_mistake(_shared(x)),
                )


def _shared(x: np.ndarray) -> np.ndarray:
    """Whether two epochs of (E, images, pixels) show all images with the same noise, (E, E)."""
    return np.abs(x[:, None] - x[None]).max((2, 3)) <= 1e-3


def assert_train_mode(seen: Mapping[str, Any], plan: Plan) -> None:
    """The net is in train mode for every batch.

    Raises:
        CheckFailed: it is not.
    """
    assert_one_pass_per_epoch(seen, plan)
    modes = seen["told"][:, 3].reshape(plan.num_epochs, plan.num_images)
    wrong = np.flatnonzero((modes != 1).any(1))
    if len(wrong):
        raise CheckFailed(
            f"the net is in eval mode in epoch {wrong[0] + 1}; it was so before the loop started, "
            "and "
            "sampling leaves it so after each epoch: call unet.train() at each epoch's start"
        )


def assert_on_epoch_calls(seen: Mapping[str, Any], plan: Plan) -> None:
    """on_epoch(epoch, unet) after each epoch's batches, with 1, 2, ... and the net that is trained.

    Raises:
        CheckFailed: other calls.
    """
    numbers, is_net, steps = seen["epochs"].T
    if numbers.tolist() != list(range(1, plan.num_epochs + 1)):
        raise CheckFailed(
            f"on_epoch is called for epochs {show(numbers)}, expected 1 to {plan.num_epochs}, once "
            "each"
        )
    if not is_net.all():
        raise CheckFailed("on_epoch is not given the net that is being trained")
    if steps.tolist() != [epoch * plan.batches for epoch in range(1, plan.num_epochs + 1)]:
        raise CheckFailed(
            f"on_epoch is called after {show(steps)} batches in all, expected after each epoch of "
            f"{plan.batches}"
        )


def assert_curves(seen: Mapping[str, Any], plan: Plan, offsets: np.ndarray) -> None:
    """batch_loss holds each batch's loss, epoch_loss the mean of each epoch's, as Python floats.

    Args:
        offsets: (E * B,) what the net answered to each batch, so large that a squared error is
            proportional to its square to within 1e-2. Batches are of equal size.

    Raises:
        CheckFailed: other curves.
    """
    batch, epoch = seen["batch_loss"], seen["epoch_loss"]
    if not seen["floats"]:
        raise CheckFailed(
            "the curves hold tensors or the like, expected Python floats (loss.item())"
        )
    for name, curve, length in (
        ("batch_loss", batch, plan.num_epochs * plan.batches),
        ("epoch_loss", epoch, plan.num_epochs),
    ):
        if len(curve) != length:
            raise CheckFailed(
                f"{plan.num_epochs} epochs of {plan.batches} batches give {len(curve)} values of "
                f"{name}, "
                f"expected {length}"
            )
    relative, expected = batch / batch[0], offsets**2 / offsets[0] ** 2
    if not np.abs(relative / expected - 1).max() <= 2e-2:
        raise CheckFailed(
            f"relative to the first, batch_loss is {show(relative)}; the net's answers give "
            f"{show(expected)}"
        )
    means = batch.reshape(plan.num_epochs, plan.batches).mean(1)
    if not np.abs(epoch / means - 1).max() <= 1e-6:  # float32, and no rounding to whole numbers
        raise CheckFailed(
            f"epoch_loss is {show(epoch)}, the means of batch_loss over each epoch are "
            f"{show(means)}"
        )


def show(values: np.ndarray) -> str:
    """The first numbers of a series, for a message."""
    head = ", ".join(f"{value:.4g}" for value in values[:12])
    return f"[{head}{', ...' if len(values) > 12 else ''}]"
