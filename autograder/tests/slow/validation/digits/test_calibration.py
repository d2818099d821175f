"""The calibration trains and draws what the check trains and draws, and resumes."""

from dataclasses import replace

import numpy as np
import pytest

from autograder.validation.digits import records, variants
from autograder.validation.digits.calibrate import make_runs, missing, train_and_sample
from checkkit.runs.digits import CPU, draw
from checkkit.runs.digits_flow import FLOW

TINY = replace(CPU, num_ts=3, num_hiddens=2, batch_size=4, steps=12)
TINY_FLOW = replace(FLOW, num_ts=3, num_hiddens=2, batch_size=4, steps=12)


@pytest.fixture
def solution(tmp_path):
    return variants.load("solution", tmp_path / "solution")


@pytest.mark.usefixtures("long_run")
@pytest.mark.parametrize(
    ("tier", "sampler"), [(TINY, "clamp_x0"), (TINY_FLOW, "flow_clamped_at_the_end")]
)
def test_a_calibration_run_draws_the_samples_that_the_check_would_see(
    solution, tmp_path, tier, sampler
):
    run, _ = train_and_sample(
        tier,
        {"solution": solution, sampler: variants.load(sampler, tmp_path / "clamped")},
        seed=5,
        threads=1,
        keep=tmp_path,
    )
    runner = variants.PackageRunner(solution)
    seen = draw(runner.run, runner.renew, tier, np.random.default_rng(5), threads=1, seed=5)
    kept = np.load(tmp_path / "solution-5.npz")
    assert np.array_equal(kept["solution"], seen["samples"][:, 0])
    assert not np.array_equal(kept["solution"], kept[sampler])
    assert run.implementation == "solution" and run.tier == records.describe(tier)


@pytest.mark.usefixtures("long_run")
def test_calibration_resumes_where_it_stopped(tmp_path):
    output = tmp_path / "runs.csv"
    jobs = [("solution", seed, ["solution", "clamp_x0"]) for seed in range(2)]
    assert missing(output, TINY, jobs) == jobs
    make_runs(output, TINY, ("solution", 0, ["solution"]))
    left = [("solution", 0, ["clamp_x0"]), jobs[1]]
    assert missing(output, TINY, jobs) == left
    for job in left:
        make_runs(output, TINY, job)
    assert [(run.sampler, run.seed) for run in records.read(output, TINY)] == [
        ("solution", 0),
        ("clamp_x0", 0),
        ("solution", 1),
        ("clamp_x0", 1),
    ]
    assert missing(output, TINY, jobs) == []
