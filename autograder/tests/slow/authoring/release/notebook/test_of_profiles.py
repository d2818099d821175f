"""The solved notebook of every profile, run from its first cell to its last in a real kernel."""

import nbformat
import pytest

from autograder.authoring.release.notebook import instructors, students
from autograder.authoring.release.student import student_files
from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.config.profiles import profile_names
from autograder.tests.support.submissions import make_folder

pytestmark = pytest.mark.validation


@pytest.mark.parametrize("profile", profile_names(REPOSITORY.grading))
def test_the_solved_notebook_of_a_profile_earns_all_and_draws_all(
    run, profile, tmp_path, monkeypatch
):
    monkeypatch.setenv("DIFFUSION_SIZE", "tiny")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    course = load_course(profile=profile)
    make_folder(tmp_path, student_files(REPOSITORY.root, course, students(course)))
    ran = run(nbformat.reads(instructors(course).decode(), as_version=4), tmp_path)

    code = [cell.id for cell in ran.notebook.cells if cell.cell_type == "code"]
    assert [ran.error(cell) for cell in code if ran.error(cell)] == []
    assert [cell for cell in code if ran.printed(cell, "stderr")] == []
    tasks = [task for task in course.auto_tasks.values() if not task.hidden]
    for task in tasks:
        said = ran.printed(f"check-{task.id}")
        assert "✗" not in said, said
        if "training=True" not in said:  # checks that train wait until they are asked for
            assert float(ran.value(f"check-{task.id}")) == task.points, said
    assert any(float(ran.value(f"check-{task.id}")) == task.points for task in tasks)
    for task in course.tasks:
        for figure in task.figures:
            (result,) = [o for o in ran.outputs(f"figure-{figure}") if "data" in o]
            assert len(result.data["image/png"]) > 1000, figure
