"""What becomes of a notebook's cells, and what its student is told."""

import copy
import importlib
import itertools
import sys

import pytest
import torch

from autograder.grading.intake.notebook import BadNotebook, take_notebook
from autograder.grading.intake.notebook.marks import BEGIN, cells_in, in_cells
from autograder.tests.support.notebooks import (
    POLICY,
    cell,
    changed,
    given,
    own,
    place,
    saved,
    solved,
)
from autograder.tests.support.submissions import make_folder

MODULES = ("blocks", "cfg", "ddpm", "denoiser", "training", "unet")
NUMBERS = itertools.count()


def take(content: bytes):
    return take_notebook(content, POLICY.starter, POLICY.names)


def told(content: bytes) -> str:
    """The remarks."""
    return "\n".join(take(content).remarks)


def values(folder, content: bytes, *expressions: str, first: str = "blocks") -> list[object]:
    """What these expressions give in a package laid over the starter, under a name of its own."""
    package = folder / f"package{next(NUMBERS)}"
    files = {**POLICY.starter, **take(content).files}
    make_folder(package, {name.removeprefix("diffusion/"): data for name, data in files.items()})
    sys.path.insert(0, str(folder))
    try:
        names = {n: importlib.import_module(f"{package.name}.{n}") for n in (first, *MODULES)}
        return [eval(expression, {"torch": torch, **names}) for expression in expressions]
    finally:
        sys.path.remove(str(folder))


# --------------------------------------------------------------------------- what is collected


def test_cells_become_the_modules_of_their_marks(tmp_path):
    taken = take(saved(solved()))
    assert sorted(taken.files) == [f"diffusion/{name}.py" for name in MODULES]
    assert taken.touched
    shape, table = values(
        tmp_path,
        saved(solved()),
        "tuple(unet.UnconditionalUNet(1, 4)(torch.zeros(2, 1, 28, 28)).shape)",
        "len(ddpm.ddpm_schedule(1e-4, 0.02, 10)['betas'])",
    )
    assert (shape, table) == ((2, 1, 28, 28), 11)
    assert told(saved(solved())) == ""


def test_the_notebook_as_it_was_given_is_the_starter():
    taken = take(saved(given()))
    assert not taken.touched
    assert b"raise NotImplementedError" in taken.files["diffusion/ddpm.py"].split(BEGIN.encode())[1]


def test_messages_speak_of_cells():
    taken = take(saved(solved()))
    say = in_cells(taken.files)
    text = taken.files["diffusion/ddpm.py"].decode()
    for placed in cells_in(text):
        lines = cell(solved(), placed.name).source.rstrip().split("\n")
        for number, line in enumerate(lines, 1):
            there = placed.line + number - 1
            assert text.split("\n")[there - 1] == line
            said = say(f'  File "diffusion/ddpm.py", line {there}, in f')
            assert said == f"  Cell {placed.name}, line {number} (ddpm.py, line {there}), in f"
    starters = '  File "diffusion/ddpm.py", line 3, in f'
    assert say(starters) == starters
    behind = f'  File "diffusion/ddpm.py", line {text.count(chr(10))}, in f'
    assert say(behind) == behind
    assert in_cells({"diffusion/ddpm.py": b"x = 1\n"})(starters) == starters
    elsewhere = '  File "diffusion/mine.py", line 3, in f'
    assert say(elsewhere) == elsewhere
    endless = f'  File "diffusion/ddpm.py", line {"9" * 5000}, in f'
    assert say(endless) == endless


def test_lines_for_ipython_and_the_shell_are_left_out_and_nothing_else(tmp_path):
    source = """%matplotlib inline
!pip install "it's \\
  fine"
first = !ls
import math as m
torch.randn?
text = '''
%kept
!kept'''
rest = (17
    % 5)
if m:
    !ls
    %time rest
"""

    def add(notebook):
        cell(notebook, "denoiser-loss").source += "\n" + source

    content = changed(add)
    assert values(tmp_path, content, "denoiser.text", "denoiser.rest", "denoiser.first") == [
        "\n%kept\n!kept",
        2,
        None,
    ]
    assert "lines for IPython or the shell were left out: %matplotlib inline" in told(content)
    assert take(content).files["diffusion/denoiser.py"].count(b"\n") == (
        take(changed()).files["diffusion/denoiser.py"].count(b"\n") + source.count("\n")
    )


@pytest.mark.parametrize("magic, there", [("%%time", True), ("%%bash", False)])
def test_of_a_magic_cell_what_python_is_stays(tmp_path, magic, there):
    def add(notebook):
        notebook.cells[place(notebook, "ddpm-helpers")].source = f"{magic}\nown = 3"

    assert values(tmp_path, changed(add), "hasattr(ddpm, 'own')") == [there]


def test_trying_things_out_in_a_cell_costs_nothing(tmp_path):
    def add(notebook):
        cell(notebook, "ddpm-schedule").source += (
            "\n\nschedule = ddpm_schedule(1e-4, 0.02, 5)\nprint(train_digits.shape)\n"
            "for image in train_digits:\n    show(image)\nschedule['betas']\n"
            "rows_picture(schedule)\ncheck('schedule')\nschedule\n"
        )

    assert values(tmp_path, changed(add), "len(ddpm.schedule['betas'])") == [6]
    assert "what only tries things out was left out of ddpm-schedule" in told(changed(add))


# ----------------------------------------------------------------------- names of other cells


def test_names_of_other_modules_come_from_there(tmp_path):
    """`noised` stands in a cell of ddpm, and cells of cfg use it; so do blocks in the nets."""

    def add(notebook):
        cell(notebook, "ddpm-helpers").source += "\n\ndef doubled(x):\n    return 2 * x\n"
        cell(notebook, "cfg-forward").source += "\n\ndef twice(x):\n    return doubled(x)\n"

    assert values(tmp_path, changed(add), "cfg.twice(4)") == [8]


def test_names_of_a_later_module_come_when_they_are_called(tmp_path):
    def add(notebook):
        cell(notebook, "cfg-forward").source += "\n\ndef late(x):\n    return x + 1\n"
        cell(notebook, "ddpm-helpers").source += "\n\ndef early(x):\n    return late(x)\n"

    for first in ("ddpm", "cfg"):
        assert values(tmp_path, changed(add), "ddpm.early(4)", first=first) == [5]


def test_what_cells_of_ones_own_define_is_taken_along(tmp_path):
    def add(notebook):
        notebook.cells.insert(
            3, own("import torch.nn.functional as F\nfrom math import pi, tau\nWIDTH = 64\n")
        )
        notebook.cells.insert(4, own("def helped(x):\n    return F.relu(x) * factor()\n"))
        notebook.cells.insert(5, own("@torch.no_grad()\ndef factor():\n    return WIDTH\n"))
        cell(notebook, "denoiser-loss").source += "\n\ndef own():\n    return helped(pi) + WIDTH\n"

    content = changed(add)
    assert "from other cells these were taken along: WIDTH, factor, helped" in told(content)
    text = take(content).files["diffusion/denoiser.py"].decode()
    assert "import torch.nn.functional as F" in text and "from math import pi, tau" in text
    assert values(tmp_path, content, "denoiser.WIDTH, denoiser.factor()") == [(64, 64)]


def test_what_only_a_running_notebook_has_is_named():
    def add(notebook):
        notebook.cells.insert(3, own("x_known = torch.rand(3)\nbetas = load('betas')"))
        cell(
            notebook, "denoiser-loss"
        ).source += "\n\ndef own(betas):\n    return betas + x_known\n"

    assert "denoiser.py uses x_known, which only a running notebook has" in told(changed(add))
    assert "betas" not in told(changed(add))


# ----------------------------------------------------------- cells that are not as they should be


def test_a_deleted_cell_is_not_attempted_and_said(tmp_path):
    def delete(notebook):
        del notebook.cells[place(notebook, "ddpm-sample")]

    content = changed(delete)
    assert "cell ddpm-sample is missing" in told(content)
    assert "ddpm_sample counts as not attempted" in told(content)
    assert "NotImplementedError" in take(content).files["diffusion/ddpm.py"].decode()


def test_a_renamed_cell_is_known_by_what_it_defines():
    def rename(notebook):
        found = cell(notebook, "ddpm-sample")
        found.id = found.metadata["nbgrader"]["grade_id"] = "ddpm-sample-mine"

    assert "cell ddpm-sample is missing; what cell " in told(changed(rename))
    assert take(changed(rename)).files["diffusion/ddpm.py"].count(b"def ddpm_sample") == 2


def test_a_mark_that_is_none_of_ours_is_named():
    def rename(notebook):
        found = own("y = 1")
        found.metadata["nbgrader"] = {"grade_id": "ddpm-extra"}
        notebook.cells.append(found)

    assert "ddpm-extra: no cell of the assignment has this mark" in told(changed(rename))


def test_a_copied_cell_counts_where_one_of_them_is_filled(tmp_path):
    """A stub that was copied stands behind the filled cell, and in a notebook it would win."""

    def copy_stub(notebook):
        stub = copy.deepcopy(cell(given(), "ddpm-schedule"))
        notebook.cells.append(stub)

    assert told(changed(copy_stub)) == ""
    assert values(tmp_path, changed(copy_stub), "len(ddpm.ddpm_schedule(1e-4, 0.02, 3))") == [3]


def test_two_different_cells_of_one_mark_are_said():
    def double(notebook):
        twin = copy.deepcopy(cell(notebook, "ddpm-schedule"))
        twin.source = "def ddpm_schedule(beta_1, beta_T, num_ts):\n    return {}\n"
        notebook.cells.append(twin)

    assert "cell ddpm-schedule is there 2 times (cells " in told(changed(double))
    assert take(changed(double)).files["diffusion/ddpm.py"].count(b"return {}") == 1


def test_an_answer_in_a_cell_of_ones_own_counts_where_the_stub_stands_untouched(tmp_path):
    def aside(notebook):
        answer = own(cell(notebook, "ddpm-schedule").source)
        at = place(notebook, "ddpm-schedule")
        notebook.cells[at] = cell(given(), "ddpm-schedule")
        notebook.cells.insert(at + 1, answer)

    assert "cell ddpm-schedule is as you were given it; what cell" in told(changed(aside))
    assert values(tmp_path, changed(aside), "len(ddpm.ddpm_schedule(1e-4, 0.02, 3))") == [3]


def test_two_answers_in_cells_of_ones_own_are_no_answer():
    def aside(notebook):
        answer = cell(notebook, "ddpm-schedule").source
        notebook.cells[place(notebook, "ddpm-schedule")] = own(answer)
        notebook.cells.append(own(answer + "\n# again"))

    assert "all define ddpm_schedule, and none of them is ddpm-schedule" in told(changed(aside))
    assert "cell ddpm-schedule is missing" in told(changed(aside))


def test_a_cell_that_became_text_is_said():
    def to_text(notebook):
        cell(notebook, "cfg-sample").cell_type = "markdown"

    assert "cell cfg-sample is a text cell, not a code cell" in told(changed(to_text))


def test_moved_cells_count_like_others():
    def move(notebook):
        notebook.cells.reverse()

    assert told(changed(move)) == ""
    assert sorted(take(changed(move)).files) == sorted(take(changed()).files)


def test_a_notebook_without_any_marks_is_known_by_what_it_defines(tmp_path):
    """As some programs save it: no metadata, and new ids."""

    def strip(notebook):
        for number, found in enumerate(notebook.cells):
            found.metadata = {}
            found.id = f"c{number}"

    content = changed(strip)
    assert "its cells have lost the assignment's marks" in told(content)
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
