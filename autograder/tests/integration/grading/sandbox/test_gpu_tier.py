"""The check that needs a GPU runs in the sandbox, with everything but its numbers, on the CPU."""

from dataclasses import replace

import numpy as np
import pytest

from autograder.config.paths import REPOSITORY
from autograder.grading.sandbox import SandboxedRunner
from autograder.tests.support.sandbox.probes import LIMITS
from checkkit.runner.results import Exhibits
from checkkit.runner.session import Submission
from checkkit.runs.digits import GPU, train_and_judge

SMALL = replace(GPU, device="cpu", num_ts=3, num_hiddens=2, batch_size=4, steps=4)


@pytest.mark.parametrize(
    ("precision", "method"), [("float32", "ddpm"), ("bfloat16", "ddpm"), ("float32", "flow")]
)
def test_the_check_of_the_gpu_tier_judges_the_digits_of_a_sandboxed_net(
    strongest, precision, method
):
    with SandboxedRunner(REPOSITORY.solution, strongest, LIMITS, label="visible") as runner:
        submission, exhibits = Submission(runner, np.random.default_rng(0), 60), Exhibits()
        with pytest.raises(AssertionError, match="are recognised as the class asked for"):
            tier = replace(SMALL, precision=precision, method=method)
            train_and_judge(tier, submission, np.random.default_rng(0), exhibits)
    images, curve = exhibits.shown
    assert images.images.shape == (100, 28, 28) and len(images.captions) == 100
    assert curve.series["loss"].shape == (1, 2)
