"""gradebook.db and what may be wrong with it; people's scores in it; all or nothing."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.grading.gradebook.adjustments import Adjustments, Extension, StaffScore
from autograder.grading.gradebook.grades import NO_ADJUSTMENTS
from autograder.grading.gradebook.nbgrader import GradebookProblem, Record, open_record
from autograder.grading.intake.nbgrader import ASSIGNMENT
from autograder.grading.intake.source import IdKind, Student
from autograder.grading.judging.checks import CheckInfo
from autograder.grading.judging.result import Scope, SubmissionResult
from autograder.tests.support.nbgrader.course import cells, grade
from autograder.tests.support.notebooks import COURSE
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

NB = IdKind.NBGRADER
DORA = Student("dora", "Dora Day", kind=NB)
EMIL = Student("emil", email="e@x", kind=NB)
LATE = "2026-12-12T12:00:00+00:00"  # one day begun after the date of grading.yaml
POINTS = {task.id: task.points for task in COURSE.auto_tasks.values()}


def graded(student: str, outcomes: dict[str, Outcome] | None = None, **fields) -> SubmissionResult:
    """A graded submission: a check for each task, passed unless it is said otherwise."""
    tasks = tuple(COURSE.auto_tasks)
    checks = tuple(CheckInfo(f"test_{name}::test", name, False, False) for name in tasks)
    one = SubmissionResult(student, Path(student), Scope(COURSE, checks, tasks), "bwrap", True)
    for check in checks:
        outcome = (outcomes or {}).get(check.task, Outcome.PASSED)
        one.results[check.name] = CheckResult(check.name, check.task, "A claim.", outcome)
    one.finished, one.students = True, (Student(student, kind=NB),)
    for name, value in fields.items():
        setattr(one, name, value)
    return one


@pytest.fixture
def course(released, tmp_path):
    """A course whose gradebook nobody has touched since the release."""
    shutil.copy(released / "gradebook.db", tmp_path)
    return tmp_path


@pytest.fixture
def write(course):
    """Writes scores of record; what it told."""

    def write(*submissions: SubmissionResult, adjustments: Adjustments = NO_ADJUSTMENTS) -> str:
        record = open_record(course / "gradebook.db", COURSE)
        return "\n".join(record.write(submissions, adjustments))

    return write


def penalty(course, student: str) -> float:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "diffusion") as book:
        return book.find_submission(ASSIGNMENT, student).late_submission_penalty


def manual(course, student: str) -> dict[str, float | None]:
    return {name: score for name, (_, score, _) in cells(course, student).items()}


# ------------------------------------------------------------------------------- what is written


def test_every_task_of_checks_gets_its_points_and_no_other_cell(course, write):
    said = write(graded("anna"), graded("bert", {"schedule": Outcome.FAILED}))
    assert "Scores of record of 2 students" in said
    assert "new in the gradebook: anna, bert" in said
    assert manual(course, "anna") == POINTS
    assert manual(course, "bert") == {**POINTS, "schedule": 0}
    assert {waits for _, _, waits in cells(course, "anna").values()} == {0}
    assert {tuple(rest) for rest in cells(course, "anna", "manual-").values()} == {(None, None, 1)}


def test_writing_again_changes_nothing_and_new_scores_take_the_place_of_old_ones(course, write):
    write(graded("anna", {"schedule": Outcome.FAILED}))
    before = cells(course, "anna")
    assert "new in" not in write(graded("anna", {"schedule": Outcome.FAILED}))
    assert cells(course, "anna") == before
    write(graded("anna"))
    assert manual(course, "anna") == POINTS


def test_points_that_wait_for_a_person_wait_in_the_gradebook(course, write):
    """What a notebook said of itself is no stand-in for them."""
    write(graded("anna"))
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "diffusion") as book:
        book.find_grade("check-schedule", "diffusion", ASSIGNMENT, "anna").auto_score = 5
        book.db.commit()
    write(graded("anna", {"schedule": Outcome.GRADER_ERROR}))
    assert cells(course, "anna")["schedule"] == (None, None, 1)
    said = write(graded("anna", problem="is empty"))
    assert "anna: could not be graded, so its points wait for a person" in said
    assert set(cells(course, "anna").values()) == {(None, None, 1)}


def test_tasks_that_a_run_leaves_out_stay_as_they_are(course, write):
    write(graded("anna"))
    partly = graded("anna", {"digits": Outcome.NOT_RUN, "schedule": Outcome.FAILED})
    assert "tasks left unchanged, because checks did not run: digits" in write(partly)
    assert manual(course, "anna") == {**POINTS, "schedule": 0}
    only = graded("anna", {"blocks": Outcome.FAILED})
    only.scope = Scope(COURSE, only.scope.checks, ("schedule",))
    write(only)
    assert manual(course, "anna") == POINTS


def test_lateness_is_taken_of_checks_and_of_peoples_points_where_they_count_together(course, write):
    write(graded("anna", submitted_at=LATE), graded("bert"))
    assert penalty(course, "anna") == pytest.approx(10)  # of 100: ten percent
    assert penalty(course, "bert") == 0
    more = Extension(COURSE.assignments[0].due.replace(year=2027))
    given = Adjustments(extensions={("anna", "core"): more})
    write(graded("anna", submitted_at=LATE), adjustments=given)
    assert penalty(course, "anna") == 0


def test_an_override_goes_before_the_checks(course, write):
    ruled = Adjustments(overrides={("anna", "schedule"): StaffScore(2.5, "why")})
    write(graded("anna", {"schedule": Outcome.GRADER_ERROR}), adjustments=ruled)
    assert manual(course, "anna")["schedule"] == 2.5


def test_what_the_formgrader_has_stays(course, write):
    write(graded("anna"))
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "diffusion") as book:
        marked = book.find_grade("manual-figures_ddpm", "diffusion", ASSIGNMENT, "anna")
        marked.manual_score, marked.needs_manual_grade = 4.5, False
        book.db.commit()
    write(graded("anna", {"schedule": Outcome.FAILED}))
    assert cells(course, "anna", "manual-")["figures_ddpm"] == (None, 4.5, 0)


def test_whose_it_is_must_be_known_and_one(course, write):
    said = write(
        graded("anna", name="a1"),
        graded("anna", name="a2"),
        graded("bert", of_record=False),
        graded("carl", students=()),
        graded("dora", students=(DORA, EMIL)),
    )
    assert "anna: left out, because of several submissions; grade only a1 or a2" in said
    assert "bert: left out, because it was graded without isolation" in said
    assert "carl: left out, because its student is unknown" in said
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "diffusion") as book:
        assert sorted(student.id for student in book.students) == ["dora", "emil"]
        assert book.find_student("dora").last_name == "Day"
    assert manual(course, "dora") == manual(course, "emil") == POINTS


def test_who_is_in_the_gradebook_and_not_in_the_run_is_named(course, write):
    write(graded("anna"), graded("bert"))
    assert "not in this run, so unchanged: bert" in write(graded("anna"))


# ----------------------------------------------------------------------------- what goes wrong


def test_all_scores_are_written_or_none(course, write, monkeypatch):
    write(graded("anna"))
    before = (course / "gradebook.db").read_bytes()
    add, calls = Gradebook.add_submission, []

    def breaking(self, *names, **values):
        calls.append(names)
        if len(calls) == 2:
            raise OSError("no space left")
        return add(self, *names, **values)

    monkeypatch.setattr(Gradebook, "add_submission", breaking)
    with pytest.raises(OSError):
        write(graded("anna", {"schedule": Outcome.FAILED}), graded("bert"), graded("carl"))
    assert (course / "gradebook.db").read_bytes() == before


@pytest.mark.parametrize("lock", ["EXCLUSIVE", "IMMEDIATE"])
def test_a_gradebook_that_another_program_holds_is_no_old_one(course, write, lock, capfd):
    """With the second lock others may read, and nbgrader hides why it cannot write."""
    record = open_record(course / "gradebook.db", COURSE)
    other = sqlite3.connect(course / "gradebook.db")
    other.execute(f"BEGIN {lock}")
    try:
        with pytest.raises(GradebookProblem, match=r"another program holds it; close") as caught:
            record.write([graded("anna")], NO_ADJUSTMENTS)
        assert "upgrade" not in str(caught.value)
        if lock == "EXCLUSIVE":
            with pytest.raises(GradebookProblem, match=r"another program holds it; close"):
                open_record(course / "gradebook.db", COURSE)
    finally:
        other.rollback()
        other.close()
    write(graded("anna"))
    assert "Traceback" not in capfd.readouterr().err


def test_a_full_disk_is_no_old_gradebook(course, write, monkeypatch):
    def limited(record, book, row):
        book.db.connection().exec_driver_sql("PRAGMA max_page_count = 1")
        for number in range(5000):
            book.add_student(f"x{number}")

    monkeypatch.setattr(Record, "_write", limited)
    with pytest.raises(GradebookProblem, match="the disk is full; make room, then repeat"):
        write(graded("anna"))


def broken_gradebooks(course: Path):
    """Name -> a change of gradebook.db, and what is said of it."""

    def remove():
        (course / "gradebook.db").unlink()

    def overwrite():
        (course / "gradebook.db").write_bytes(b"no database" * 1000)

    def empty():
        (course / "gradebook.db").write_bytes(b"")

    def sql(words: str):
        def change():
            database = sqlite3.connect(course / "gradebook.db")
            database.execute(words)
            database.commit()
            database.close()

        return change

    return {
        "missing": (remove, "no such file"),
        "no database": (overwrite, "is not a gradebook of nbgrader"),
        "empty": (empty, "or an old one: copy it, then run `nbgrader db upgrade`"),
        "other points": (
            sql("UPDATE grade_cells SET max_score = 8 WHERE max_score = 7"),
            "has 8 points, but grading.yaml gives it 7; release again",
        ),
        "a cell too few": (
            sql("UPDATE base_cell SET name = 'x' WHERE name = 'check-forward'"),
            "cell check-forward of diffusion-models/diffusion is missing",
        ),
        "none of ours": (
            sql("UPDATE base_cell SET name = 'x' || name"),
            "has no notebook with cells check-blocks, ...",
        ),
    }


@pytest.mark.parametrize(
    "fault", ["missing", "no database", "empty", "other points", "a cell too few", "none of ours"]
)
def test_a_gradebook_that_is_none_of_ours_is_told_and_left_alone(course, fault):
    change, words = broken_gradebooks(course)[fault]
    change()
    path = course / "gradebook.db"
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(GradebookProblem, match=r"--gradebook .*gradebook.db: ") as caught:
        open_record(path, COURSE)
    assert words in str(caught.value)
    assert (path.read_bytes() if path.exists() else None) == before


@pytest.mark.usefixtures("grading_run")
def test_the_command_tells_before_anything_is_judged(tmp_path):
    said = grade(tmp_path / "r", tmp_path, "--gradebook", tmp_path / "gradebook.db", status=2)
    assert "no such file; nbgrader makes it in the course folder" in said
    assert not (tmp_path / "gradebook.db").exists() and not (tmp_path / "r").exists()
    none = ("--gradebook", tmp_path / "gradebook.db", "--isolation", "none")
    assert "scores without isolation are not of record" in grade(
        tmp_path / "r", tmp_path, *none, status=2
    )
