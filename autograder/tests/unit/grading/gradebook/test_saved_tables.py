"""Tables of several runs: what one run was given also counts in the next one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.grading.gradebook.adjustments import Adjustments, BadTable
from autograder.grading.gradebook.saved_tables import load_adjustments, save_tables
from autograder.tests.support.small_course import ANNA, BERT, handed_in

CLASS = [handed_in("s1", ANNA), handed_in("s2", BERT)]


@pytest.fixture
def run(course, tmp_path) -> Callable[..., tuple[Adjustments, list[str]]]:
    """run(manual="...", ...): load and save as a run into one folder does."""
    output = tmp_path / "results"
    output.mkdir()

    def run(class_=CLASS, **texts: str | Path) -> tuple[Adjustments, list[str]]:
        given = {}
        for name, text in texts.items():
            given[name] = text if isinstance(text, Path) else tmp_path / f"new-{name}.csv"
            if not isinstance(text, Path):
                given[name].write_text(text)
        adjustments, notices, contents = load_adjustments(output, given, course, class_)
        save_tables(output, contents)
        return adjustments, notices

    return run


def scores(adjustments: Adjustments) -> dict[str, float]:
    return {who: one.score for (who, _), one in adjustments.manual.items()}


def test_two_people_may_mark_half_of_a_class_each(run, tmp_path):
    run(manual="student,task,score\n0042,third,1\n")
    said, notices = run(manual="student,task,score,by\n0043,third,2,me\nnora,third,1,me\n")
    assert scores(said) == {"0042": 1, "0043": 2}
    saved = tmp_path / "results" / "manual.csv"
    assert notices[0] == (
        f"{saved}: 1 row is kept that {tmp_path / 'new-manual.csv'} does not name; to remove "
        "one, delete it there"
    )
    again, notices = run()
    assert scores(again) == {"0042": 1, "0043": 2}
    assert "nora is no id, email or name" in notices[1]
    nora = handed_in("nora")  # she hands in later, and her row has waited
    assert scores(run([*CLASS, nora])[0]) == {"0042": 1, "0043": 2, "nora": 1}
    assert saved.read_text().splitlines()[0] == "student,task,score,reason,by"


def test_a_new_row_replaces_the_one_about_the_same_student_however_named(run):
    run(manual="student;task;score;reason\nAnna Ames;third;1,5;good, but\n0043;third;0,5;x\n")
    said, _ = run(manual="student,task,score\n0042,third,2\nBERT@example.org,third,\n")
    assert scores(said) == {"0042": 2, "0043": 0.5}  # an empty cell decides nothing
    assert scores(run()[0]) == {"0042": 2, "0043": 0.5}


def test_all_tables_follow_the_same_rule(run, course):
    core, essay = course.assignments
    run(
        override="student,task,score,reason\n0042,first,1,a\n",
        extensions="student,days\n0042,2\n",
        times="student,time\n0042,2026-12-12T10:00\n",
    )
    run(
        override="student,task,score,reason\n0042,second,2,b\n",
        extensions="student,assignment,due\n0042,core,2027-01-01\n0043,core,2027-01-02\n",
        times="student,assignment,time\n0042,essay,2026-12-12T11:00\n",
    )
    said, _ = run()
    assert {key: one.reason for key, one in said.overrides.items()} == {
        ("0042", "first"): "a",
        ("0042", "second"): "b",
    }
    assert (said.due("0042", essay) - essay.due).days == 2
    assert said.due("0042", core).isoformat().startswith("2027-01-01")
    assert said.due("0043", core).isoformat().startswith("2027-01-02")
    assert [said.time("0042", one).hour for one in (core, essay)] == [10, 11]


def test_the_saved_table_itself_may_be_edited_and_given(run, tmp_path):
    saved = tmp_path / "results" / "manual.csv"
    run(manual="student,task,score\n0042,third,1\n0043,third,1\n")
    saved.write_text("student,task,score\n0042,third,2\n")
    said, notices = run(manual=saved)
    assert scores(said) == {"0042": 2} and notices == []
    saved.unlink()
    assert scores(run()[0]) == {}


def test_a_table_with_an_error_changes_nothing(run, tmp_path):
    run(manual="student,task,score\n0042,third,1\n")
    before = (tmp_path / "results" / "manual.csv").read_bytes()
    with pytest.raises(BadTable, match=r"new-manual\.csv: row 2"):
        run(manual="student,task,score\n0043,third,9\n")
    assert (tmp_path / "results" / "manual.csv").read_bytes() == before
