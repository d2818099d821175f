"""Which definition of a name counts, and what its student reads about that."""

import copy
import re

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
from autograder.tests.support.rearranged import RIGHT, rearranged

SHAPES = (
    "unet.TimeConditionalUNet(1, 4)(torch.zeros(2, 1, 28, 28), torch.zeros(2)).shape[0]",
    "unet.ClassConditionalUNet(1, 10, 4)(torch.zeros(2, 1, 28, 28), torch.zeros(2).long(),"
    " torch.zeros(2)).shape[0]",
    "float(ddpm.ddpm_schedule(0.1, 0.2, 2)['alpha_bars'][-1])",
    "float(ddpm.ddpm_forward(lambda x, t: 0 * x, ddpm.ddpm_schedule(1e-4, 0.02, 9),"
    " torch.zeros(9, 1, 28, 28), 9).round())",
    "float(cfg.ddpm_cfg_forward(lambda x, c, t, mask: 0 * x, ddpm.ddpm_schedule(1e-4, 0.02, 9),"
    " torch.zeros(9, 1, 28, 28), torch.zeros(9).long(), 0.1, 9).round())",
)


@pytest.mark.parametrize("change", RIGHT, ids=lambda change: change.__name__)
def test_wherever_right_code_stands_it_counts(tmp_path, change):
    taken = take(rearranged(change))
    assert (taken.faults, taken.missing) == ([], [])
    assert len(taken.remarks) == len(RIGHT[change]), taken.remarks
    for said, words in zip(taken.remarks, RIGHT[change], strict=True):
        assert re.fullmatch(words, said)
    found = values(tmp_path, rearranged(change), *SHAPES)
    assert found == [2, 2, pytest.approx(0.9 * 0.8), 1, 1]


def test_a_deleted_cell_is_not_attempted_and_said():
    def delete(notebook):
        del notebook.cells[place(notebook, "ddpm-sample")]

    content = changed(delete)
    assert remarks(content) == "no cell defines ddpm_sample, which counts as not attempted"
    assert take(content).missing == ["ddpm_sample"]
    assert "NotImplementedError" in take(content).files["diffusion/ddpm.py"].decode()


def test_a_cell_that_became_text_is_said():
    def to_text(notebook):
        cell(notebook, "cfg-sample").cell_type = "markdown"

    assert "a text cell defines ddpm_cfg_sample" in remarks(changed(to_text))


def test_equal_copies_need_no_remark():
    def again(notebook):
        notebook.cells.append(copy.deepcopy(cell(notebook, "ddpm-schedule")))

    assert "of several definitions" not in remarks(changed(again))


def test_two_different_cells_of_one_mark_are_said():
    def double(notebook):
        twin = copy.deepcopy(cell(notebook, "ddpm-schedule"))
        twin.source = "def ddpm_schedule(beta_1, beta_T, num_ts):\n    return {}\n"
        notebook.cells.append(twin)

    content = changed(double)
    assert re.search(
        r"the last that can be read counts: ddpm_schedule of cell number \d+, not of cell number",
        remarks(content),
    )
    assert take(content).files["diffusion/ddpm.py"].count(b"return {}") == 1


def test_the_result_of_a_function_takes_nobodys_place(tmp_path):
    def overwrite(notebook):
        notebook.cells.append(own("ddpm_schedule = ddpm_schedule(1e-4, 0.02, 300)"))

    assert remarks(changed(overwrite)) == ""
    assert values(tmp_path, changed(overwrite), "len(ddpm.ddpm_schedule(1e-4, 0.02, 3))") == [3]


def test_a_stub_in_words_of_an_older_release_is_one(tmp_path):
    def old(notebook):
        stub = cell(given(), "ddpm-schedule")
        stub.source = stub.source.replace("Part 2 (", "Page 9 (").replace("The variance", "A")
        notebook.cells.append(own(stub.source))

    assert values(tmp_path, changed(old), "len(ddpm.ddpm_schedule(1e-4, 0.02, 3))") == [3]


def test_a_cell_that_nobody_can_read_is_told_where_something_is_missing():
    def misspell(notebook):
        found = cell(notebook, "ddpm-sample")
        found.source = found.source.replace("def ddpm_sample", "dfe ddpm_sample")

    assert "no cell defines ddpm_sample, which counts as not attempted\n" in remarks(
        changed(misspell)
    )
    assert "cell ddpm-sample cannot be read by Python: line 2: invalid" in remarks(
        changed(misspell)
    )


def test_a_notebook_of_something_else_is_refused():
    notebook = given()
    notebook.cells = [own("x = 1")]
    with pytest.raises(BadNotebook, match="defines none of the assignment's functions"):
        take(saved(notebook))
