# for: train_ddpm train_ddpm_cfg
"""The training loops of diffusion/training.py.

Most checks let a loop train a spy with two weights that logs each step; the last one trains on
digits.
"""

import numpy as np
import pytest
import torch

from checkkit.runs.training import learning_curve, loop_inputs, training_log
from checkkit.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from checkkit.spies.schedules import usable_schedule
from checkkit.spies.training import ClassTrainingSpy, CountingLoader, run_loop
from checkkit.verdicts import training
from checkkit.verdicts.devices import DEVICES, assert_devices
from checkkit.verdicts.labels import assert_labels, assert_p_uncond_passed_on
from checkkit.verdicts.learning import assert_net_learnt
from checkkit.verdicts.settings import Setting
from checkkit.verdicts.training import TRAINING_LOG, TrainingPlan

LOOPS = [
    pytest.param(loop, id=loop, marks=pytest.mark.task(loop))
    for loop in (
        "train_ddpm",  # for: train_ddpm
        "train_ddpm_cfg",  # for: train_ddpm_cfg
    )
]
each_loop = pytest.mark.parametrize("loop", LOOPS)

PLAN = TrainingPlan(num_images=10, batch_size=4, num_epochs=3, lr=0.02)
EVEN = TrainingPlan(num_images=9, batch_size=3, num_epochs=3, lr=0.02)  # batches of equal size
SLOW = TrainingPlan(num_images=9, batch_size=3, num_epochs=3, lr=1e-4)  # weights hardly change
SETTING = Setting(1e-4, 0.02, 100)
LEARNT = 0.75  # of the loss of a net that always answers 0


def probe_dropping(diffusion, *, setting, p_uncond, images, labels):
    spy, schedule = ClassTrainingSpy([100.0]), usable_schedule(diffusion, setting)
    images, labels = images.repeat(30, 1, 1, 1), labels.repeat(30)
    diffusion.cfg.ddpm_cfg_forward(spy, schedule, images, labels, p_uncond, setting["num_ts"])
    return {"conditions": torch.cat(spy.conditions)}


def probe_second_device(diffusion, *, loop, setting, pace, images, labels, batch_size):
    spy = DeviceSpy()
    schedule = usable_schedule(diffusion, setting, lambda table: put_elsewhere(table.clone()))
    loader = CountingLoader(images, labels, batch_size)
    with SecondDevice("unet"):
        run_loop(diffusion.training, loop, spy, schedule, loader, pace)
    return spy.evidence()


@pytest.fixture
def logged(submission, rng):
    """Run a loop on a net in eval mode: (loop, plan, offsets, p_uncond) -> its log, its inputs."""

    def run(loop, plan=PLAN, offsets=(100.0,), p_uncond=0.1):
        inputs = loop_inputs(rng, loop, plan, SETTING, p_uncond)
        return training_log(submission, inputs, offsets, train_mode=False), inputs

    return run


@each_loop
def test_adam_moves_the_weights_of_the_given_net_by_lr(logged, loop):
    """The optimizer is Adam with the given learning rate, on the parameters of the given net,
    with one step per batch.
    """
    training.assert_adam(logged(loop, EVEN)[0], EVEN)


@each_loop
def test_learning_rate_decays_after_each_epoch(logged, loop):
    """After each epoch, and only then, the learning rate is multiplied by 0.1^(1 / num_epochs).

    Use ExponentialLR with that gamma; call its step() after the loop over the batches.
    """
    training.assert_decay(logged(loop, EVEN)[0], EVEN)


@each_loop
def test_gradients_are_zeroed_for_each_batch(logged, loop):
    """Every optimizer step uses the gradient of its own batch alone."""
    training.assert_zeroed_gradients(logged(loop, EVEN)[0], EVEN)


@each_loop
def test_every_epoch_uses_every_image_once(logged, loop):
    """Every epoch goes through the loader once and uses every batch, the last and smaller one
    included.
    """
    training.assert_one_pass_per_epoch(logged(loop)[0], PLAN)


@each_loop
def test_noise_is_fresh_whenever_a_batch_is_fetched(logged, loop):
    """No image has the same noise in two epochs."""
    training.assert_fresh_noise(logged(loop)[0], PLAN)


@each_loop
def test_net_is_in_train_mode_in_every_epoch(logged, loop):
    """The net is in train mode in every epoch, also if it is in eval mode before the loop and
    after on_epoch.
    """
    training.assert_train_mode(logged(loop)[0], PLAN)


@each_loop
def test_on_epoch_is_called_after_each_epoch(logged, loop):
    """on_epoch(epoch, unet) is called after each epoch, with epoch = 1, 2, ..., num_epochs and
    the net that is being trained.
    """
    training.assert_on_epoch_calls(logged(loop)[0], PLAN)


@each_loop
def test_curves_hold_the_losses(logged, rng, loop):
    """The loop returns "batch_loss", the loss of every batch, and "epoch_loss", their mean in
    each epoch, as Python floats.
    """
    offsets = 100 * rng.permutation(1 + 0.25 * np.arange(SLOW.num_epochs * SLOW.batches))
    training.assert_curves(logged(loop, SLOW, offsets)[0], SLOW, offsets)


@each_loop
@pytest.mark.supporting
def test_images_travel_to_the_net(submission, rng, loop):
    """The loop moves batches to the device of the net's weights, and does not move the net.

    device = next(unet.parameters()).device, then x.to(device).
    """
    inputs = loop_inputs(rng, loop, EVEN, SETTING, 0.1)
    evidence = submission.run(probe_second_device, returns=DEVICES, **inputs)
    assert_devices(evidence, "unet", conditions=False)


@pytest.mark.task("train_ddpm_cfg")
def test_labels_go_to_the_net(logged):
    """train_ddpm_cfg passes the labels of each batch to ddpm_cfg_forward, with their images."""
    evidence, inputs = logged("train_ddpm_cfg", p_uncond=0.0)
    assert_labels(evidence, PLAN, inputs["images"], inputs["labels"])


@pytest.mark.task("train_ddpm_cfg")
def test_p_uncond_reaches_the_loss(submission, logged):
    """train_ddpm_cfg passes its p_uncond to ddpm_cfg_forward: with 0 no class is dropped, with 1
    every class.

    The loop is compared with your own ddpm_cfg_forward at 0 and 1.
    """
    for p_uncond in (0.0, 1.0):
        evidence, inputs = logged("train_ddpm_cfg", p_uncond=p_uncond)
        alone = submission.run(
            probe_dropping,
            returns={"conditions": TRAINING_LOG["conditions"]},
            p_uncond=p_uncond,
            **{name: inputs[name] for name in ("setting", "images", "labels")},
        )
        assert_p_uncond_passed_on(evidence, alone, p_uncond)


@pytest.mark.training
@each_loop
def test_net_learns_on_digits(submission, rng, exhibits, loop):
    """In 60 steps on real digits the loss falls below three quarters of that of a net that
    answers 0.

    A correct loop ends near 0.2 of it, between 0.15 and 0.24 in 32 runs; the bound is more than 20
    standard deviations above. A wrong UNet or loss usually passes here and costs its own task.
    """
    plan = TrainingPlan(num_images=320, batch_size=16, num_epochs=3, lr=1e-2)
    inputs = loop_inputs(rng, loop, plan, SETTING, 0.1)
    losses, learning = learning_curve(submission, rng, inputs, "batch_loss", 60, num_hiddens=8)
    exhibits.curve("Loss on 320 digits", {"batch loss": losses}, "step", "loss")
    assert_net_learnt(losses, losses[-20:].mean(), learning, LEARNT)


# end for
