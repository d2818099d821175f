"""The example of docs/guide.md has all its steps."""

from autograder.tests.support.guide import steps


def test_the_example_has_all_its_steps():
    assert [step.file for step in steps()] == [
        "solution/diffusion/ddpm.py",
        "grading.yaml",
        "tests/test_snr.py",
        "autograder/validation/known_bugs/wrong/schedule.yaml",
        "starter/README.md",
        "notebooks/diffusion.py",
        None,
    ]
