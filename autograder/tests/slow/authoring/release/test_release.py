"""`autograder release` as a TA runs it: the same bytes twice, and nothing lost when it fails."""

import json
import os
import re
import shutil
import zipfile
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.authoring import run_lint as check
from autograder.authoring import run_release as command
from autograder.authoring.release import writing
from autograder.cli import app
from autograder.config.paths import REPOSITORY
from autograder.tests.support.repository import copy_of_the_repository

pytestmark = pytest.mark.usefixtures("release_build")

ROOT = REPOSITORY.root
run = partial(command.run, execute=False)


@pytest.fixture(scope="session")
def release(release_build, tmp_path_factory) -> Path:
    """What `autograder release` writes; nobody changes it."""
    output = tmp_path_factory.mktemp("release") / "build"
    assert run(output) == 0
    return output


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def output(release, tmp_path):
    """A release that a test may change."""
    shutil.copytree(release, tmp_path / "build")
    return tmp_path / "build"


def test_a_second_run_gives_the_same_bytes(release, tmp_path):
    assert run(tmp_path / "build") == 0
    assert tree(tmp_path / "build") == tree(release)
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


def test_everything_that_leaves_the_house_is_there_and_the_zip_is_the_folder(release):
    assert {path.name for path in release.iterdir()} == {
        "student",
        "student.zip",
        "notebooks",
        "nbgrader",
        "gradescope",
        "release.json",
    }
    with zipfile.ZipFile(release / "student.zip") as archive:
        zipped = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert zipped == tree(release / "student")
    notebook = (release / "notebooks" / "diffusion.ipynb").read_bytes()
    assert zipped["diffusion.ipynb"] == notebook
    assert (release / "notebooks" / "diffusion-solution.ipynb").read_bytes() != notebook


def test_the_leak_check_finds_nothing_in_it(release, search):
    assert [str(finding) for finding in search.findings(release)] == []


def test_one_part_is_made_anew_and_the_others_stay(output, capsys):
    before = tree(output)
    for name in ("student/README.md", "notebooks/diffusion.ipynb"):
        (output / name).unlink()
    assert run(output, only=("student",)) == 0
    told = capsys.readouterr().out
    assert re.search("student.zip +│ +1 │", told) and "notebooks/" not in told
    del before["notebooks/diffusion.ipynb"]
    assert tree(output) == before


def test_what_a_profile_says_reaches_every_page_and_the_record(tmp_path):
    output = tmp_path / "build"
    assert run(output, profile="berkeley_cs180", only=("student", "notebooks")) == 0
    names = json.loads((output / "student/checkkit/report/parts.json").read_text())["names"]
    assert names
    for contract, theirs in names.items():
        module, _, ours = contract.partition(".")
        source = (output / "student" / "diffusion" / f"{module}.py").read_text()
        assert re.search(rf"\b{theirs}\b", source) and not re.search(rf"\b{ours}\b", source)
    record = json.loads((output / "release.json").read_text())
    assert {part["profile"] for part in record.values()} == {"berkeley_cs180"}


# ------------------------------------------------------------------------------ when it goes wrong


def test_a_leak_stops_it_and_the_old_release_stays(output, monkeypatch, capsys):
    before = tree(output)

    def leaking(*_):
        line = "return alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps\n"
        return {"student/README.md": line.encode()}

    parts = [command.Part("student", ("student", "student.zip"), "", leaking)]
    monkeypatch.setattr(command, "PARTS", tuple(parts))
    assert run(output) == 1
    said = capsys.readouterr().out
    assert f"{output}/student/README.md:1: gives away solution/diffusion/ddpm.py:" in said
    assert "nothing was released" in said
    assert tree(output) == before
    assert [path.name for path in output.parent.iterdir()] == ["build"]


@pytest.mark.parametrize("when", ["making", "writing", "putting in place"])
def test_whatever_breaks_the_old_release_stays(output, monkeypatch, when):
    before = tree(output)

    def broken(*_):
        raise OSError(28, "No space left on device")

    if when == "making":
        parts = tuple(command.Part(p.name, p.owns, p.what, broken) for p in command.PARTS)
        monkeypatch.setattr(command, "PARTS", parts)
    elif when == "writing":
        monkeypatch.setattr(command, "write_files", broken)
    else:
        real = Path.rename
        monkeypatch.setattr(
            Path, "rename", lambda p, to: broken() if ".new-" in p.name else real(p, to)
        )
    assert run(output, only=("notebooks",)) == 2
    monkeypatch.undo()
    assert tree(output) == before
    assert [path.name for path in output.parent.iterdir()] == ["build"]


def test_a_fault_in_the_sources_is_told_in_its_own_words(tmp_path, monkeypatch, capsys):
    """A public check of which a line stands in the solution, as `autograder lint` finds it."""
    fault = check.Finding("checkkit/oracles.py", 7, "gives away solution/diffusion/ddpm.py:41")
    monkeypatch.setattr(command, "leak_findings", lambda *_: [fault])
    assert run(tmp_path / "build") == 1
    assert f"{fault}\n1 fault; nothing was released" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_a_secret_in_the_handout_is_named_there_and_once(tmp_path, course, capsys):
    copy_of_the_repository(tmp_path / "copy")
    handout = tmp_path / "copy" / "starter" / "README.md"
    lines = handout.read_text().count("\n")
    with handout.open("a") as page:
        marked = next(task for task in course.tasks if task.marking)
        page.write(f"{marked.marking}test_hidden_schedule\n")
    assert run(tmp_path / "build", root=tmp_path / "copy") == 1
    said = capsys.readouterr().out
    assert f"starter/README.md:{lines + 1}: gives away the marking scheme of " in said
    assert "names the hidden check test_hidden_schedule" in said
    assert "build/" not in said and not (tmp_path / "build").exists()


def test_one_fault_in_many_files_is_one_line(output, monkeypatch, capsys):
    def leaking(*_):
        text = b"test_hidden_schedule\n"
        return {f"student/{name}.txt": text for name in "abc"}

    monkeypatch.setattr(command, "PARTS", (command.Part("student", ("student",), "", leaking),))
    assert run(output) == 1
    said = capsys.readouterr().out
    assert said.count("names the hidden check") == 1 and "(and in 2 more places)" in said


def test_work_that_somebody_did_in_the_folder_is_not_thrown_away(output, capsys):
    (output / "nbgrader" / "gradebook.db").write_bytes(b"a term's grades")
    (output / "student" / "README.md").write_text("changed by hand")
    (output / "student" / ".venv").mkdir()
    (output / "student" / ".venv" / "x").write_text("litter")
    before = tree(output)
    assert run(output) == 2
    said = capsys.readouterr().out
    assert "gradebook.db" in said and "student/README.md" in said and ".venv" not in said
    assert tree(output) == before
    assert run(output, only=("notebooks",)) == 0
    assert tree(output) == before
    assert run(output, force=True) == 0
    assert not (output / "nbgrader" / "gradebook.db").exists()


def test_a_folder_that_is_no_release_is_not_touched(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    ran = CliRunner().invoke(app, ["release", "--output", str(tmp_path)])
    assert ran.exit_code == 2
    assert "holds what no release has written" in ran.output
    assert tree(tmp_path) == {"thesis.tex": b"years of work"}


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--only", "studnet"], 2, "'studnet' is not one of 'student', 'notebooks', 'nbgrader'"),
        (["--profile", "cornel_5b"], 1, "did you mean cornell_5b"),
    ],
)
def test_names_that_nobody_knows_are_refused(tmp_path, options, status, said):
    output = tmp_path / "build"
    ran = CliRunner().invoke(
        app, ["release", "--output", str(output), *options], env={"COLUMNS": "200"}
    )
    assert ran.exit_code == status
    assert said in ran.output
    assert not list(tmp_path.iterdir())


def test_what_a_killed_release_has_left_is_tidied_up(tmp_path):
    final = tmp_path / "build"
    nobody = 2**22 + 1  # above the largest process number
    (tmp_path / f".build.old-{nobody}").mkdir()
    (tmp_path / f".build.old-{nobody}" / "kept").write_text("the only release there is")
    (tmp_path / f".build.new-{nobody}").mkdir()
    (tmp_path / f".build.new-{os.getppid()}").mkdir()
    with writing.beside(final) as new:
        (new / "x").write_text("half")
    assert (final / "kept").read_text() == "the only release there is"
    assert {path.name for path in tmp_path.iterdir()} == {"build", f".build.new-{os.getppid()}"}


# -------------------------------------------------------------------------------- autograder lint


def test_check_searches_what_was_built(output, monkeypatch):
    searched = check.build_findings
    assert list(searched(output.parent)) != []  # a missing grading.yaml is a finding
    shutil.copy(REPOSITORY.grading, output.parent)
    for folder in ("solution", "checkkit", "tests", "starter", "profiles"):
        (output.parent / folder).symlink_to(ROOT / folder)
    (output.parent / "autograder").symlink_to(REPOSITORY.autograder)
    assert list(searched(output.parent)) == []
    (output / "student" / "weights.npy").write_bytes(b"\x93NUMPY")
    assert [str(finding) for finding in searched(output.parent)] == [
        "build/student/weights.npy:1: holds arrays, trained weights perhaps: leave it out"
    ]
    (output / "release.json").write_text("[]")
    (finding,) = searched(output.parent)
    assert finding.file == "build/release.json" and "cannot be read" in finding.problem


def test_check_holds_an_old_release_against_the_numbers_of_today(output):
    grading = (REPOSITORY.grading).read_text()
    changed = grading.replace("points: 5, file: ddpm.py", "points: 4, file: ddpm.py")
    changed = changed.replace("points: 6, file: ddpm.py", "points: 7, file: ddpm.py", 1)
    assert changed != grading
    (output.parent / "grading.yaml").write_text(changed)
    for folder in ("solution", "checkkit", "tests", "starter", "profiles", "autograder"):
        (output.parent / folder).symlink_to(ROOT / folder)
    found = [str(finding) for finding in check.build_findings(output.parent)]
    for place in ("build/student/README.md", "build/notebooks/diffusion.ipynb"):
        assert any(line.startswith(place) and "grading.yaml says" in line for line in found)
