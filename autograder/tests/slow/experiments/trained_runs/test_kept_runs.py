"""The net that the repository keeps draws digits."""

import pytest
import torch

from autograder.config.paths import REPOSITORY
from autograder.experiments.trained_runs.inference import sample
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import read_run
from checkkit.classifier import recognised

RUNS = REPOSITORY.runs


@pytest.mark.usefixtures("long_run")
def test_the_kept_net_draws_the_digits_that_are_asked_for():
    run = read_run(RUNS / "class")
    classes = torch.arange(10)
    net = reference("runs.fast").SamplingNet(run.net(), torch.float32)
    x_0, _ = sample(run, net, classes, seed=1, guidance=5.0)
    right = recognised(x_0[:, 0].clip(0, 1).numpy()) == classes.numpy()
    assert right.mean() >= 0.8  # its accuracy is above .98: two of ten wrong are rarer than 1 %
