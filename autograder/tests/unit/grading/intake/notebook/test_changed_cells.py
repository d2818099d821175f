"""Cells that are missing, renamed, copied or moved: what is collected all the same."""

import copy

import pytest

from autograder.grading.intake.notebook import BadNotebook
from autograder.tests.support.notebooks import (
    cell,
    changed,
    given,
    own,
    place,
    remarks,
    saved,
    take,
    values,
)


def test_a_deleted_cell_is_not_attempted_and_said(tmp_path):
    def delete(notebook):
        del notebook.cells[place(notebook, "ddpm-sample")]

    content = changed(delete)
    assert "cell ddpm-sample is missing" in remarks(content)
    assert "ddpm_sample counts as not attempted" in remarks(content)
    assert "NotImplementedError" in take(content).files["diffusion/ddpm.py"].decode()


def test_a_renamed_cell_is_known_by_what_it_defines():
    def rename(notebook):
        found = cell(notebook, "ddpm-sample")
        found.id = found.metadata["nbgrader"]["grade_id"] = "ddpm-sample-mine"

    assert "cell ddpm-sample is missing; what cell " in remarks(changed(rename))
    assert take(changed(rename)).files["diffusion/ddpm.py"].count(b"def ddpm_sample") == 2


def test_a_mark_that_is_none_of_ours_is_named():
    def rename(notebook):
        found = own("y = 1")
        found.metadata["nbgrader"] = {"grade_id": "ddpm-extra"}
        notebook.cells.append(found)

    assert "ddpm-extra: no cell of the assignment has this mark" in remarks(changed(rename))


def test_a_copied_cell_counts_where_one_of_them_is_filled(tmp_path):
    """A stub that was copied stands behind the filled cell, and in a notebook it would win."""

    def copy_stub(notebook):
        stub = copy.deepcopy(cell(given(), "ddpm-schedule"))
        notebook.cells.append(stub)

    assert remarks(changed(copy_stub)) == ""
    assert values(tmp_path, changed(copy_stub), "len(ddpm.ddpm_schedule(1e-4, 0.02, 3))") == [3]


def test_two_different_cells_of_one_mark_are_said():
    def double(notebook):
        twin = copy.deepcopy(cell(notebook, "ddpm-schedule"))
        twin.source = "def ddpm_schedule(beta_1, beta_T, num_ts):\n    return {}\n"
        notebook.cells.append(twin)

    assert "cell ddpm-schedule is there 2 times (cells " in remarks(changed(double))
    assert take(changed(double)).files["diffusion/ddpm.py"].count(b"return {}") == 1


def test_an_answer_in_a_cell_of_ones_own_counts_where_the_stub_stands_untouched(tmp_path):
    def aside(notebook):
        answer = own(cell(notebook, "ddpm-schedule").source)
        at = place(notebook, "ddpm-schedule")
        notebook.cells[at] = cell(given(), "ddpm-schedule")
        notebook.cells.insert(at + 1, answer)

    assert "cell ddpm-schedule is as you were given it; what cell" in remarks(changed(aside))
    assert values(tmp_path, changed(aside), "len(ddpm.ddpm_schedule(1e-4, 0.02, 3))") == [3]


def test_two_answers_in_cells_of_ones_own_are_no_answer():
    def aside(notebook):
        answer = cell(notebook, "ddpm-schedule").source
        notebook.cells[place(notebook, "ddpm-schedule")] = own(answer)
        notebook.cells.append(own(answer + "\n# again"))

    assert "all define ddpm_schedule, and none of them is ddpm-schedule" in remarks(changed(aside))
    assert "cell ddpm-schedule is missing" in remarks(changed(aside))


def test_a_cell_that_became_text_is_said():
    def to_text(notebook):
        cell(notebook, "cfg-sample").cell_type = "markdown"

    assert "cell cfg-sample is a text cell, not a code cell" in remarks(changed(to_text))


def test_moved_cells_count_like_others():
    def move(notebook):
        notebook.cells.reverse()

    assert remarks(changed(move)) == ""
    assert sorted(take(changed(move)).files) == sorted(take(changed()).files)


def test_a_notebook_without_any_marks_is_known_by_what_it_defines(tmp_path):
    """As some programs save it: no metadata, and new ids."""

    def strip(notebook):
        for number, found in enumerate(notebook.cells):
            found.metadata = {}
            found.id = f"c{number}"

    content = changed(strip)
    assert "its cells have lost the assignment's marks" in remarks(content)
    assert values(
        tmp_path,
        content,
        "tuple(unet.ClassConditionalUNet(1, 10, 4)(torch.zeros(1, 1, 28, 28), "
        "torch.zeros(1).long(), torch.zeros(1)).shape)",
    ) == [(1, 1, 28, 28)]


def test_a_notebook_of_something_else_is_refused():
    notebook = given()
    notebook.cells = [own("x = 1")]
    with pytest.raises(BadNotebook, match="holds no cell of the assignment"):
        take(saved(notebook))
