"""docs/diffusers.md: its code draws the same images as the solution."""

import os
import warnings

import pytest
import torch

from autograder.config.paths import REPOSITORY
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import read_run
from autograder.tests.support.documentation import FENCE
from autograder.validation.digits.mistakes import OfClass

PAGE = REPOSITORY.at("docs/diffusers.md")
CLOSE = 2e-4


@pytest.fixture(scope="module")
def page(long_run) -> dict:
    """What the code of the page defines."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    with warnings.catch_warnings(action="ignore"):
        (code,) = [text for kind, text in FENCE.findall(PAGE.read_text()) if kind == "python"]
        defined: dict = {}
        exec(code, defined)
    return defined


@pytest.mark.filterwarnings("ignore")  # of a library that is not ours
def test_equal_seeds_give_equal_images(page):
    run = read_run(REPOSITORY.class_run)
    T = run.settings.num_ts
    ours, _ = reference("ddpm").ddpm_sample(OfClass(run.net()), run.schedule(), 10, (28, 28), T, 3)
    theirs = page["ddpm_sample"](OfClass(run.net()), 10, (28, 28), T, 3)
    assert (ours - theirs).abs().max() < CLOSE


@pytest.mark.filterwarnings("ignore")
def test_equation_5_is_add_noise_of_one_step_less(page):
    scheduler = page["DDPMScheduler"](num_train_timesteps=300, beta_start=0.0001, beta_end=0.02)
    schedule, t = reference("ddpm").ddpm_schedule(1e-4, 0.02, 300), torch.tensor([1, 150, 300])
    x_0, eps = torch.rand(3, 1, 28, 28), torch.randn(3, 1, 28, 28)
    ours = reference("ddpm").noised(schedule, x_0, t, eps)
    assert (ours - scheduler.add_noise(x_0, eps, t - 1)).abs().max() < CLOSE
