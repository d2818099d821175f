"""Tasks train_ddpm and train_ddpm_cfg: the training loops of diffusion/training.py.

Most checks let a loop train a net with two weights that keeps a diary; the last one trains on
digits.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from checkkit.runner import Array, Number
from checkkit.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from checkkit.spies.training import ClassTrainingSpy, CountingLoader, TrainingSpy, run_loop
from checkkit.verdicts import training as training
from checkkit.verdicts.devices import DEVICES, assert_devices
from checkkit.verdicts.labels import assert_labels, assert_p_uncond_passed_on
from checkkit.verdicts.settings import Setting
from checkkit.verdicts.training import TRAINING_LOG, Plan

LOOPS = [
    pytest.param(loop, id=loop, marks=pytest.mark.task(loop))
    for loop in ("train_ddpm", "train_ddpm_cfg")
]
each_loop = pytest.mark.parametrize("loop", LOOPS)

PLAN = Plan(num_images=10, batch_size=4, num_epochs=3, lr=0.02)
EVEN = Plan(num_images=9, batch_size=3, num_epochs=3, lr=0.02)  # batches of equal size
SLOW = Plan(num_images=9, batch_size=3, num_epochs=3, lr=1e-4)  # the weights hardly move
SETTING = Setting(1e-4, 0.02, 100)
LEARNT = 0.75  # of the loss of a net that always answers 0
DIGITS = Path(__file__).parent / "data" / "mnist_subset.npz"


def probe_loop(diffusion, *, loop, tables, pace, images, labels, batch_size, offsets):
    spy = (ClassTrainingSpy if loop == "train_ddpm_cfg" else TrainingSpy)(offsets).eval()
    loader = CountingLoader(images, labels, batch_size)
    curves = run_loop(diffusion.training, loop, spy, tables, loader, pace, on_epoch=spy.on_epoch)
    return spy.evidence(curves, loader)


def probe_dropping(diffusion, *, tables, num_ts, p_uncond, images, labels):
    spy = ClassTrainingSpy([100.0])
    images, labels = images.repeat(30, 1, 1, 1), labels.repeat(30)
    diffusion.cfg.ddpm_cfg_forward(spy, tables, images, labels, p_uncond, num_ts)
    return {"told": torch.cat(spy.told)}


def probe_elsewhere(diffusion, *, loop, tables, pace, images, labels):
    spy = DeviceSpy()
    tables = {name: put_elsewhere(table) for name, table in tables.items()}
    loader = CountingLoader(images, labels, len(images))
    with SecondDevice():
        run_loop(diffusion.training, loop, spy, tables, loader, pace)
    return spy.evidence()


def probe_learning(diffusion, *, loop, num_hiddens, tables, pace, images, labels, batch_size):
    torch.set_num_threads(1)
    loader = CountingLoader(images, labels, batch_size)
    if loop == "train_ddpm_cfg":
        unet = diffusion.unet.ClassConditionalUNet(1, 10, num_hiddens)
        curves = run_loop(diffusion.training, loop, unet, tables, loader, pace)
        zero = ClassTrainingSpy([0.0])
        loss = diffusion.cfg.ddpm_cfg_forward(zero, tables, images, labels, 0.1, pace["num_ts"])
    else:
        unet = diffusion.unet.TimeConditionalUNet(1, num_hiddens)
        curves = run_loop(diffusion.training, loop, unet, tables, loader, pace)
        loss = diffusion.ddpm.ddpm_forward(TrainingSpy([0.0]), tables, images, pace["num_ts"])
    losses = torch.tensor([float(loss) for loss in curves["batch_loss"]], dtype=torch.float64)
    return {"batch_loss": losses, "of_zero": float(loss.detach())}


def inputs_of(loop, plan, rng, p_uncond=0.1):
    """What a loop is run with, beside the net: tables, pace, images and labels."""
    return {
        "loop": loop,
        "tables": SETTING.inputs["tables"],
        "pace": {
            "num_ts": SETTING.num_ts,
            "num_epochs": plan.num_epochs,
            "lr": plan.lr,
            "p_uncond": p_uncond,
        },
        "images": rng.random((plan.num_images, 1, 28, 28), dtype=np.float32),
        "labels": rng.permutation(plan.num_images) % 10,
    }


def training_log(submission, rng, loop, plan=PLAN, offsets=(100.0,), p_uncond=0.1):
    """The diary of one run of a loop, and its inputs."""
    inputs = inputs_of(loop, plan, rng, p_uncond)
    seen = submission.run(
        probe_loop,
        returns=TRAINING_LOG,
        batch_size=plan.batch_size,
        offsets=[float(offset) for offset in offsets],
        **inputs,
    )
    return seen, inputs


@each_loop
def test_adam_moves_the_weights_of_the_given_net_by_lr(submission, rng, loop):
    """The optimizer is Adam with the given learning rate, on the parameters of the given net,
    with one step a batch.
    """
    seen, _ = training_log(submission, rng, loop, EVEN)
    training.assert_adam(seen, EVEN)


@each_loop
def test_learning_rate_decays_after_each_epoch(submission, rng, loop):
    """After each epoch, and only then, the learning rate is multiplied by 0.1^(1 / num_epochs).

    ExponentialLR with that gamma; its step() belongs behind the loop over the batches.
    """
    seen, _ = training_log(submission, rng, loop, EVEN)
    training.assert_decay(seen, EVEN)


@each_loop
def test_gradients_are_zeroed_for_each_batch(submission, rng, loop):
    """Every optimizer step follows the gradient of its own batch alone.

    backward() adds to the gradients that are there: optimizer.zero_grad() before it.
    """
    seen, _ = training_log(submission, rng, loop, EVEN)
    training.assert_zeroed_gradients(seen, EVEN)


@each_loop
def test_every_epoch_uses_every_image_once(submission, rng, loop):
    """Every epoch goes through the loader once and uses every batch, the last and smaller one
    included.
    """
    seen, _ = training_log(submission, rng, loop)
    training.assert_one_pass_per_epoch(seen, PLAN)


@each_loop
def test_noise_is_fresh_whenever_a_batch_is_fetched(submission, rng, loop):
    """No image comes with the same noise in two epochs, even if sampling in on_epoch seeds torch
    each time.

    report_epoch, which is given, puts the random state back after on_epoch.
    """
    seen, _ = training_log(submission, rng, loop)
    training.assert_fresh_noise(seen, PLAN)


@each_loop
def test_net_is_in_train_mode_in_every_epoch(submission, rng, loop):
    """The net is in train mode in every epoch, although it comes in eval mode and sampling in
    on_epoch leaves it so.
    """
    seen, _ = training_log(submission, rng, loop)
    training.assert_train_mode(seen, PLAN)


@each_loop
def test_on_epoch_is_called_after_each_epoch(submission, rng, loop):
    """on_epoch(epoch, unet) is called after each epoch, with epoch = 1, 2, ..., num_epochs and
    the net that is trained.
    """
    seen, _ = training_log(submission, rng, loop)
    training.assert_on_epoch_calls(seen, PLAN)


@each_loop
def test_curves_hold_the_losses(submission, rng, loop):
    """The loop returns "batch_loss", the loss of every batch, and "epoch_loss", their mean in
    each epoch, as Python floats.
    """
    offsets = 100 * rng.permutation(1 + 0.25 * np.arange(SLOW.num_epochs * SLOW.batches))
    seen, _ = training_log(submission, rng, loop, SLOW, offsets)
    training.assert_curves(seen, SLOW, offsets)


@each_loop
@pytest.mark.supporting
def test_images_travel_to_the_net(submission, rng, loop):
    """The batches go to the device of the net's weights, and the net stays where it is.

    device = next(unet.parameters()).device, then x.to(device).
    """
    seen = submission.run(probe_elsewhere, returns=DEVICES, **inputs_of(loop, EVEN, rng))
    assert_devices(seen, "it", told=False)


@pytest.mark.task("train_ddpm_cfg")
def test_labels_go_to_the_net(submission, rng):
    """train_ddpm_cfg hands the labels of each batch to ddpm_cfg_forward, next to their images."""
    seen, inputs = training_log(submission, rng, "train_ddpm_cfg", p_uncond=0.0)
    assert_labels(seen, PLAN, inputs["images"], inputs["labels"])


@pytest.mark.task("train_ddpm_cfg")
def test_p_uncond_reaches_the_loss(submission, rng):
    """train_ddpm_cfg hands its p_uncond to ddpm_cfg_forward: with 0 no class is dropped, with 1
    every class.

    Judged by what your own ddpm_cfg_forward does with 0 and 1.
    """
    for p_uncond in (0.0, 1.0):
        seen, inputs = training_log(submission, rng, "train_ddpm_cfg", p_uncond=p_uncond)
        alone = submission.run(
            probe_dropping,
            returns={"told": TRAINING_LOG["told"]},
            num_ts=SETTING.num_ts,
            p_uncond=p_uncond,
            **{name: inputs[name] for name in ("tables", "images", "labels")},
        )
        assert_p_uncond_passed_on(seen, alone, p_uncond)


@pytest.mark.training
@each_loop
def test_net_learns_on_digits(submission, rng, exhibits, loop):
    """In 60 steps on real digits the loss falls below three quarters of that of a net that
    answers 0.

    A right loop ends near 0.2 of it, and 0.15 to 0.24 in all of 32 runs; the bound lies more than
    20 standard deviations above. Wide enough for a UNet or a loss whose faults cost other tasks.
    """
    plan = Plan(num_images=320, batch_size=16, num_epochs=3, lr=1e-2)
    with np.load(DIGITS) as digits:
        chosen = rng.choice(len(digits["train_images"]), plan.num_images, replace=False)
        images = digits["train_images"][chosen, None].astype(np.float32) / 255
        labels = digits["train_labels"][chosen].astype(np.int64)
    seen = submission.run(
        probe_learning,
        returns={"batch_loss": Array((60,), "float64"), "of_zero": Number()},
        num_hiddens=8,
        batch_size=plan.batch_size,
        **inputs_of(loop, plan, rng) | {"images": images, "labels": labels},
    )
    losses = seen["batch_loss"]
    exhibits.curve("Loss on 320 digits", {"batch loss": losses}, "step", "loss")
    last = losses[-20:].mean()
    assert last <= LEARNT * seen["of_zero"], (
        f"after 60 steps the loss is {last:.3f} (mean of epoch 3), it began at {losses[0]:.3f}; "
        f"a net that always answers 0 has {seen['of_zero']:.3f}"
    )
