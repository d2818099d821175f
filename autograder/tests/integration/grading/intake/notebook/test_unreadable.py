"""A cell that Python cannot read, and what takes its place."""

import pytest

from autograder.grading.intake import Submission, read_submission
from autograder.grading.intake.notebook import take_notebook
from autograder.grading.judging.cells import with_stand_ins
from autograder.grading.sandbox import choose
from autograder.tests.support.notebooks import POLICY, cell, changed, own, place, solved
from autograder.tests.support.submissions import make_folder


@pytest.fixture(scope="module")
def isolation():
    return choose()


def with_a_bracket(notebook):
    one = cell(notebook, "ddpm-forward")
    one.source = one.source.replace("(", "((", 1)


def taken(*changes) -> Submission:
    return Submission(take_notebook(changed(*changes), POLICY.starter, POLICY.names).files)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def ddpm_forward(a, b:\n    pass", "line 1: "),
        ("def ddpm_forward(a):\n  '''no end", "line 2: unterminated triple-quoted string"),
        ("def ddpm_forward(a):\n    return a\n\nreturn 1", "line 4: 'return' outside function"),
        ("class ddpm_forward:\n    def f(self):\n  x = 1", "line 3: unindent"),
        ("def ddpm_forward(a):\n    pass\n" + "x = " + "-" * 50_000 + "1", "line "),
        ("def ddpm_forward(a): return '\0'", "line "),
    ],
)
def test_whatever_is_wrong_the_module_can_be_imported(isolation, source, words):
    def broken(notebook):
        cell(notebook, "ddpm-forward").source = source

    submission = taken(broken)
    files, one = submission.files, with_stand_ins(submission, isolation)
    assert len(one.remarks) == 1 and f"Python: {words}" in one.remarks[0]
    assert {name for name in files if files[name] != one.files[name]} == {"diffusion/ddpm.py"}
    whole = one.files["diffusion/ddpm.py"].decode()
    compile(whole, "ddpm.py", "exec")
    assert whole.count("raise SyntaxError(why)") == 1
    assert "alpha_bar" in whole  # the schedule's cell is there


def test_two_cells_of_a_module_go_each_by_itself(isolation):
    def also(notebook):
        cell(notebook, "ddpm-sample").source = "def ddpm_sample(:\n    pass"

    one = with_stand_ins(taken(with_a_bracket, also), isolation)
    assert [words.split()[1] for words in one.remarks] == ["ddpm-forward", "ddpm-sample"]
    compile(one.files["diffusion/ddpm.py"], "ddpm.py", "exec")


def test_what_can_be_read_stays_as_it_is(isolation):
    submission = taken()
    assert with_stand_ins(submission, isolation) == submission


def filled(mark, source, mark_too="", source_too=""):
    """A notebook in which these cells are something else."""

    def change(notebook):
        cell(notebook, mark).source = source
        if mark_too:
            cell(notebook, mark_too).source = source_too

    return change


def modules(one) -> dict[str, str]:
    """The modules, all of which must be Python."""
    found = {name: content.decode() for name, content in one.files.items()}
    for name, text in found.items():
        compile(text, name, "exec")
    return found


def test_imports_and_values_of_a_broken_cell_stay(isolation):
    broken = "import math\nT = 300\nx = 3 +\ndef add_noise(x, sigma):\n    return (x"
    uses = "def ddpm_forward(*values):\n    x = math.sqrt(T)\n    return x"
    one = with_stand_ins(taken(filled("denoiser-loss", broken, "ddpm-forward", uses)), isolation)
    found = modules(one)
    assert len(one.remarks) == 1 and "cell denoiser-loss cannot be read" in one.remarks[0]
    denoiser = found["diffusion/denoiser.py"]
    assert "\nimport math\nT = 300\n" in denoiser and "\nx = None\n" in denoiser
    assert "def add_noise(*values, why=" in denoiser


def test_what_an_open_bracket_swallows_is_told_as_broken(isolation):
    source = "def add_noise(x, s):\n    return (x\n\ndef denoising_loss(a):\n    return a\n"
    found = modules(with_stand_ins(taken(filled("denoiser-loss", source)), isolation))
    text = found["diffusion/denoiser.py"]
    assert text.count("raise SyntaxError(why)") == 2
    tried = "print((1\n" + cell(solved(), "ddpm-forward").source
    one = with_stand_ins(taken(filled("ddpm-forward", tried)), isolation)
    assert "cell ddpm-forward cannot be read" in one.remarks[0]
    assert "def ddpm_forward(*values, why=" in modules(one)["diffusion/ddpm.py"]


def test_a_cell_of_ones_own_that_others_use_is_mended_too(isolation):
    def change(notebook):
        helper = "def my_helper(x):\n    return (x + 1"
        notebook.cells.insert(place(notebook, "ddpm-forward"), own(helper))
        cell(notebook, "ddpm-forward").source = "def ddpm_forward(a):\n    return my_helper(a)"

    one = with_stand_ins(taken(change), isolation)
    assert "cell of-your-own cannot be read by Python: line 2: " in one.remarks[0]
    assert "def my_helper(*values, why=" in modules(one)["diffusion/ddpm.py"]


@pytest.mark.parametrize(
    "source",
    [
        "\ufeffdef ddpm_forward(a):\n    return a",
        "# -*- coding: foo -*-\ndef ddpm_forward(a):\n    return a",
        "def ddpm_forward(a):\n# notebook cell x\n    return a",
        "# end of the notebook's cells\ndef ddpm_forward(a):\n    return a",
    ],
    ids=["byte order mark", "encoding", "mark", "end"],
)
def test_what_a_notebook_runs_is_no_fault(isolation, source):
    one = with_stand_ins(taken(filled("ddpm-forward", source)), isolation)
    assert one.remarks == []
    modules(one)


def test_names_that_nothing_can_have_break_no_stand_in(isolation):
    source = "def __debug__(a): (\ndef None(a): (\nclass class: ("
    modules(with_stand_ins(taken(filled("ddpm-forward", source)), isolation))


def test_a_comment_makes_no_notebook_of_a_file(tmp_path):
    make_folder(tmp_path, {"diffusion/ddpm.py": "# notebook cell x\nx = (\n"})
    assert not read_submission(tmp_path, POLICY).of_cells
    make_folder(tmp_path / "other", {"diffusion.ipynb": changed(with_a_bracket)})
    assert read_submission(tmp_path / "other", POLICY).of_cells


def test_more_cells_than_anybody_has_are_left_as_they_are(isolation):
    files = {"diffusion/ddpm.py": b"# notebook cell x\n(\n" * 1000}
    assert with_stand_ins(Submission(files), isolation).files == files
