"""What the command of the bench refuses, and the peer that it compares with."""

import subprocess

import pytest

from autograder.tests.support.processes import python


def bench(*options: object) -> subprocess.CompletedProcess:
    words = ("-W", "error", "-m", "autograder.validation.performance.bench", *options)
    return python(*words, OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="")


def words_of(found: subprocess.CompletedProcess) -> str:
    """The message without its frame."""
    return " ".join(found.stderr.replace("│", " ").split())


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
    assert told in words_of(found) and "Traceback" not in found.stderr


def test_an_output_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    found = bench("--quick", "--only-ours", "--threads", 1, "--output", tmp_path / "file")
    assert found.returncode == 2
    assert "choose another --output" in words_of(found)
