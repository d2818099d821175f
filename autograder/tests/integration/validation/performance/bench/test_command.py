"""`python -m autograder.validation.performance.bench` as it is run: tiny, but all of it."""

import json
import subprocess
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from autograder.tests.support.processes import python
from autograder.validation.performance.bench import theirs

ROOT = REPOSITORY.root


def bench(*options: object) -> subprocess.CompletedProcess:
    words = ("-W", "error", "-m", "autograder.validation.performance.bench", *options)
    return python(*words, OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="")


def check(found: subprocess.CompletedProcess, folder: Path, ratios: int) -> dict:
    assert found.returncode == 0, found.stderr
    assert (folder / "cpu.md").read_text() == found.stdout
    results = json.loads((folder / "cpu.json").read_text())
    assert results["quick"] and results["environment"]["threads"] == 1
    (width,) = results["widths"]
    for kind in ("training", "sampling"):
        assert len(width[kind]["comparisons"]) == ratios
        times = [arm["seconds_per_image"] for arm in width[kind]["arms"].values()]
        times += [step["seconds_per_image"] for step in width[kind]["steps"]]
        assert all(len(of_arm) == 1 and of_arm[0] > 0 for of_arm in times)
    return results


@pytest.mark.usefixtures("long_run")
def test_a_quick_run_of_ours_writes_what_it_prints(tmp_path):
    found = bench("--quick", "--only-ours", "--threads", 1, "--output", tmp_path)
    results = check(found, tmp_path, ratios=1)
    assert list(results["widths"][0]["nets"]) == ["ours"]


@pytest.mark.usefixtures("long_run")
@pytest.mark.skipif(not theirs.installed(), reason="diffusers is installed by make bench")
def test_a_quick_run_measures_both_contenders(tmp_path):
    found = bench("--quick", "--threads", 1, "--width", 12, "--output", tmp_path)
    results = check(found, tmp_path, ratios=4)
    assert results["widths"][0]["D"] == 12
    assert set(results["widths"][0]["nets"]) == {"ours", "diffusers"}


@pytest.mark.skipif(theirs.installed(), reason="diffusers is there")
def test_without_diffusers_the_command_says_what_installs_it():
    found = bench("--quick")
    assert found.returncode == 2
    assert "make bench" in found.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--device", "cuda"], "no GPU"),
        (["--device", "tpu7"], "cpu or cuda"),
        (["--full"], "--device cuda"),
    ],
)
def test_bad_requests_are_answered_in_a_sentence(options, told):
    found = bench("--quick", "--only-ours", *options)
    assert found.returncode == 2
    assert told in found.stderr and "Traceback" not in found.stderr


def test_an_output_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    found = bench("--quick", "--only-ours", "--threads", 1, "--output", tmp_path / "file")
    assert found.returncode == 2
    assert "choose another --output" in found.stderr
