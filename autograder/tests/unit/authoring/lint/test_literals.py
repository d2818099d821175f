"""Paths of the repository that are written down are found; prose and other names are not."""

import pytest

from autograder.authoring.lint.literals import literal_findings, paths_written
from autograder.config.paths import REPOSITORY


def test_this_repository_writes_its_paths_down_once():
    assert [str(finding) for finding in literal_findings(REPOSITORY.root)] == []


@pytest.mark.parametrize(
    "line",
    [
        "ROOT = Path(__file__).resolve().parents[2]",
        "here = os.path.dirname(__file__)",
        "TEMPLATES = Path(__file__).parent / 'templates'",
        "DATA = Path(tests.__file__).parent / 'data'",
        "path = root / 'anything'",
        "for folder in ('starter', 'tests'): list((root / folder).rglob('*'))",
        "path = self.root / name",
        "path = self._root / f'{name}.py'",
        "path = REPOSITORY.root / name / 'x.py'",
        "PLACES = ('autograder/hidden',)",
        "PLACES = ('checkkit/spies', 'tests/new/file.py')",
        "name = f'starter/{inside}'",
        "name = 'known_bugs/wrong'",
        "name = 'notebooks/'",
        "path = Path('solution')",
        "path = Path('autograder', folder)",
        "path = repository.at('grading.yaml')",
        "path = root.joinpath('tests', name)",
        "paths = root.glob('tests/*.py')",
        "call(file='docs/runs/class/config.yaml')",
    ],
)
def test_a_path_that_is_written_down_is_found(line):
    found = list(paths_written(f'"""Says checkkit/spies."""\n\n{line}\n'))
    assert found and {number for number, _ in found} == {3}
    assert all("autograder/config/paths.py" in problem for _, problem in found)


@pytest.mark.parametrize(
    "line",
    [
        "path = REPOSITORY.hidden / 'test_x.py'",
        "help = 'a file of profiles, or of another folder'",
        "print(f'{name} stands in checkkit/spies already')",
        "names = {'autograder', 'tests', 'solution'}",
        "module = 'autograder.grading.batch.keys'",
        "PLACE = Path('/autograder')",
        "path = folder / 'tests' / 'x.py'",
        "path = folder.joinpath('tests')",
        "tests = results['tests']",
        "output = 'notebooks/diffusion.ipynb'",
        "command = [sys.executable, '-I', '-S', __file__]",
        "script = Path(__file__).with_name('script.py')",
        "space = {'__file__': 'train.py'}",
        "found = Path(module.__file__).resolve().parent",
    ],
)
def test_prose_modules_and_other_folders_are_no_paths_of_the_repository(line):
    assert list(paths_written(f"def f():\n    '''Reads checkkit/spies.'''\n    {line}\n")) == []


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("path = ROOT / 'solution'", 1),
        ("path = REPOSITORY.root / 'solution' / 'diffusion'", 1),
        ("ROOT = Path(__file__).parents[3]", 1),
        ("path = root / 'solution/diffusion'", 0),
        ("edit(copy / 'autograder/authoring/lint/handouts/x.yaml')", 0),
        ("FOLDERS = ('checkkit/spies', 'docs')", 0),
        ("shutil.copytree(ROOT / name, tmp_path / name)", 0),
    ],
)
def test_a_test_may_name_what_lies_in_a_copy(line, number):
    assert len(list(paths_written(line, of_tests=True))) == number


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("autograder/grading/judging/new.py", True),
        ("autograder/tests/new.py", True),
        ("conftest.py", True),
        ("autograder/grading/sandbox/worker/new.py", False),
        ("autograder/authoring/release/given/student/new.py", False),
    ],
)
def test_programs_that_run_elsewhere_are_left_out(tmp_path, file, found):
    for name in ("autograder/x.py", "autograder/tests/x.py", "conftest.py", file):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / file).write_text("HERE = Path(__file__).parent\n")
    assert [(f.file, f.line) for f in literal_findings(tmp_path)] == [(file, 1)] * found
