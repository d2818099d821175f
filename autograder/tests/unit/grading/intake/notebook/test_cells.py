"""What becomes of a notebook's cells, and which remarks its student reads."""

import pytest

from autograder.grading.intake.notebook.marks import BEGIN, cells_in, in_cells
from autograder.tests.support.notebooks import (
    MODULES,
    cell,
    changed,
    given,
    own,
    place,
    remarks,
    saved,
    solved,
    take,
    values,
)

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
    assert remarks(saved(solved())) == ""


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
    assert "lines for IPython or the shell were left out: %matplotlib inline" in remarks(content)
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
    assert "lines outside of definitions were left out of ddpm-schedule" in remarks(changed(add))


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
    assert "also taken from other cells: WIDTH, factor, helped" in remarks(content)
    text = take(content).files["diffusion/denoiser.py"].decode()
    assert "import torch.nn.functional as F" in text and "from math import pi, tau" in text
    assert values(tmp_path, content, "denoiser.WIDTH, denoiser.factor()") == [(64, 64)]


def test_what_only_a_running_notebook_has_is_named():
    def add(notebook):
        notebook.cells.insert(3, own("x_known = torch.rand(3)\nbetas = load('betas')"))
        cell(
            notebook, "denoiser-loss"
        ).source += "\n\ndef own(betas):\n    return betas + x_known\n"

    assert "denoiser.py uses x_known, which exists only in a running notebook" in remarks(
        changed(add)
    )
    assert "betas" not in remarks(changed(add))
