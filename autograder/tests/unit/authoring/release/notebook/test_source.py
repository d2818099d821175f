"""Faults in the notebook's source: each is told with its file and line, and nothing is made."""

import shutil

import pytest

from autograder.authoring.release.notebook import SOURCE, NotebookError, instructors, students
from autograder.authoring.release.notebook.handout import sections
from autograder.config.paths import REPOSITORY


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """What the notebook is made of."""
    folder = tmp_path_factory.mktemp("repository")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY.solution, folder / "solution", ignore=ignored)
    for name in (SOURCE, "starter/README.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY.root / name, folder / name)
    return folder


@pytest.fixture
def edit(repository):
    """Replace a piece of a file, which is put back afterwards."""
    kept = {}

    def replace(file, old, new):
        path = repository / file
        kept.setdefault(path, path.read_text())
        assert path.read_text().count(old) == 1
        path.write_text(path.read_text().replace(old, new))
        return repository

    yield replace
    for path, text in kept.items():
        path.write_text(text)


FAULTS = {
    "unknown directive": ('# %% check="unet"', '# %% cheque="unet"', "a cell says one of"),
    "two directives": ('# %% check="unet"', '# %% check="unet" code="a"', "a cell says one of"),
    "no section": ('handout="Hints"', 'handout="Tips"', "no section of this heading"),
    "no such name": ('"ddpm.ddpm_sample"', '"ddpm.sampler"', "ddpm.sampler is not in the solution"),
    "no check": ('# %% check="unet"\n', "", 'no cell says check="unet"'),
    "no figure": (
        'figure="noising-strip"',
        'figure="strip"',
        'no cell says figure="noising-strip"',
    ),
    "twice": ('# %% check="unet"', '# %% check="blocks"\n\n# %% check="unet"', "stands on line"),
    "id of another": ('id="ddpm-sample"', 'id="cfg-samples"', "its id begins with the module"),
    "part of a region": (
        '"ddpm.noised ddpm.one_step_back" id="ddpm-helpers"',
        '"ddpm.noised" id="ddpm-a"\n\n# %% code="ddpm.one_step_back" id="ddpm-b"',
        "shares its region",
    ),
    "content": ('# %% check="unet"', '# %% check="unet"\nprint(1)', "remove what stands below"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_line(fault, edit, course):
    old, new, said = FAULTS[fault]
    folder = edit(SOURCE, old, new)
    with pytest.raises(NotebookError, match=said) as told:
        instructors(course, folder)
    assert told.value.file == SOURCE
    line = (folder / SOURCE).read_text().splitlines()[told.value.line - 1]
    assert told.value.line == 1 or line.startswith("# %%")


def test_what_is_new_in_the_solution_must_stand_in_a_cell(edit, course):
    new = "def helper(x):\n    return x\n\n\ndef add_noise("
    folder = edit("solution/diffusion/denoiser.py", "def add_noise(", new)
    with pytest.raises(NotebookError, match=r"no cell takes denoiser\.helper"):
        students(course, folder)


def test_an_edit_of_the_solution_and_of_the_handout_reaches_the_notebook(edit, course):
    edit("solution/diffusion/denoiser.py", "standard deviation of the noise, >= 0.", "its size.")
    folder = edit("starter/README.md", "do not clip its result", "leave it unclipped")
    made = students(course, folder).decode()
    assert "sigma: its size." in made
    assert "leave it unclipped" in made


def test_sections_lose_what_is_not_for_notebooks():
    text = (
        "# A\none\n<!-- not in the notebook -->\ntwo\n<!-- in the notebook again -->\n"
        "[three](#b)\n\n---\n\n## B\n```\n# no heading\n```"
    )
    assert sections(text) == {"A": "one\nthree", "B": "## B\n```\n# no heading\n```"}
    with pytest.raises(ValueError, match="not followed by"):
        sections("# A\n<!-- not in the notebook -->\n# B")
    with pytest.raises(ValueError, match=r"line 2: .* no effect"):
        sections("# A\n<!-- in the notebook again -->")
