"""Task hidden_training: both loops at other lengths and batch sizes, and with a net of the
judge's.
"""

import numpy as np
import pytest
import torch

from checkkit.runner import Array, Number
from checkkit.spies.small_nets import SmallClassNet, SmallTimeNet
from checkkit.spies.training import ClassTrainingSpy, CountingLoader, TrainingSpy, run_loop
from checkkit.verdicts import training as training
from checkkit.verdicts.labels import assert_labels
from checkkit.verdicts.pictures import DIGITS
from checkkit.verdicts.settings import Setting
from checkkit.verdicts.training import TRAINING_LOG, Plan

pytestmark = pytest.mark.task("hidden_training")

each_loop = pytest.mark.parametrize("loop", ["train_ddpm", "train_ddpm_cfg"])


def probe_loop(diffusion, *, loop, tables, pace, images, labels, batch_size, offset, told):
    spy = (ClassTrainingSpy if loop == "train_ddpm_cfg" else TrainingSpy)([offset])
    loader = CountingLoader(images, labels, batch_size)
    extras = {"on_epoch": spy.on_epoch} if told else {}
    curves = run_loop(diffusion.training, loop, spy, tables, loader, pace, **extras)
    return spy.evidence(curves, loader)


def probe_learning(diffusion, *, loop, tables, pace, images, labels, batch_size):
    torch.set_num_threads(1)
    classed = loop == "train_ddpm_cfg"
    net = SmallClassNet() if classed else SmallTimeNet()
    loader = CountingLoader(images, labels, batch_size)
    curves = run_loop(diffusion.training, loop, net, tables, loader, pace)
    if classed:
        spy, given = ClassTrainingSpy([0.0]), (images, labels, pace["p_uncond"])
        loss = diffusion.cfg.ddpm_cfg_forward(spy, tables, *given, pace["num_ts"])
    else:
        loss = diffusion.ddpm.ddpm_forward(TrainingSpy([0.0]), tables, images, pace["num_ts"])
    return {
        "epoch_loss": torch.tensor([float(e) for e in curves["epoch_loss"]], dtype=torch.float64),
        "of_zero": float(loss.detach()),
    }


def inputs_of(loop, plan, rng, num_ts, p_uncond):
    """What a loop is run with, beside the net."""
    setting = Setting(2e-3, 0.25, num_ts)
    pace = {"num_ts": num_ts, "num_epochs": plan.num_epochs, "lr": plan.lr, "p_uncond": p_uncond}
    return {
        "loop": loop,
        "tables": setting.inputs["tables"],
        "pace": pace,
        "images": rng.random((plan.num_images, 1, 28, 28), dtype=np.float32),
        "labels": rng.integers(10, size=plan.num_images),
        "batch_size": plan.batch_size,
    }


def training_log(submission, rng, loop, plan, told=True, p_uncond=0.3):
    """The diary of one run, and its inputs."""
    inputs = inputs_of(loop, plan, rng, num_ts=7, p_uncond=p_uncond)
    seen = submission.run(probe_loop, returns=TRAINING_LOG, offset=150.0, told=told, **inputs)
    return seen, inputs


@each_loop
def test_hidden_a_single_epoch_of_single_images(submission, rng, loop):
    """One epoch of batches of one image: one step of Adam each, at the given learning rate
    throughout.
    """
    plan = Plan(num_images=4, batch_size=1, num_epochs=1, lr=3e-3)
    seen, _ = training_log(submission, rng, loop, plan)
    for claim in (
        *(training.assert_one_pass_per_epoch, training.assert_adam, training.assert_decay),
        *(training.assert_train_mode, training.assert_on_epoch_calls),
    ):
        claim(seen, plan)


@each_loop
def test_hidden_learning_rate_over_many_epochs(submission, rng, loop):
    """Over six epochs of two batches the learning rate falls to 0.1^(5/6) of its first value."""
    plan = Plan(num_images=4, batch_size=2, num_epochs=6, lr=0.05)
    seen, _ = training_log(submission, rng, loop, plan)
    training.assert_decay(seen, plan)
    training.assert_zeroed_gradients(seen, plan)


@each_loop
def test_hidden_nobody_listens(submission, rng, loop):
    """Without on_epoch the loop runs the same, with noise that is fresh in every epoch."""
    plan = Plan(num_images=5, batch_size=5, num_epochs=2, lr=0.01)
    seen, _ = training_log(submission, rng, loop, plan, told=False)
    for claim in (
        training.assert_one_pass_per_epoch,
        training.assert_fresh_noise,
        training.assert_adam,
    ):
        claim(seen, plan)
    assert len(seen["epochs"]) == 0, "on_epoch was called although nobody asked for it"


def test_hidden_labels_stay_with_their_images(submission, rng):
    """In an odd last batch, too, the classes that the net is told are those of the batch."""
    plan = Plan(num_images=8, batch_size=3, num_epochs=4, lr=0.01)
    seen, inputs = training_log(submission, rng, "train_ddpm_cfg", plan, p_uncond=0.0)
    assert_labels(seen, plan, inputs["images"], inputs["labels"])


@pytest.mark.training
@each_loop
def test_hidden_another_net_learns(submission, rng, exhibits, loop):
    """A small convolutional net of the judge's learns from the loop to predict noise on digits.

    A right loop ends at 0.08 to 0.11 of the loss of a net that answers 0 (8 runs, standard
    deviation 0.007); the bound, 0.6, lies more than 50 standard deviations above.
    """
    plan = Plan(num_images=480, batch_size=24, num_epochs=4, lr=5e-3)
    with np.load(DIGITS) as digits:
        chosen = rng.choice(len(digits["train_images"]), plan.num_images, replace=False)
        images = digits["train_images"][chosen, None].astype(np.float32) / 255
        labels = digits["train_labels"][chosen].astype(np.int64)
    seen = submission.run(
        probe_learning,
        returns={"epoch_loss": Array((plan.num_epochs,), "float64"), "of_zero": Number()},
        **inputs_of(loop, plan, rng, 50, 0.1) | {"images": images, "labels": labels},
    )
    losses, zero = seen["epoch_loss"], seen["of_zero"]
    exhibits.curve("Loss on 480 digits", {"epoch loss": losses}, "epoch", "loss")
    assert losses[-1] <= 0.6 * zero, (
        f"after {plan.num_epochs} epochs the loss is {losses[-1]:.3f}, that of a net that always "
        f"answers 0 is {zero:.3f}"
    )
