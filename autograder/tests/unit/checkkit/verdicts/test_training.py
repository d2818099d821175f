"""The log of a right loop passes every verdict, and each mistake fails its own verdict."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from autograder.config.paths import REPOSITORY
from checkkit.runner import CheckFailed
from checkkit.runner.outcomes import Blocked
from checkkit.spies.training import CountingLoader, TrainingSpy
from checkkit.verdicts import training
from checkkit.verdicts.training import TrainingPlan

PLAN = TrainingPlan(num_images=6, batch_size=2, num_epochs=3, lr=0.05)
CLAIMS = {
    "adam": training.assert_adam,
    "decay": training.assert_decay,
    "gradients": training.assert_zeroed_gradients,
    "passes": training.assert_one_pass_per_epoch,
    "freshness": training.assert_fresh_noise,
    "modes": training.assert_train_mode,
    "reports": training.assert_on_epoch_calls,
    "curves": lambda seen, plan: training.assert_curves(seen, plan, np.full(9, 100.0)),
}


def loop(
    make: Callable = torch.optim.Adam,
    gamma: float = 0.1 ** (1 / 3),
    decay_batches: bool = False,
    zero: bool = True,
    train: bool = True,
    fresh: bool = True,
    first_number: int = 1,
    skip: int = 0,
    own_net: bool = True,
    weigh: Callable = lambda loss, number: loss,
) -> dict:
    """The log of a small loop, right by default."""
    torch.manual_seed(1)
    spy = TrainingSpy([100.0]).eval()
    loader = CountingLoader(torch.rand(6, 1, 4, 4), torch.arange(6), PLAN.batch_size)
    held = spy.parameters() if own_net else nn.Linear(1, 1).parameters()
    optimizer = make(held, lr=PLAN.lr)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma)
    curves = {"batch_loss": [], "epoch_loss": []}
    for epoch in range(PLAN.num_epochs):
        spy.train(train)
        for number, (x, _) in enumerate(loader):
            if number < skip:
                continue
            noise = torch.randn_like(x) if fresh else torch.ones_like(x)
            loss = weigh(((spy(x + noise, torch.rand(len(x))) - noise) ** 2).mean(), number)
            if zero:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            curves["batch_loss"].append(loss.item())
            if decay_batches:
                scheduler.step()
        curves["epoch_loss"].append(float(np.mean(curves["batch_loss"][-3 + skip :])))
        if not decay_batches:
            scheduler.step()
        with torch.random.fork_rng():
            spy.on_epoch(epoch + first_number, spy)
    seen = spy.evidence(curves, loader)
    return {name: v.numpy() if torch.is_tensor(v) else v for name, v in seen.items()}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_right_loop_passes(claim):
    CLAIMS[claim](loop(), PLAN)


@pytest.mark.parametrize(
    ("claim", "fault", "words"),
    [
        ("adam", {"make": torch.optim.SGD}, "proportional to the gradients"),
        ("adam", {"own_net": False}, "never change"),
        (
            "adam",
            {"make": lambda p, lr: torch.optim.Adam(p, lr=lr / 2)},
            "moves one weight by 0.025",
        ),
        ("decay", {"gamma": 1.0}, "stays the same from beginning to end"),
        ("decay", {"gamma": 0.1}, "expected"),
        ("decay", {"decay_batches": True}, "shrinks after each batch"),
        ("gradients", {"zero": False}, "earlier batches"),
        ("passes", {"skip": 1}, "12 images, expected 18"),
        ("freshness", {"fresh": False}, "exactly the same noise"),
        ("modes", {"train": False}, "eval mode in epoch 1"),
        ("reports", {"first_number": 0}, "expected 1 to 3"),
        ("curves", {"skip": 1}, "6 values of batch_loss"),
    ],
)
def test_a_spoilt_loop_fails_its_claim(claim, fault, words):
    with pytest.raises(CheckFailed, match=words):
        CLAIMS[claim](loop(**fault), PLAN)


@pytest.mark.parametrize("claim", ["gradients", "curves"])
def test_a_loss_that_is_no_plain_mean_is_not_the_loops_fault(claim):
    seen = loop(weigh=lambda loss, number: loss * (1 - 0.3 * number))
    with pytest.raises(Blocked, match="The loss is the mean of"):
        CLAIMS[claim](seen, PLAN)
    for other in CLAIMS.keys() - {"gradients", "curves"}:
        CLAIMS[other](seen, PLAN)


def test_the_loss_is_named_by_the_words_of_its_own_check():
    for name in ("test_forward", "test_cfg_forward"):
        assert training.MEAN in (REPOSITORY.checks / f"{name}.py").read_text(encoding="utf-8")


def test_curves_of_tensors_and_wrong_means_fail():
    seen = loop()
    with pytest.raises(CheckFailed, match="Python floats"):
        CLAIMS["curves"](seen | {"floats": False}, PLAN)
    with pytest.raises(CheckFailed, match="epoch_loss"):
        CLAIMS["curves"](seen | {"epoch_loss": seen["epoch_loss"] * 1.1}, PLAN)
    with pytest.raises(CheckFailed, match="batch_loss"):
        CLAIMS["curves"](seen | {"batch_loss": seen["batch_loss"] * np.arange(1, 10)}, PLAN)


def test_nan_passes_no_claim():
    seen = loop()
    nan = {"steps": seen["steps"] * np.nan, "batch_loss": seen["batch_loss"] * np.nan}
    for claim in ("adam", "decay", "gradients", "curves"):
        with pytest.raises(AssertionError):
            CLAIMS[claim](seen | nan, PLAN)
