"""Verdicts on a training loop, by the log of the net that it trains (`checkkit.spies.training`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..mistakes.training_loops import (
    curve_mistake,
    first_step_mistake,
    one_pass_mistake,
    other_net_mistake,
    piling_mistake,
    rate_mistake,
    repeated_noise_mistake,
)
from ..runner import Array, CheckFailed, Flag, Integer, expect
from ..runner.outcomes import Blocked
from ..text import brief

TRAINING_LOG = {
    "images": Array((None, 1, None, None), finite=False),
    "conditions": Array((None, 4), finite=False),
    "steps": Array((None, 3), finite=False),
    "epochs": Array((None, 3)),
    "fetches": Integer(),
    "empty_steps": Integer(),
    "batch_loss": Array((None,), "float64", finite=False),
    "epoch_loss": Array((None,), "float64", finite=False),
    "floats": Flag(),
}
PACE = 1e-2  # the spy's gradient is constant to about 1e-3, and so are Adam's steps
ADAM = "The optimizer is Adam with the given learning rate, on the parameters of the given net."
MEAN = "The loss is the mean of (net - eps)^2 over every pixel of the batch, not the sum."
RATE = 0.1  # wide enough for gradients that add up: those have a check of their own
GRADIENT = 0.2  # how far a gradient may be from what the spy's answer gives
ADDED = 1.5  # times the first gradient, if that of an earlier batch is added


@dataclass(frozen=True)
class TrainingPlan:
    """The arguments of a loop."""

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


def weight_changes(log: Mapping[str, Any], plan: TrainingPlan) -> np.ndarray:
    """How far each optimizer step moves both weights of the given net, (E, B, 2).

    Raises:
        CheckFailed: there are too few or too many steps, or the weights never change.
    """
    moved = -np.diff(np.float64(log["steps"][:, :2]), axis=0)
    expected = plan.num_epochs * plan.batches
    expect(
        len(moved) == expected,
        f"{plan.num_epochs} epochs of {plan.batches} batches gave the net {len(moved)} "
        f"backward passes, expected {expected}",
        other_net_mistake(len(log["images"])),
    )
    expect(
        np.abs(moved).max() > 0 or not log["empty_steps"],
        f"at {log['empty_steps']} calls of optimizer.step() the net had no gradients: call "
        "zero_grad(), backward() and step() in this order",
    )
    expect(
        np.abs(moved).max() > 0,
        "the weights of the net never change: does the optimizer hold the parameters of the net "
        "that the loop was given, and is optimizer.step() called?",
    )
    return moved.reshape(plan.num_epochs, plan.batches, 2)


def _changes_of_trained_net(log: Mapping[str, Any], plan: TrainingPlan) -> np.ndarray:
    """`weight_changes`; that the net is trained at all is for `assert_adam` to say."""
    try:
        return weight_changes(log, plan)
    except CheckFailed as error:
        message = str(error).partition("\n")[0]
        raise Blocked(ADAM, message[:1].upper() + message[1:]) from None


def assert_adam(log: Mapping[str, Any], plan: TrainingPlan) -> None:
    """Adam's first step moves every weight by lr, however large its gradient is."""
    large, small = first = weight_changes(log, plan)[0, 0]
    expect(
        np.abs(first / plan.lr - 1).max() <= PACE,
        f"with lr = {plan.lr} the first step moves one weight by {large:.4g} and one with a "
        f"hundredth of its gradient by {small:.4g}, expected {plan.lr} for both",
        first_step_mistake(large, small, plan.lr, plan.num_epochs),
    )


def assert_decay(log: Mapping[str, Any], plan: TrainingPlan) -> None:
    """The learning rate is multiplied by 0.1^(1/E) after each epoch and at no other time."""
    moved = _changes_of_trained_net(log, plan)[:, :, 0]
    relative, expected = moved / moved[0, 0], plan.rates / plan.lr
    if not np.abs(relative / expected[:, None] - 1).max() <= RATE:
        raise CheckFailed(
            f"relative to the first step, the learning rate in epochs 1 to {plan.num_epochs} is "
            f"{'; '.join(brief(row) for row in relative)}, expected {brief(expected)}, constant in "
            "each epoch",
            rate_mistake(relative),
        )


def assert_zeroed_gradients(log: Mapping[str, Any], plan: TrainingPlan) -> None:
    """Each step uses the gradient of its own batch alone.

    Raises:
        Blocked: gradients differ, but none has another one added: the loss is no mean of squares.
    """
    moved = _changes_of_trained_net(log, plan)
    relative = _relative_gradients(log)
    if np.abs(relative - 1).max() <= GRADIENT:
        return
    words = f"relative to the first one, the gradients of the steps are {brief(relative)}"
    if relative.max() < ADDED:
        raise Blocked(MEAN, f"{words[:1].upper()}{words[1:]}, expected about 1 each")
    raise CheckFailed(
        f"{words}, expected about 1 each: they include gradients of earlier batches; call "
        "optimizer.zero_grad() before backward()",
        piling_mistake(relative, plan.batches) if moved[:, :, 0].all() else None,
    )


def _relative_gradients(log: Mapping[str, Any]) -> np.ndarray:
    """The gradient of each step over that of the first, (S,)."""
    grads = log["steps"][:-1, 2].astype(np.float64)
    return np.nan_to_num(grads / grads[0], nan=np.inf) if len(grads) else grads


def assert_one_pass_per_epoch(log: Mapping[str, Any], plan: TrainingPlan) -> None:
    """Each epoch goes through the loader once and uses each of its images once."""
    used, expected = len(log["images"]), plan.num_images * plan.num_epochs
    complete = used == expected
    expect(
        log["fetches"] == plan.num_epochs,
        f"{plan.num_epochs} epochs went through the loader {log['fetches']} times, expected once "
        "each",
        one_pass_mistake(log["fetches"], plan.num_epochs) if complete else None,
    )
    expect(
        complete,
        f"{plan.num_epochs} epochs of {plan.num_images} images (batches of {plan.batch_size}, the "
        f"last one smaller) showed the net {used} images, expected {expected}",
    )


def assert_fresh_noise(log: Mapping[str, Any], plan: TrainingPlan) -> None:
    """No image has the same noise and time in two epochs.

    The chance that two draws agree to within 1e-3 everywhere is below 1e-100.
    """
    assert_one_pass_per_epoch(log, plan)
    x = log["images"].reshape(plan.num_epochs, plan.num_images, -1)
    same = np.abs(x[:, None] - x[None]).max(axis=3) <= 1e-3  # (E, E, images)
    pairs = np.argwhere(np.tril(same.any(axis=2), -1))
    if len(pairs):
        late, early = pairs[0]
        raise CheckFailed(
            f"in epochs {early + 1} and {late + 1}, {same[late, early].sum()} of {plan.num_images} "
            "images have exactly the same noise, expected fresh noise for each batch in each epoch",
            repeated_noise_mistake(same.all(axis=2)),
        )


def assert_train_mode(log: Mapping[str, Any], plan: TrainingPlan) -> None:
    """The net is in train mode for every batch."""
    assert_one_pass_per_epoch(log, plan)
    modes = log["conditions"][:, 3].reshape(plan.num_epochs, plan.num_images)
    wrong = np.flatnonzero((modes != 1).any(1))
    if len(wrong):
        raise CheckFailed(
            f"the net is in eval mode in epoch {wrong[0] + 1}. It is in eval mode before the loop "
            "and after sampling at the end of each epoch: call unet.train() at the start of each "
            "epoch"
        )


def assert_on_epoch_calls(log: Mapping[str, Any], plan: TrainingPlan) -> None:
    """The loop calls on_epoch(epoch, unet) after each epoch, with 1, 2, ... and the trained net."""
    numbers, is_net, steps = log["epochs"].T
    epochs = range(1, plan.num_epochs + 1)
    expect(
        numbers.tolist() == list(epochs),
        f"on_epoch is called for epochs {brief(numbers)}, expected 1 to {plan.num_epochs}, once "
        "each",
    )
    expect(is_net.all(), "on_epoch does not get the net that is being trained")
    expect(
        steps.tolist() == [epoch * plan.batches for epoch in epochs],
        f"on_epoch is called after {brief(steps)} batches in all, expected after each epoch of "
        f"{plan.batches}",
    )


def assert_curves(log: Mapping[str, Any], plan: TrainingPlan, offsets: np.ndarray) -> None:
    """batch_loss is each batch's loss, epoch_loss the mean of each epoch's, as Python floats.

    Args:
        offsets: (E * B,) the net's answers, so large that a squared error is proportional to the
            square of its answer to within 1e-2. Batches are of equal size.

    Raises:
        Blocked: the curve differs, and so do the gradients: the loss is no mean of squares.
    """
    batch, epoch = log["batch_loss"], log["epoch_loss"]
    expect(
        log["floats"], "the curves are no Python floats, but tensors or the like: use loss.item()"
    )
    for name, curve, length in (
        ("batch_loss", batch, plan.num_epochs * plan.batches),
        ("epoch_loss", epoch, plan.num_epochs),
    ):
        expect(
            len(curve) == length,
            f"{plan.num_epochs} epochs of {plan.batches} batches give {len(curve)} values of "
            f"{name}, expected {length}",
        )
    relative, expected = batch / batch[0], offsets**2 / offsets[0] ** 2
    if not np.abs(relative / expected - 1).max() <= 2e-2:
        words = f"batch_loss is {brief(relative)}; the net's answers give {brief(expected)}"
        gradients, answers = _relative_gradients(log), offsets / offsets[0]
        if len(gradients) == len(answers) and np.abs(gradients / answers - 1).max() > GRADIENT:
            raise Blocked(MEAN, f"Relative to the first, {words}, and the gradients differ, too")
        mistake = curve_mistake(batch, expected)
        raise CheckFailed(f"relative to the first, {words}", mistake)
    means = batch.reshape(plan.num_epochs, plan.batches).mean(1)
    expect(
        np.abs(epoch / means - 1).max() <= 1e-6,  # float32, and no rounding to whole numbers
        f"epoch_loss is {brief(epoch)}, the means of batch_loss over each epoch are {brief(means)}",
    )
