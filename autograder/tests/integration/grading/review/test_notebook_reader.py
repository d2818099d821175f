"""Cells that Python cannot read, or that mean no good, on their way through the sandbox."""

import json

import pytest

from autograder.grading.intake import Submission, read_submission
from autograder.grading.intake.notebook import take_notebook
from autograder.grading.review.notebook_reader import with_modules
from autograder.tests.support.notebooks import POLICY, cell, changed, own, place, solved, take
from autograder.tests.support.submissions import make_folder


@pytest.fixture
def modules(isolation):
    """What becomes of a notebook: a submission of modules, all of which are Python."""

    def made(*changes) -> Submission:
        cells = take_notebook(changed(*changes), POLICY.contract).content
        handed_in = Submission({"diffusion.ipynb": cells}, of_cells=True)
        one = with_modules(handed_in, POLICY.starter, isolation)
        for name, content in one.files.items():
            compile(content.decode(), name, "exec")
        return one

    return made


def filled(*sources: str):
    """Other sources for cells: mark, source, mark, source, ..."""

    def change(notebook):
        for mark, source in zip(sources[::2], sources[1::2], strict=True):
            cell(notebook, mark).source = source

    return change


def text(submission, module) -> str:
    return submission.files[f"diffusion/{module}.py"].decode()


def test_the_sandbox_makes_what_is_made_here(modules):
    one = modules()
    assert (one.files, one.places) == (take(changed()).files, take(changed()).places)
    assert one.remarks == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def ddpm_forward(a, b:\n    pass", "line 1: "),
        ("def ddpm_forward(a):\n  '''no end", "line 2: unterminated triple-quoted string"),
        ("def ddpm_forward(a):\n    return a\n\nreturn 1", "line 4: 'return' outside function"),
        ("class ddpm_forward:\n    def f(self):\n  x = 1", "line 3: unindent"),
        ("def ddpm_forward(a):\n    pass\n" + "x = " + "-" * 5_000 + "1", ""),
        ("def ddpm_forward(a): return '\0'", ""),
    ],
)
def test_whatever_is_wrong_the_module_can_be_imported(modules, source, words):
    one, right = modules(filled("ddpm-forward", source)), take(changed())
    (remark,) = one.remarks
    assert f"cell ddpm-forward cannot be read by Python: {words}" in remark
    assert remark.endswith("; ddpm_forward counts as wrong")
    assert {name for name in one.files if right.files[name] != one.files[name]} == {
        "diffusion/ddpm.py"
    }
    assert text(one, "ddpm").count("raise SyntaxError(why)") == 1
    assert "torch.cumprod" in text(one, "ddpm")


def test_two_cells_of_a_module_go_each_by_itself(modules):
    one = modules(filled("ddpm-forward", "def ddpm_forward(:", "ddpm-sample", "def ddpm_sample(:"))
    assert [words.split()[2] for words in one.remarks] == ["ddpm-forward", "ddpm-sample"]


def test_imports_and_values_of_a_broken_cell_stay(modules):
    broken = "import math\nT = 300\nx = 3 +\ndef add_noise(x, sigma):\n    return (x"
    uses = "def ddpm_forward(*values):\n    x = math.sqrt(T)\n    return x"
    one = modules(filled("denoiser-loss", broken, "ddpm-forward", uses))
    assert len(one.remarks) == 2 and "cell denoiser-loss cannot be read" in one.remarks[0]
    assert "import math" in text(one, "ddpm") and "\nT = 300\n" in text(one, "ddpm")
    assert "no cell defines denoising_loss" in one.remarks[1]


def test_what_an_open_bracket_swallows_is_told_as_broken(modules):
    source = "def add_noise(x, s):\n    return (x\n\ndef denoising_loss(a):\n    return a\n"
    one = modules(filled("denoiser-loss", source))
    assert text(one, "denoiser").count("raise SyntaxError(why)") == 2
    tried = "print((1\n" + cell(solved(), "ddpm-forward").source
    assert "def ddpm_forward(*values, why=" in text(modules(filled("ddpm-forward", tried)), "ddpm")


def test_a_cell_of_ones_own_that_others_use_is_mended_too(modules):
    def change(notebook):
        helper = "def my_helper(x):\n    return (x + 1"
        notebook.cells.insert(place(notebook, "ddpm-forward"), own(helper))
        cell(notebook, "ddpm-forward").source = "def ddpm_forward(a):\n    return my_helper(a)"

    one = modules(change)
    assert " cannot be read by Python: line 2: " in one.remarks[0]
    assert "my_helper counts as wrong" in one.remarks[0]
    assert "def my_helper(*values, why=" in text(one, "ddpm")


@pytest.mark.parametrize(
    "source",
    [
        "\ufeffdef ddpm_forward(a):\n    return a",
        "# -*- coding: foo -*-\ndef ddpm_forward(a):\n    return a",
        "def ddpm_forward(a):\n# notebook cell x\n    return a",
        "from __future__ import annotations\ndef ddpm_forward(a: Unknown):\n    return a",
    ],
    ids=["byte order mark", "encoding", "mark", "future"],
)
def test_what_a_notebook_runs_is_no_fault(modules, source):
    assert modules(filled("ddpm-forward", source)).remarks == []


def test_names_that_nothing_can_have_break_no_stand_in(modules):
    modules(filled("ddpm-forward", "def __debug__(a): (\ndef None(a): (\nclass class: ("))


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "(" * 100_000 + ")" * 100_000,
        "x" + ".a" * 100_000,
        "\n".join(f"x{n + 1} = x{n}" for n in range(5_000)) + "\ndef ddpm_forward(): x5000",
        "def f(): return " + "+".join(["f()"] * 20_000),
        "x = [1] * 10**10",
    ],
    ids=["brackets", "attributes", "a chain", "a sum", "a large value"],
)
def test_hostile_cells_cost_their_own_submission(modules, source):
    one = modules(filled("ddpm-forward", source + "\nddpm_forward = 1"))
    assert not one.files or "torch.cumprod" in text(one, "ddpm")
    assert one.files or "its cells cannot be read" in one.remarks[0]


def test_a_comment_makes_no_notebook_of_a_file(tmp_path):
    make_folder(tmp_path, {"diffusion/ddpm.py": "# notebook cell x\nx = (\n"})
    assert not read_submission(tmp_path, POLICY).of_cells
    make_folder(tmp_path / "other", {"diffusion.ipynb": changed()})
    taken = read_submission(tmp_path / "other", POLICY)
    assert taken.of_cells and json.loads(taken.files["diffusion.ipynb"])


def test_names_and_lines_in_remarks_are_one_line_each(modules):
    def add(notebook):
        cell(notebook, "ddpm-helpers").source += "\n!echo \x1b[31m\u202e " + "x" * 1000

    (words,) = modules(add).remarks
    assert len(words) < 700 and "\x1b" not in words and "\u202e" not in words
