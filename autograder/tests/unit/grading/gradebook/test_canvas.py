"""canvas.csv, read as Canvas reads it: each row is for the right student, and none for another."""

from dataclasses import replace

import pytest

from autograder.grading.gradebook.canvas import canvas_csv, left_out
from autograder.grading.gradebook.grades import NO_ADJUSTMENTS, grades_of
from autograder.grading.gradebook.grades_csv import grades_csv, rows_of
from autograder.grading.gradebook.nbgrader import rows_to_write
from autograder.grading.intake import IdKind, Student, gather
from autograder.tests.support.canvas import User, file_name, imported
from autograder.tests.support.collections import PACKAGE
from autograder.tests.support.graded_class import graded_class
from autograder.tests.support.submissions import make_folder, make_zip, zipped
from checkkit.runner.outcomes import Outcome

TITLE = "Diffusion models from scratch on MNIST"
CLASS = (
    User(12345, "Anna Ames", "Ames, Anna", "0042", "ames"),
    User(12346, "Bert Bell", "Bell, Bert", "12345", "12345@example.org"),  # Anna's number
    User(12347, "12345", "12346", "s47", "12346"),
    User(12348, "Anna Ames", "Ames, Anna", "s48", "amesanna"),  # a namesake
    User(12349, "amesanna", "amesanna", "s49", "x49"),  # named as files are
    User(12350, "Points Possible", "possible, points", "s50", "x50"),
    User(12351, "☃", "☃", "s51", "x51"),  # nothing of this name is left
    User(12352, "Çelik, C.", "Çelik, C. LATE", "1.2.3", "+52"),
)


def right(name, **fields):
    """A graded submission that has everything right."""
    graded = graded_class(2)[1]
    for result in graded.results.values():
        if result.outcome is not Outcome.NOT_RUN:
            result.outcome = Outcome.PASSED
    return replace(graded, name=name, submitted_at="2026-12-11T12:00:00+01:00", **fields)


def graded(*paths):
    return rows_of(
        grades_of(right(source.name, students=source.students, notices=source.flags))
        for source in gather(paths)
    )


def download(folder, users, name="hw.zip"):
    names = [file_name(user, 9000 + n, name) for n, user in enumerate(users)]
    return make_zip(folder / "submissions.zip", {name: zipped(PACKAGE) for name in names})


def test_every_row_of_a_canvas_class_is_for_the_right_student(tmp_path):
    rows = graded(download(tmp_path, CLASS))
    found = imported(canvas_csv(rows), CLASS)
    assert sorted(one.user.number for one in found) == [user.number for user in CLASS]
    for one in found:
        assert one.cells[1] == str(one.user.number)
        assert one.cells[2:5] == ["", "", ""]
        assert one.grades == {TITLE: "100"}
    assert left_out(rows) == {}


def test_the_row_of_somebody_who_left_the_course_is_for_nobody(tmp_path):
    (one,) = imported(canvas_csv(graded(download(tmp_path, CLASS[:1]))), CLASS[1:])
    assert one.user is None


def test_a_name_with_the_number_of_somebody_else_gets_no_grade_of_theirs(tmp_path):
    """The zip has amesanna_12346_12345_9000_hw.zip, which Canvas itself could not take apart."""
    thief = replace(CLASS[0], sortable_name="Ames, Anna_12346")
    victim = replace(CLASS[1], sortable_name="Ames, Anna")
    path = download(tmp_path, [thief, victim])
    rows = graded(path)
    (one,) = imported(canvas_csv(rows), CLASS)
    assert one.user == CLASS[1]
    assert left_out(rows) == {"the student is unknown": ["amesanna_12346_12345"]}
    assert "read in two ways, as user 12346 and 12345" in grades_csv(rows)


def test_files_that_can_be_read_in_two_ways_hide_no_download(tmp_path):
    thief = replace(CLASS[0], sortable_name="Ames, Anna_12346")
    names = [file_name(thief, 9000, "a.py"), file_name(thief, 9001, "b.py")]
    names += [file_name(CLASS[1], 9002, "ddpm.py")]
    sources = gather([make_folder(tmp_path / "all", dict.fromkeys(names, b"x = 1\n"))])
    assert [one.students for one in sources] == [
        (),
        (Student("12346", "bellbert", kind=IdKind.CANVAS),),
    ]


def test_nobody_sets_the_points_possible(tmp_path):
    text = canvas_csv(graded(download(tmp_path, CLASS)))
    assert text.casefold().count("points possible") == 1


# --------------------------------------------------------------------------- ids of other platforms


def rows_by(*students, same=None):
    """The rows of these, each alone; `same` is canvas_ids of grading.yaml."""
    results = [right(f"s{n}", students=(student,)) for n, student in enumerate(students)]
    for result in results if same is not None else ():
        course = result.scope.course.model_copy(update={"canvas_ids": same})
        result.scope = replace(result.scope, course=course)
    return rows_of(map(grades_of, results))


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        (Student("4711", "Anna Ames"), "known by an id of unknown kind, for which canvas.csv has"),
        (Student("12345", kind=IdKind.MOODLE), "known by a participant of Moodle, for which"),
        (Student("12345", kind=IdKind.GITHUB), "known by a GitHub login, for which canvas.csv has"),
        (Student("12345", kind=IdKind.NBGRADER), "for which canvas.csv has no column; see canvas_"),
        (Student("anon_x1Y2z", kind=IdKind.CANVAS_ANONYMOUS), "known by an anonymous id of Canvas"),
        (Student("ames@x.org", "", "ames@x.org", IdKind.EMAIL), "known by an email address, for"),
        (Student("1.2.3", kind=IdKind.GRADESCOPE), "Canvas would read the id as a number or a for"),
        (Student("=1+1", kind=IdKind.GRADESCOPE), "Canvas would read the id as a number or a for"),
        (Student("12a", kind=IdKind.CANVAS), "Canvas would read the id as a number or a formula"),
    ],
)
def test_an_id_that_canvas_does_not_know_is_left_out_and_named(student, reason):
    rows = rows_by(student)
    assert imported(canvas_csv(rows), CLASS) == []
    ((told, names),) = left_out(rows).items()
    assert reason in told
    assert names == [f"{student.name} ({student.id})" if student.name else student.id]


def test_each_kind_of_id_has_its_own_column():
    rows = rows_by(
        Student("0042", "Anna", "ames@example.org", IdKind.GRADESCOPE),
        Student("x47", "Bert", kind=IdKind.SIS),
        Student("12345", "Cleo", kind=IdKind.LOGIN),
        Student("12346", "Dora", kind=IdKind.CANVAS),
    )
    found = {
        one.cells[0].partition(" ")[0]: one.cells[1:5] for one in imported(canvas_csv(rows), ())
    }
    assert found == {
        "Anna": ["", "0042", "", ""],
        "Bert": ["", "x47", "", ""],
        "Cleo": ["", "", "12345", ""],
        "Dora": ["12346", "", "", ""],
    }


def test_grading_yaml_says_which_ids_are_those_of_canvas():
    emails = Student("ames@x.org", "", "ames@x.org", IdKind.EMAIL)
    numbers = Student("ames", "", "bell@x.org", IdKind.GRADESCOPE)
    folder = Student("x47", kind=IdKind.NBGRADER)
    same = {"email": "login", "nbgrader": "sis"}
    found = imported(canvas_csv(rows_by(emails, numbers, folder, same=same)), ())
    assert [one.cells[1:4] for one in found] == [
        ["", "", "bell@x.org"],
        ["", "", "ames@x.org"],
        ["", "x47", ""],
    ]


def test_two_rows_with_one_id_are_both_left_out():
    first = Student("1", "Anna", "ames@x.org", IdKind.GRADESCOPE)
    second = Student("ames@x.org", "Anna", "ames@x.org", IdKind.EMAIL)
    rows = rows_by(first, second, same={"email": "login", "sid": "sis"})
    assert imported(canvas_csv(rows), CLASS) == []
    assert left_out(rows) == {
        "another row has the same SIS Login ID": ["Anna (1)", "Anna (ames@x.org)"]
    }


def test_nbgrader_gets_no_new_students_from_other_platforms():
    students = [Student("x", kind=kind) for kind in (IdKind.NBGRADER, IdKind.CANVAS)]
    results = [row.submission.result for row in rows_by(*students)]
    results[1].students = (replace(students[1], id="12345"),)
    rows, notices = rows_to_write(results, NO_ADJUSTMENTS)
    assert [row.key for row in rows] == ["x"]
    assert any("left out, because 12345 is a Canvas user, not a folder of" in n for n in notices)


def test_grades_csv_says_what_an_id_is():
    text = grades_csv(rows_by(Student("ames", kind=IdKind.GITHUB)))
    assert text.splitlines()[0].startswith("student,id_kind,name,email,submission,")
    assert text.splitlines()[1].startswith("ames,a GitHub login,,,s0,")
