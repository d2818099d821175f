"""The course directory works: from the release through an exchange to feedback and export."""

import csv
import json
import shutil

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.authoring.release import notebook
from autograder.grading.intake.nbgrader import ASSIGNMENT
from autograder.tests.support.nbgrader.attack import attacking
from autograder.tests.support.nbgrader.course import cells, grade, hand_in, nbgrader
from autograder.tests.support.notebooks import COURSE, broken, cell, given, saved, solved

ONLY = [word for task in ("denoiser", "schedule", "hidden_schedule") for word in ("--only", task)]


@pytest.fixture(scope="module")
def graded(collected, tmp_path_factory):
    """The course and what `autograder grade` said, after it wrote the scores of record."""
    results = tmp_path_factory.mktemp("results")
    said = grade(results, collected, "--gradebook", collected / "gradebook.db", *ONLY)
    return collected, results, said


def scores(course, student):
    """What counts of each cell: the manual score, where there is one."""
    return {name: manual for name, (_, manual, _) in cells(course, student).items() if manual}


# --------------------------------------------------------------------------------- the release


def test_nbgrader_gives_students_the_cells_that_we_give_them(released):
    theirs = json.loads((released / "release" / ASSIGNMENT / "diffusion.ipynb").read_bytes())
    ours = json.loads(notebook.students(COURSE))
    assert theirs["cells"] == ours["cells"]
    assert theirs["metadata"] == ours["metadata"]


def test_a_cell_that_was_edited_gets_nbgraders_own_stub(released, tmp_path):
    course = tmp_path / "course"
    shutil.copytree(released, course)
    path = course / "source" / ASSIGNMENT / "diffusion.ipynb"
    edited = nbformat.read(path, 4)
    cell(edited, "ddpm-schedule").source += "\n# edited"
    nbformat.write(edited, path)
    nbgrader(course, "generate_assignment", ASSIGNMENT, "--force")
    text = cell(
        nbformat.read(course / "release" / ASSIGNMENT / "diffusion.ipynb", 4), "ddpm-schedule"
    ).source
    assert "YOUR CODE HERE" in text and "cumprod" not in text


def test_the_solution_is_nowhere_beside_the_notebook(released):
    for folder in ("source", "release"):
        package = released / folder / ASSIGNMENT / "diffusion"
        assert "raise NotImplementedError" in (package / "ddpm.py").read_text()
        for path in package.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "cumprod" not in text and "SOLUTION" not in text, path


VALIDATED = ("given-setup", "given-imports", "blocks-", "denoiser-loss", "ddpm-schedule")
VALIDATED += ("check-blocks", "check-denoiser", "check-schedule")  # the others take their time


@pytest.mark.parametrize("name", ["solved", "given", "broken"])
def test_validate_says_which_cells_do_not_pass(released, tmp_path, name):
    place = tmp_path / "home"
    shutil.copytree(released / "release" / ASSIGNMENT, place)
    makers = {"solved": solved, "given": given, "broken": lambda: nbformat.reads(broken(), 4)}
    content = makers[name]()
    content.cells = [cell for cell in content.cells if cell.id.startswith(VALIDATED)]
    (place / "diffusion.ipynb").write_bytes(saved(content))
    said = nbgrader(place, "validate", "diffusion.ipynb")
    failed = {task for task in ("blocks", "denoiser", "schedule") if f'check("{task}"' in said}
    expected = {
        "solved": set(),
        "given": {"blocks", "denoiser", "schedule"},
        "broken": {"schedule"},
    }
    assert failed == expected[name]
    assert ("Success! Your notebook passes all the tests." in said) == (name == "solved")


# ----------------------------------------------------------------------------- scores of record


def test_autograding_runs_nothing_and_leaves_scores_open(collected):
    for student in ("anna", "bert", "carl", "mallory"):
        for name, (auto, _, _) in cells(collected, student).items():
            assert auto is None, name


def test_scores_of_record_are_the_judges(graded):
    course, _, said = graded
    assert "Scores of record of 4 students" in said
    assert scores(course, "anna") == {"denoiser": 4, "schedule": 5, "hidden_schedule": 3}
    assert scores(course, "bert") == {}
    assert set(scores(course, "carl")) == {"denoiser", "schedule"}
    assert 0 < scores(course, "carl")["schedule"] < 5
    waits = {name for name, (_, _, waits) in cells(course, "bert").items() if not waits}
    assert waits == {"denoiser", "schedule", "hidden_schedule"}


def test_cells_that_people_mark_are_left_to_the_formgrader(graded):
    course, _, _ = graded
    assert cells(course, "anna", "manual-") == {
        task.id: (None, None, 1) for task in COURSE.tasks if task.kind == "manual"
    }


def test_students_read_what_became_of_their_cells(graded):
    _, results, _ = graded
    report = (results / "carl" / "report.html").read_text()
    assert "Not in your submission" not in report  # a notebook has no files that could lack
    assert "diffusion.ipynb was graded: the modules in diffusion/ are unchanged" in report
    assert "line" in (results / "carl" / "instructor.html").read_text()


def test_export_and_feedback_show_the_record(graded):
    course, _, _ = graded
    nbgrader(course, "export")
    with (course / "grades.csv").open() as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["anna"]["raw_score"]) == 12
    assert float(rows["anna"]["late_submission_penalty"]) == pytest.approx(1.2)  # one day
    assert float(rows["anna"]["score"]) == pytest.approx(10.8)
    assert float(rows["bert"]["score"]) == 0
    nbgrader(course, "generate_feedback", ASSIGNMENT, "--student=anna")
    pages = sorted(p.name for p in (course / "feedback" / "anna").rglob("*") if p.is_file())
    assert [name for name in pages if not name.endswith(".txt")] == ["diffusion.html"]
    page = (course / "feedback" / "anna" / ASSIGNMENT / "diffusion.html").read_text()
    assert "(Score: 5.0 / 5.0)" in page and "(Score: 3.0 / 3.0)" in page


def test_the_formgrader_shows_the_record_and_asks_for_peoples_marks_alone(graded):
    """What its pages are made of: nbgrader's own interface to the course."""
    course, _, _ = graded
    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.course_id = "diffusion"
    directory = CourseDirectory(config=config)
    shown = NbGraderAPI(directory, config=config).get_submission(ASSIGNMENT, "anna")
    assert (shown["score"], shown["code_score"]) == (12, 12)
    assert shown["needs_manual_grade"]  # the figures, and tasks that this run left out
    assert shown["autograded"]


def test_autograding_and_grading_again_change_nothing(graded, tmp_path):
    """The same folder of results: what has not changed is not judged again, and yet written."""
    course, results, _ = graded
    again = tmp_path / "course"
    shutil.copytree(course, again)
    before = {student: cells(again, student) for student in ("anna", "carl", "mallory")}
    nbgrader(again, "autograde", ASSIGNMENT, "--force", "--student=anna")
    assert scores(again, "anna") == scores(course, "anna")
    said = grade(results, again, "--gradebook", again / "gradebook.db", *ONLY)
    assert "4 of 4 unchanged: taken from the journal" in said
    assert {student: cells(again, student) for student in before} == before


# --------------------------------------------------------------------- in-notebook scores, attacks


def test_nothing_that_a_notebook_does_changes_the_record(graded):
    """mallory's cells were read by `autograde` and run by the judge; nobody has 9 points."""
    course, _, _ = graded
    for student in ("anna", "bert", "carl", "mallory"):
        for auto, manual, _ in cells(course, student).values():
            assert auto is None and manual != 9
    assert scores(course, "mallory") == {}


@pytest.mark.validation
def test_in_a_kernel_the_same_notebook_gives_everybody_full_points(released, tmp_path):
    """Why: nbgrader's own way runs students' code with the rights of whoever grades.

    Until then its in-notebook scores are what the visible checks say: feedback.
    """
    course = tmp_path / "course"
    shutil.copytree(released, course)
    handed_in = {
        "anna": saved(solved()),
        "bert": saved(given()),
        "carl": broken(),
        "mallory": attacking(course / "gradebook.db"),  # who comes last
    }
    for student, content in handed_in.items():
        found = nbformat.reads(content.decode(), 4)
        training = ("figure-", "given-schedule")
        found.cells = [cell for cell in found.cells if not cell.id.startswith(training)]
        hand_in(course, student, saved(found))
    nbgrader(course, "autograde", ASSIGNMENT, RUN_NOTEBOOKS="yes")
    feedback = {
        student: {name: auto for name, (auto, _, _) in cells(course, student).items() if auto}
        for student in handed_in
    }
    assert feedback["bert"] == feedback["mallory"] == {}
    assert feedback["anna"].keys() >= {"blocks", "unet", "denoiser", "schedule", "cfg_sample"}
    assert feedback["anna"]["schedule"] == 5 and feedback["carl"]["schedule"] < 5
    assert feedback["carl"]["blocks"] == 7
    for student in ("anna", "bert", "carl"):
        assert {manual for _, manual, _ in cells(course, student).values()} == {9}
    grade(tmp_path / "results", course, "--gradebook", course / "gradebook.db", *ONLY)
    assert scores(course, "anna")["schedule"] == 5  # of record again, whatever a kernel wrote
    assert cells(course, "bert")["schedule"][1] == 0
