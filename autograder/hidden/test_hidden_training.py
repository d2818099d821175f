"""Task hidden_training: both loops at other lengths and batch sizes, and with a small net."""

import pytest

from checkkit.runs.training import learning_curve, loop_inputs, training_log
from checkkit.verdicts import training
from checkkit.verdicts.labels import assert_labels
from checkkit.verdicts.learning import assert_net_learnt
from checkkit.verdicts.settings import Setting
from checkkit.verdicts.training import TrainingPlan

pytestmark = pytest.mark.task("hidden_training")

each_loop = pytest.mark.parametrize("loop", ["train_ddpm", "train_ddpm_cfg"])


def logged(submission, rng, loop, plan, with_on_epoch=True, p_uncond=0.3):
    """The log of one run on a net in train mode, and its inputs."""
    inputs = loop_inputs(rng, loop, plan, Setting(2e-3, 0.25, 7), p_uncond)
    return training_log(submission, inputs, (150.0,), True, with_on_epoch), inputs


@each_loop
def test_hidden_a_single_epoch_of_single_images(submission, rng, loop):
    """One epoch of batches of one image: one step of Adam each, at a constant learning rate."""
    plan = TrainingPlan(num_images=4, batch_size=1, num_epochs=1, lr=3e-3)
    log, _ = logged(submission, rng, loop, plan)
    for verdict in (
        *(training.assert_one_pass_per_epoch, training.assert_adam, training.assert_decay),
        *(training.assert_train_mode, training.assert_on_epoch_calls),
    ):
        verdict(log, plan)


@each_loop
def test_hidden_learning_rate_over_many_epochs(submission, rng, loop):
    """Over six epochs of two batches the learning rate falls to 0.1^(5/6) of its first value."""
    plan = TrainingPlan(num_images=4, batch_size=2, num_epochs=6, lr=0.05)
    log, _ = logged(submission, rng, loop, plan)
    training.assert_decay(log, plan)
    training.assert_zeroed_gradients(log, plan)


@each_loop
def test_hidden_on_epoch_may_be_left_out(submission, rng, loop):
    """Without on_epoch the loop runs the same, with new noise in every epoch."""
    plan = TrainingPlan(num_images=5, batch_size=5, num_epochs=2, lr=0.01)
    log, _ = logged(submission, rng, loop, plan, with_on_epoch=False)
    training.assert_one_pass_per_epoch(log, plan)
    training.assert_fresh_noise(log, plan)
    training.assert_adam(log, plan)
    assert len(log["epochs"]) == 0, "on_epoch was called although it was not passed"


def test_hidden_labels_stay_with_their_images(submission, rng):
    """In a smaller last batch, too, the net gets the classes of the batch."""
    plan = TrainingPlan(num_images=8, batch_size=3, num_epochs=4, lr=0.01)
    log, inputs = logged(submission, rng, "train_ddpm_cfg", plan, p_uncond=0.0)
    assert_labels(log, plan, inputs["images"], inputs["labels"])


@pytest.mark.training
@each_loop
def test_hidden_another_net_learns(submission, rng, exhibits, loop):
    """A small convolutional net of the check learns from the loop to predict noise on digits.

    A correct loop ends at 0.08 to 0.11 of the loss of a net that answers 0 (8 runs, standard
    deviation 0.007); the bound, 0.6, is more than 50 standard deviations above.
    """
    plan = TrainingPlan(num_images=480, batch_size=24, num_epochs=4, lr=5e-3)
    inputs = loop_inputs(rng, loop, plan, Setting(2e-3, 0.25, 50), 0.1)
    losses, learning = learning_curve(submission, rng, inputs, "epoch_loss", plan.num_epochs)
    exhibits.curve("Loss on 480 digits", {"epoch loss": losses}, "epoch", "loss")
    assert_net_learnt(losses, losses[-1], learning, 0.6)
