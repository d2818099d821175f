"""Every verdict on an attack turns red when what it looks for has happened."""

import json
import subprocess

import pytest

from autograder.validation.attacks import verdicts
from autograder.validation.attacks.attack import Attack
from autograder.validation.attacks.grading import Aftermath

ATTACK = Attack(
    name="made_up",
    tries="is made up",
    in_call="pass",
    earns=4,
    ends=("crashed",),
    staff=("held: all of it",),
    student=("exit status 3",),
    ceiling=10,
)


def results(score=4.0, outcome="crashed", output="exit status 3", finished=True, seconds=1.0):
    """results.json, and below "record" what the journal has."""
    return {
        "score": score,
        "output": "",
        "tests": [{"output": output}],
        "extra_data": {"finished": finished},
        "record": {"seconds": seconds, "results": [{"outcome": outcome}]},
    }


@pytest.fixture
def made(tmp_path):
    """A run as it should be, but for what is given."""

    def made(own=None, page="<p>held: all of it</p>", neighbour=5, stdout="", harm=(), status=0):
        everybody = {
            "made_up": own or results(),
            "honest_before": results(neighbour),
            "honest_after": results(neighbour),
            "starter_after": results(0),
        }
        lines = [{"name": name, "record": one["record"]} for name, one in everybody.items()]
        (tmp_path / "journal.jsonl").write_text("\n".join(map(json.dumps, lines)))
        for name, content in everybody.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / "results.json").write_text(json.dumps(content))
            (tmp_path / name / "report.html").write_text("<p>report</p>")
            (tmp_path / name / "instructor.html").write_text(page)
        (tmp_path / "grades.csv").write_text("submission,total\nanna,4\n")
        done = subprocess.CompletedProcess([], status, stdout, "")
        return Aftermath(tmp_path, done, harm, {"made_up": "made_up"}, {"gradebook": "c4n4ry"})

    return made


def test_a_run_as_it_should_be_has_no_fault(made):
    run = made()
    assert [fault for aspect in verdicts.ASPECTS for fault in aspect(ATTACK, run)] == []
    assert verdicts.of_the_batch(run, "quick") == verdicts.of_pages(run) == []


@pytest.mark.parametrize(
    ("aspect", "own", "page"),
    [
        (verdicts.of_score, results(score=4.1), ""),
        (verdicts.of_score, results(outcome="grader error"), ""),
        (verdicts.of_secrets, None, "<pre>GOT IN: the solution</pre>"),
        (verdicts.of_secrets, None, "<pre>anna,c4n4ry</pre>"),
        (verdicts.of_secrets, results(output="anna,c4n4ry"), ""),
        (verdicts.of_staff, None, "<p>nothing happened</p>"),
        (verdicts.of_student, results(output="Crashed."), ""),
        (verdicts.of_student, results(output="exit status 3\nASKED 1000 def probe"), ""),
        (verdicts.of_time, results(finished=False), ""),
        (verdicts.of_time, results(seconds=11), ""),
    ],
)
def test_an_attack_that_is_not_held_is_seen(made, aspect, own, page):
    assert aspect(ATTACK, made(own, page))


@pytest.mark.parametrize(
    "harmed",
    [{"neighbour": 4}, {"harm": ("a process of the host has ended",)}, {"status": 1}],
)
def test_harm_to_the_judge_the_host_or_the_others_is_seen(made, harmed):
    assert verdicts.of_the_batch(made(**harmed), "quick")


@pytest.mark.parametrize(
    "seen",
    [
        {"page": "<img src=x>"},
        {"page": "<p onclick=alert(1)>"},
        {"page": '<a href="javascript:alert(1)">'},
        {"page": "<script>alert(1)</script>"},
        {"page": "<p>\u202e</p>"},
        {"stdout": "\x1b[2J"},
    ],
)
def test_what_is_more_than_text_is_seen(made, seen):
    assert verdicts.of_pages(made(**seen))


def test_a_formula_in_the_gradebook_is_seen(made):
    run = made()
    (run.folder / "grades.csv").write_text('submission,total\n"=cmd()",4\n')
    assert verdicts.of_pages(run) == ["grades.csv has =cmd()"]
