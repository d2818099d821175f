"""`python -m autograder.validation.performance.bench` as it is run: tiny, but all of it."""

import json
import subprocess
from pathlib import Path

import pytest

from autograder.tests.support.processes import python


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
        assert all(len(of_arm) == 1 and of_arm[0] > 0 for of_arm in times)
    return results


@pytest.mark.usefixtures("long_run")
def test_a_quick_run_of_ours_writes_what_it_prints(tmp_path):
    found = bench("--quick", "--only-ours", "--threads", 1, "--output", tmp_path)
    results = check(found, tmp_path, ratios=1)
    assert list(results["widths"][0]["nets"]) == ["ours"]


@pytest.mark.usefixtures("long_run")
def test_a_quick_run_measures_both_contenders(tmp_path):
    found = bench("--quick", "--threads", 1, "--width", 12, "--output", tmp_path)
    results = check(found, tmp_path, ratios=4)
    assert results["widths"][0]["D"] == 12
    assert set(results["widths"][0]["nets"]) == {"ours", "diffusers"}
