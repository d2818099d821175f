"""A crash in code of a needed task blocks a check, unless that code is right."""

import pytest

from checkkit.course import Ownership
from checkkit.runner.blame import blocked, hanging
from checkkit.runner.outcomes import Crash, Outcome, SubmissionRaised
from checkkit.runner.results import CheckResult
from checkkit.runner.session import CheckSession

OWNERSHIP = Ownership.of(
    [
        ("blocks", "blocks.py", ("Conv", "ConvBlock", "Flatten"), ()),
        ("unet", "unet.py", ("UNet",), ("blocks",)),
        ("forward", "ddpm.py", ("ddpm_forward",), ()),
        ("sample", "ddpm.py", ("ddpm_sample",), ()),
        ("training", "training.py", ("train",), ("forward", "unet")),
        ("hidden_training", "training.py", (), ("forward",)),
        ("hidden_forward", "ddpm.py", (), ()),
    ]
)


def result(task, outcome=Outcome.FAILED, inside=(), number=1):
    claim = f"{task} is right."
    return CheckResult(f"test_{task}::{number}", task, claim, outcome, inside=inside)


def words(task, inside, *results, names=None):
    """What a check of a task says that met an exception inside these functions."""
    session = CheckSession(lambda item: None, "", ownership=OWNERSHIP, results=list(results))
    session.names = names or {}
    error = SubmissionRaised("KeyError", "'a'", "", Crash("f.py", 1, "x", "", inside))
    found = blocked(error, task, session)
    return "" if found is None else str(found)


def test_a_needed_function_that_fails_its_own_check_blocks():
    inside = ("helper", "ddpm_forward", "train")
    said = words("training", inside, result("forward"))
    assert said == (
        "`ddpm_forward` (task forward) raises KeyError: 'a'. First correct what this check reports:"
        " 'forward is right.'"
    )
    assert words("hidden_training", inside, result("forward")) == said


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.NOT_RUN, Outcome.GRADER_ERROR])
def test_a_function_that_fails_no_check_is_called_wrongly(outcome):
    assert words("training", ("ddpm_forward", "train"), result("forward", outcome)) == ""
    assert words("training", ("ddpm_forward", "train")) == ""


def test_the_last_try_of_a_check_counts():
    tries = result("forward"), result("forward", Outcome.PASSED)
    assert words("training", ("ddpm_forward", "train"), *tries) == ""
    assert words("training", ("ddpm_forward", "train"), *tries[::-1]) != ""


def test_a_right_function_is_passed_over_to_its_caller():
    """The loss gave the net a wrong time: the net is right, the loss is not."""
    inside = ("Conv", "UNet", "ddpm_forward", "train")
    right = result("blocks", Outcome.PASSED), result("unet", Outcome.PASSED)
    assert "`ddpm_forward`" in words("training", inside, *right, result("forward"))
    assert words("forward", inside, *right, result("forward")) == ""


def test_of_many_names_the_one_must_have_raised_that_did_so_here():
    inside = ("Conv", "ConvBlock", "UNet")
    assert words("unet", inside, result("blocks", inside=("Flatten",))) == ""
    assert "`Conv` (task blocks)" in words("unet", inside, result("blocks", inside=("Conv",)))
    both = result("blocks", inside=("Conv", "ConvBlock"))
    assert "`ConvBlock` (task blocks)" in words("unet", inside, both)


def test_what_a_check_calls_itself_is_its_own_unless_its_task_needs_it():
    failed = result("forward")
    assert words("hidden_forward", ("ddpm_forward",), failed) == ""
    assert words("sample", ("ddpm_forward", "ddpm_sample"), failed) != ""  # its own helper
    assert words("hidden_training", ("ddpm_forward",), failed) != ""


def test_names_of_the_course_are_known():
    names = {"ddpm.ddpm_forward": "loss_of"}
    said = words("training", ("loss_of", "train"), result("forward"), names=names)
    assert said.startswith("`loss_of` (task forward)")


def test_other_errors_are_left_alone():
    session = CheckSession(lambda item: None, "", ownership=OWNERSHIP, results=[result("forward")])
    assert blocked(AssertionError("wrong"), "training", session) is None


def test_what_is_needed_is_followed_to_its_end():
    assert OWNERSHIP.needed("training") == {"forward", "unet", "blocks"}
    circle = Ownership.of([("a", "a.py", (), ("b",)), ("b", "a.py", (), ("a",))])
    assert circle.needed("a") == {"a", "b"}


def test_a_check_that_hangs_is_waited_for_once():
    session = CheckSession(lambda item: None, "", ownership=OWNERSHIP)
    assert hanging("forward", session) is None
    session.results.append(hung := result("forward", Outcome.TIMED_OUT))
    assert hanging("forward", session) is hung and hanging("training", session) is hung
    assert hanging("sample", session) is None
