"""What the generated notebooks hold, and what they do not."""

import re

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ClearMarkScheme, ClearSolutions, ComputeChecksums, LockCells

from autograder.authoring.leakcheck.secrets import Index, Text, solution_secrets
from autograder.authoring.release.notebook import students
from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.config.profiles import profile_names
from autograder.course.starter import generated, solved

NBGRADER = {  # grade, locked, solution
    "code": (False, False, True),
    "check": (True, True, False),
    "manual": (True, False, True),
    "read-only": (False, True, False),
}
OWN_FIGURE = "figure-guidance-scales"  # the one that students draw with code of their own
MODULES = "blocks", "cfg", "ddpm", "denoiser", "training", "unet"


def kind_of(cell) -> str:
    prefix = cell.id.partition("-")[0]
    if prefix in MODULES or cell.id == OWN_FIGURE:
        return "code"
    return prefix if prefix in NBGRADER else "read-only"


def test_two_generations_are_the_same_bytes(course, students_bytes):
    assert students(course) == students_bytes


@pytest.mark.parametrize("version", ["students_notebook", "instructors_notebook"])
def test_metadata_is_what_nbgrader_wants_and_ids_are_grade_ids(version, request):
    notebook = request.getfixturevalue(version)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))
    for cell in notebook.cells:
        if cell.id.startswith("open-"):
            assert "nbgrader" not in cell.metadata
            continue
        said = cell.metadata.nbgrader
        assert said.grade_id == cell.id
        assert (said.grade, said.locked, said.solution) == NBGRADER[kind_of(cell)], cell.id
        assert (said.schema_version, said.task) == (3, False)


def test_every_task_has_its_points(course, students_notebook):
    points = {
        cell.id.partition("-")[2]: cell.metadata.nbgrader.points
        for cell in students_notebook.cells
        if kind_of(cell) in ("check", "manual")
    }
    assert points == {task.id: task.points for task in course.tasks}


def test_figures_stand_in_front_of_the_answer_of_their_task(course, students_notebook):
    ids = [cell.id for cell in students_notebook.cells]
    for task in course.tasks:
        for figure in task.figures:
            assert ids.index(f"figure-{figure}") < ids.index(f"manual-{task.id}")


def test_students_get_no_line_of_the_solution(course, students_notebook):
    given = map(Text, generated(REPOSITORY.root, course).values())
    secrets = Index(solution_secrets(solved(REPOSITORY.root, course))).without(given)
    assert len(list(secrets)) > 100
    for cell in students_notebook.cells:
        found = [secret.source for _, secret in secrets.found_in(Text(cell.source))]
        assert not found, f"{cell.id} gives away {found}"


def test_students_get_no_marking_scheme(course, students_bytes, instructors_notebook):
    text = students_bytes.decode()
    marked = "\n".join(cell.source for cell in instructors_notebook.cells)
    for task in course.tasks:
        for line in (task.marking or "").splitlines():
            said = line.strip().partition(" ")[2]
            assert said in marked
            assert said not in text
    assert "SOLUTION" not in text


def test_stubs_name_their_task_and_no_file(students_notebook):
    (cell,) = (cell for cell in students_notebook.cells if cell.id == "ddpm-schedule")
    stub = 'raise NotImplementedError("Part 2 (task schedule): fill in ddpm_schedule")'
    assert stub in cell.source
    assert "from ." not in cell.source


def test_the_guidance_rows_are_drawn_by_students(students_notebook, instructors_notebook):
    theirs, ours = (
        next(cell.source for cell in notebook.cells if cell.id == OWN_FIGURE)
        for notebook in (students_notebook, instructors_notebook)
    )
    assert theirs == 'raise NotImplementedError("Draw the figure guidance-scales here.")'
    assert "ddpm_cfg_sample" in ours


def test_code_of_both_versions_differs_in_answers_alone(students_notebook, instructors_notebook):
    assert [c.id for c in students_notebook.cells] == [c.id for c in instructors_notebook.cells]
    for theirs, ours in zip(students_notebook.cells, instructors_notebook.cells, strict=True):
        if kind_of(theirs) == "code":
            begun, ended = (ours.source.count(f"### {w} SOLUTION") for w in ("BEGIN", "END"))
            assert begun == ended > 0, theirs.id
        if kind_of(theirs) not in ("code", "manual"):
            assert theirs.source == ours.source


def test_nbgrader_makes_the_same_of_everything_but_code(students_notebook, instructors_notebook):
    """Its own steps of generate_assignment, on the instructor's version."""
    made = nbformat.from_dict(instructors_notebook)
    for step in (LockCells(), ClearSolutions(), ComputeChecksums(), ClearMarkScheme()):
        made, _ = step.preprocess(made, {})
    for theirs, ours in zip(made.cells, students_notebook.cells, strict=True):
        if kind_of(ours) == "code":  # nbgrader's stub says no task
            theirs.source, theirs.metadata = ours.source, ours.metadata
        assert theirs == ours


def test_pictures_of_the_text_are_in_the_bundle(files, students_notebook):
    text = "\n".join(c.source for c in students_notebook.cells if c.cell_type == "markdown")
    pictures = re.findall(r'src="([^"]+)"', text)
    assert len(pictures) >= 8
    assert not [picture for picture in pictures if picture not in files]


def test_text_speaks_to_those_who_work_in_a_notebook(students_notebook):
    text = "\n".join(c.source for c in students_notebook.cells if c.cell_type == "markdown")
    assert "Equation" in text or "equation 5" in text
    for foreign in (
        "python -m diffusion.train",
        "pip install -r requirements.txt\n",
        "](#",
        "<!--",
    ):
        assert foreign not in text


@pytest.mark.parametrize("name", profile_names(REPOSITORY.grading))
def test_a_profile_has_its_own_tasks_and_names(name):
    course = load_course(profile=name)
    notebook = nbformat.reads(students(course).decode(), as_version=4)
    MetadataValidator().validate_nb(notebook)
    graded = [c.id.partition("-")[2] for c in notebook.cells if kind_of(c) in ("check", "manual")]
    assert sorted(graded) == sorted(task.id for task in course.tasks)
    figures = {figure for task in course.tasks for figure in task.figures}
    drawn = {c.id.removeprefix("figure-") for c in notebook.cells if c.id.startswith("figure-")}
    # What draws samples needs the cell that trains, which is a figure, too.
    assert figures <= drawn <= figures | {"ddpm-loss", "class-loss", "denoiser-loss"}
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    code = re.sub(r'check\("\w+"|\(task \w+\)', "", code)  # a task may have a function's name
    for ours, theirs in course.names.items():
        assert theirs in code
        assert not re.search(rf"\b{ours.partition('.')[2]}\b", code)
    assert course.title in notebook.cells[0].source
