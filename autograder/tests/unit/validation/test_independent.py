"""Comparing a grading with what the authors of independent submissions expect."""

import json

import typer
import yaml
from typer.testing import CliRunner

from autograder.grading.batch.journal import NAME
from autograder.validation.independent import __main__ as comparison
from autograder.validation.independent.__main__ import agrees, owner, verdict
from checkkit.runner.outcomes import Outcome


def check(outcome, task="forward", name="test_forward::test_x"):
    said = {"message": "seen 1", "mistake": "", "hint": ""}
    return {"task": task, "check": name, "outcome": str(outcome), **said}


def test_a_failed_check_decides_before_those_that_wait():
    checks = [check(Outcome.BLOCKED), check(Outcome.TIMED_OUT), check(Outcome.PASSED)]
    assert verdict(checks) == ("wrong", (checks[1],))


def test_not_attempted_decides_before_blocked():
    assert verdict([check(Outcome.BLOCKED), check(Outcome.NOT_ATTEMPTED)]).word == "not attempted"


def test_what_passed_or_was_left_out_is_right():
    assert verdict([check(Outcome.PASSED), check(Outcome.NOT_RUN)]) == ("right", ())


def test_further_checks_belong_to_the_task_whose_code_they_judge():
    owners = [
        owner(check(Outcome.FAILED, task, f"test_hidden::{name}"))
        for task, name in (
            ("hidden_guidance", "test_one_class_in_ten_is_dropped"),
            ("hidden_guidance", "test_any_strength_of_guidance_is_followed"),
            ("hidden_training", "test_hidden_another_net_learns[train_ddpm_cfg]"),
            ("hidden_unets", "test_hidden_gradients_reach_every_stage"),
            ("sample", "test_the_last_step_adds_no_noise"),
        )
    ]
    assert owners == ["cfg_forward", "cfg_sample", "train_ddpm_cfg", "", "sample"]


def test_an_author_may_allow_two_verdicts():
    assert agrees("right or blocked", "blocked") and agrees("right or blocked", "right")
    assert not agrees("right or blocked", "wrong") and not agrees("wrong", "blocked")


def test_the_command_prints_what_differs_and_the_share(tmp_path):
    results = [check(Outcome.FAILED), check(Outcome.PASSED, "sample")]
    lines = [{"format": 2, "seed": "1"}, {"name": "s01", "record": {"results": results}}]
    (tmp_path / NAME).write_text("".join(json.dumps(line) + "\n" for line in lines))
    mistakes = [{"task": "forward", "what": "t starts at 0"}]
    entry = {"tasks": {"forward": "wrong", "sample": "wrong"}, "mistakes": mistakes}
    expected = tmp_path / "expected.yaml"
    expected.write_text(yaml.safe_dump({"s01": entry}))
    app = typer.Typer()
    app.command()(comparison.main)
    printed = CliRunner().invoke(app, [str(expected), str(tmp_path)]).output
    assert "s01 sample: right, expected wrong" in printed
    assert "s01 forward: t starts at 0\n  test_forward::test_x (failed)\n      seen 1" in printed
    assert "1 of 2 pairs (submission, task) agree: 50.0%" in printed
