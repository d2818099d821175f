"""The class: the same for a seed, of all kinds, readable where it must be; and who judges it."""

import json
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.grading.intake import PACKAGE, BadSubmission, read_submission
from autograder.grading.judging.checks import CheckInfo, collect_checks
from autograder.validation.known_bugs.entries import load_entries
from autograder.validation.performance.loadtest.classroom import (
    MANIFEST,
    MIX,
    Member,
    journal,
    make_class,
    wrong_outcomes,
)
from autograder.validation.performance.loadtest.parts import attacks, checks_of

COUNT = 60
CHECK = "test_schedule::test_one"


@pytest.fixture(scope="module")
def checks() -> list[CheckInfo]:
    return checks_of()


@pytest.fixture(scope="module")
def klass(tmp_path_factory, checks) -> tuple[Path, list[Member]]:
    folder = tmp_path_factory.mktemp("class")
    return folder, make_class(folder, COUNT, 7, load_entries(), checks, attacks())


def test_the_same_seed_makes_the_same_class(klass, tmp_path, checks):
    folder, members = klass
    assert make_class(tmp_path, COUNT, 7, load_entries(), checks, attacks()) == members
    for member in members:
        path = member.path_in(folder)
        if path.is_dir() and member.kind != "attack":  # those know where they lie
            for file in (path / PACKAGE).glob("*.py"):
                assert (
                    file.read_bytes() == (tmp_path / path.name / PACKAGE / file.name).read_bytes()
                )


def test_another_seed_makes_another_class(klass, tmp_path, checks):
    assert make_class(tmp_path, COUNT, 8, load_entries(), checks, attacks()) != klass[1]


def test_every_kind_is_in_it_about_as_often_as_it_should(klass):
    kinds = [member.kind for member in klass[1]]
    there = {kind: share for kind, share in MIX.items() if kind in kinds}
    assert {"bug", "variant", "starter", "unreadable"} <= there.keys()
    for kind, share in there.items():
        assert kinds.count(kind) == pytest.approx(COUNT * share / sum(there.values()), abs=2)


def test_none_comes_twice_before_all_were_there(klass):
    made_of = [m.made_of for m in klass[1] if m.kind in ("bug", "variant")]
    assert len(made_of) == len(set(made_of))


def test_the_manifest_says_who_is_in_it(klass):
    entries = json.loads((klass[0] / MANIFEST).read_text())
    assert [Member(**entry) for entry in entries] == klass[1]


def test_only_those_that_must_be_unreadable_are(klass):
    folder, members = klass
    for member in members:
        path = member.path_in(folder)
        if member.kind == "unreadable":
            with pytest.raises(BadSubmission):
                read_submission(path)
        elif member.kind != "attack":
            assert read_submission(path).files


def test_a_check_that_runs_must_fail_on_every_bug(klass, checks):
    running = {check.name for check in checks}
    assert all(member.check in running for member in klass[1] if member.kind == "bug")


def test_checks_that_train_are_not_among_those_that_run(checks):
    training = {check.name for check in collect_checks().checks if check.training}
    assert training and not training & {check.name for check in checks}
    assert {check.task for check in checks} < set(load_course().auto_tasks)


# ----------------------------------------------------------------------------------- outcomes


def results(folder: Path, flags: str = "", schedule: str = "5", **ends: str) -> Path:
    """A gradebook and a journal as a run leaves them, of one submission."""
    (folder / "grades.csv").write_text(f"submission,schedule,flags\ns001,{schedule},{flags}\n")
    record = {
        "problem": "",
        "finished": True,
        "results": [{"check": f"test_schedule::{name}", "outcome": e} for name, e in ends.items()],
    }
    line = json.dumps({"key": "k", "name": "s001", "record": record})
    (folder / "journal.jsonl").write_text('{"format": 1, "seed": "1"}\n' + line + "\n" + line[:40])
    return folder


@pytest.mark.parametrize(
    ("member", "given"),
    [
        (Member("s001", "bug", "b", CHECK), {"test_one": "failed", "test_two": "passed"}),
        (Member("s001", "variant", "v"), {"test_one": "passed", "test_two": "not run"}),
        (Member("s001", "starter", "starter"), {"test_one": "not attempted"}),
        (Member("s001", "attack", "a", earns=5.0), {"test_one": "passed"}),
        (Member("s001", "unreadable", "z"), {"flags": "could not be graded: torn"}),
    ],
)
def test_what_must_come_is_no_complaint(tmp_path, member, given):
    assert wrong_outcomes([member], results(tmp_path, **given)) == {}


@pytest.mark.parametrize(
    ("member", "given"),
    [
        (Member("s001", "bug", "b", CHECK), {"test_one": "passed", "test_two": "failed"}),
        (Member("s001", "bug", "b", CHECK), {"test_two": "failed"}),
        (Member("s001", "variant", "v"), {"test_one": "failed"}),
        (Member("s001", "variant", "v"), {"test_one": "passed", "flags": "grader error: schedule"}),
        (Member("s001", "starter", "starter"), {"test_one": "failed"}),
        (Member("s001", "attack", "a", earns=0.0), {"test_one": "passed"}),
        (Member("s001", "unreadable", "z"), {"test_one": "passed"}),
        (Member("s002", "variant", "v"), {"test_one": "passed"}),
    ],
)
def test_anything_else_is_told(tmp_path, member, given):
    assert list(wrong_outcomes([member], results(tmp_path, **given))) == [member.name]


def test_a_torn_line_of_a_journal_is_no_record(tmp_path):
    assert list(journal(results(tmp_path, test_one="passed"))) == ["s001"]
