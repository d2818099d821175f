"""What becomes of a notebook's cells, and which remarks its student reads."""

import re

import pytest

from autograder.tests.support.notebooks import (
    MODULES,
    POLICY,
    cell,
    changed,
    given,
    own,
    remarks,
    saved,
    solved,
    take,
    values,
)

# --------------------------------------------------------------------------- what is collected


def test_cells_become_modules(tmp_path):
    taken = take(saved(solved()))
    assert sorted(taken.files) == [f"diffusion/{name}.py" for name in MODULES]
    assert taken.touched and taken.missing == []
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
    assert not taken.touched and taken.remarks == []
    assert taken.missing == [n for own in POLICY.contract.values() for n in own["stubs"]]
    assert not any(taken.places.values())


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
def tried():
    !ls
    %time rest
    return [text, rest, first]
"""

    def add(notebook):
        used = cell(notebook, "denoiser-loss").source.replace(
            "return x +", "return tried() and x +"
        )
        cell(notebook, "denoiser-loss").source = used + "\n" + source

    content = changed(add)
    assert values(tmp_path, content, "denoiser.tried()") == [["\n%kept\n!kept", 2, None]]
    assert "lines for IPython or the shell were left out: %matplotlib inline" in remarks(content)


@pytest.mark.parametrize("magic, there", [("%%time", True), ("%%bash", False)])
def test_of_a_magic_cell_what_python_is_stays(magic, there):
    def add(notebook):
        helpers = cell(notebook, "ddpm-helpers")
        helpers.source = f"{magic}\n{helpers.source}"

    unmet = "ddpm.py uses noised, one_step_back, which exist only in a running notebook"
    assert (unmet in remarks(changed(add))) != there
    assert bool(take(changed(add)).faults) != there


def test_what_nothing_needs_is_left_out():
    def add(notebook):
        cell(notebook, "ddpm-schedule").source += (
            "\n\nschedule = ddpm_schedule(1e-4, 0.02, 5)\nprint(train_digits.shape)\n"
            "for image in train_digits:\n    show(image)\nschedule['betas']\n"
            "rows_picture(schedule)\ncheck('schedule')\nschedule\n"
        )

    assert take(changed(add)) == take(changed())


# ----------------------------------------------------------------------- names of other cells


def helping(notebook, mark, source, call):
    """A cell that also calls something, in a function of the contract."""
    found = cell(notebook, mark)
    found.source = re.sub(r"( +)t = torch.randint", rf"\1{call}\n\1t = torch.randint", found.source)
    notebook.cells.insert(3, own(source))


def test_what_is_needed_is_taken_along_and_what_that_needs(tmp_path):
    def add(notebook):
        helping(
            notebook, "ddpm-forward", "import torch.nn.functional as F\nWIDTH = 64\n", "late(1)"
        )
        notebook.cells.insert(4, own("@torch.no_grad()\ndef late(x):\n    return F, WIDTH, f()\n"))
        notebook.cells.insert(5, own("from math import pi, tau\nf = lambda: [pi for _ in 'ab']\n"))
        notebook.cells.insert(6, own("UNUSED = 1\n"))

    content = changed(add)
    assert values(tmp_path, content, "ddpm.late(1)[1:]") == [
        (64, [pytest.approx(3.14159, 1e-3)] * 2)
    ]
    assert values(tmp_path, content, "hasattr(ddpm, 'UNUSED')", "hasattr(cfg, 'WIDTH')") == [0, 0]
    assert remarks(content) == ""


def test_a_name_of_a_module_comes_from_there(tmp_path):
    """Blocks in nets, losses in loops; where that module imports this one, it is copied."""

    def add(notebook):
        helping(notebook, "ddpm-forward", "x = 1", "ddpm_cfg_forward")
        helping(notebook, "cfg-forward", "x = 1", "ddpm_forward")

    content = changed(add)
    text = take(content).files
    assert text["diffusion/unet.py"].count(b"def __init__") == 6  # the stubs, and no block
    for first in ("ddpm", "cfg", "training"):
        (same,) = values(
            tmp_path,
            content,
            "cfg.ddpm_forward(lambda x, t: x, "
            "ddpm.ddpm_schedule(1e-4, 0.02, 3), torch.zeros(1, 1, 28, 28), 3) > 0",
            first=first,
        )
        assert same


def test_what_only_a_running_notebook_has_is_named():
    def add(notebook):
        helping(
            notebook,
            "ddpm-forward",
            "net = UnconditionalUNet(1, 4)\ndef trained():\n    return train_ddpm(net)\n"
            "curves = trained()\nfor n in range(3):\n    total = n\nlocal = unheard_of()\n",
            "local = net, curves, total, x_0",
        )

    (words,) = take(changed(add)).faults
    assert words.startswith("ddpm.py uses curves, net, total, which exist only in a running")


def test_a_definition_that_cannot_run_costs_itself_alone(tmp_path):
    def add(notebook):
        found = cell(notebook, "ddpm-sample")
        found.source = found.source.replace("seed: int = 0", "seed: int = SEEDS[0]")

    content = changed(add)
    assert "ddpm.py uses SEEDS" in remarks(content)
    assert values(tmp_path, content, "len(ddpm.ddpm_schedule(1e-4, 0.02, 3))") == [3]
    with pytest.raises(NameError, match="ddpm_sample needs SEEDS"):
        values(tmp_path, content, "ddpm.ddpm_sample()")
