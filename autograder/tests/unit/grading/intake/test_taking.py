"""Intake and overlay: of a submission only plain Python files below diffusion/ are taken."""

import os
import re
import stat
import zipfile
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.grading.intake import BadSubmission, gather, read_submission
from autograder.grading.intake import submission as intake
from autograder.grading.intake.naming import few, named
from autograder.grading.intake.policy import policy_of
from autograder.grading.judging.workspace import lacking, laid_over
from autograder.tests.support.submissions import make_folder, make_zip

CODE = b"x = 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A submission folder with one file."""
    return make_folder(tmp_path / "anna", {"diffusion/ddpm.py": CODE})


# -------------------------------------------------------------------------------- what is taken


def test_only_python_files_below_diffusion_are_taken(folder):
    more = {"diffusion/own/layers.py": CODE, "diffusion/notes.txt": "x", "conftest.py": "evil"}
    make_folder(folder, more | {"diffusion/__pycache__/ddpm.py": "evil"})
    (folder / "tests").mkdir()
    taken = read_submission(folder)
    assert taken.files == {"diffusion/ddpm.py": CODE, "diffusion/own/layers.py": CODE}
    assert {"conftest.py", "tests", "diffusion/notes.txt"} <= set(taken.ignored)


def test_zip_and_folder_give_the_same_files(folder, tmp_path):
    path = make_zip(tmp_path / "anna.zip", {"diffusion/ddpm.py": CODE, "diffusion/a.txt": b"a"})
    assert read_submission(path).files == read_submission(folder).files


def test_one_folder_around_diffusion_is_looked_through(folder, tmp_path):
    assert read_submission(folder.parent).files == {"diffusion/ddpm.py": CODE}
    entries = {"anna/diffusion/ddpm.py": CODE, "__MACOSX/anna/diffusion/._ddpm.py": b"junk"}
    path = make_zip(tmp_path / "nested.zip", entries)
    assert read_submission(path).files == {"diffusion/ddpm.py": CODE}


def test_a_file_beside_the_one_folder_is_no_second_folder(tmp_path):
    entries = {"hw/diffusion/ddpm.py": CODE, "figures.pdf": b"pdf"}
    path = make_zip(tmp_path / "figures.zip", entries)
    assert read_submission(path).files == {"diffusion/ddpm.py": CODE}


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
@pytest.mark.parametrize(
    "entries",
    [
        {"diffusion/diffusion/ddpm.py": CODE},
        {"diffusion/diffusion/ddpm.py": CODE, "figures/a.png": b"x"},
        {"hw/diffusion/diffusion/ddpm.py": CODE, "__MACOSX/x": b"x"},
        {
            "diffusion/README.md": b"x",
            "diffusion/tests/test_ddpm.py": b"x",
            "diffusion/checkkit/text.py": b"x",
            "diffusion/diffusion/ddpm.py": CODE,
        },
        {"diffusion/notes.txt": b"x", "ddpm.py": CODE},
    ],
    ids=["twice", "beside another", "in a folder", "a project of this name", "flat"],
)
def test_a_package_is_known_by_what_it_holds(tmp_path, entries, packed):
    make, name = (make_zip, "x.zip") if packed else (make_folder, "x")
    path = make(tmp_path / name, entries)
    assert read_submission(path).files == {"diffusion/ddpm.py": CODE}
    (one,) = gather([path])
    assert one.read().files == {"diffusion/ddpm.py": CODE}


@pytest.mark.parametrize(
    "name, right",
    [
        ("ddpm.py.txt", "ddpm.py"),
        ("ddpm.txt", "ddpm.py"),
        ("ddpm (1).py", "ddpm.py"),
        ("Copy of unet.py", "unet.py"),
        ("ddim (1).py", "ddim.py"),
        ("ddpm.py (2).txt", "ddpm.py"),
        ("diffusion.ipynb.json", "diffusion.ipynb"),
        ("diffusion (1).ipynb.txt", "diffusion.ipynb"),
        ("diffusion.ipynb.ipynb", ""),
        ("ddpm.py", ""),
        ("diffusion.py", ""),
        ("ddpm_two.py", ""),
        ("notes.txt", ""),
    ],
)
def test_files_that_a_browser_has_renamed_are_told_their_name(tmp_path, name, right):
    assert intake.misnamed(name) == right
    if not right:
        return
    beside = make_folder(tmp_path / "beside", {"blocks.py": CODE, name: CODE})
    assert f"{name} was not taken: rename it to {right}" in read_submission(beside).remarks
    inside = make_folder(
        tmp_path / "inside", {"diffusion/blocks.py": CODE, f"diffusion/{name}": CODE}
    )
    remark = f"diffusion/{name} was not taken: rename it to {right}"
    assert remark in read_submission(inside).remarks
    alone = make_folder(tmp_path / "alone", {f"hw/{name}": CODE})
    for path, words in ((alone, f"holds hw/{name}; "), (alone / "hw" / name, "")):
        with pytest.raises(BadSubmission, match=re.escape(f"{words}rename it to {right}")):
            read_submission(path)


def test_a_lone_file_of_a_profile_is_a_submission(tmp_path):
    make_folder(tmp_path / "anna", {"ddim.py": CODE})
    assert read_submission(tmp_path / "anna").files == {"diffusion/ddim.py": CODE}


@pytest.mark.parametrize("profile, listed", [(None, False), ("part_4", True)])
def test_files_are_named_that_the_course_asks(tmp_path, profile, listed):
    policy = policy_of(load_course(REPOSITORY.grading, profile=profile))
    make_folder(tmp_path / "anna", {"own.py": CODE})
    with pytest.raises(BadSubmission, match=r"none of .*blocks\.py, cfg\.py, ") as caught:
        read_submission(tmp_path / "anna", policy)
    assert ("ddim.py" in str(caught.value)) is listed


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
@pytest.mark.parametrize(
    "entries, words",
    [
        (
            {},
            "diffusion, for it is empty; hand in the folder diffusion, files of it such as blo",
        ),
        ({"notes.txt": b"x"}, "holds no folder named diffusion"),
        (
            {"v1/ddpm.py": CODE, "v2/ddpm.py": CODE},
            r"holds v1/ddpm.py and others in 2 folders \(v1, v2\); hand in the folder diffusion",
        ),
        ({"a/b/c/ddpm.py": CODE}, "holds a/b/c/ddpm.py deep in its folders; hand in"),
        ({"hw/own.py": CODE}, "holds hw/own.py, and none of blocks.py, cfg.py"),
        (  # what is given is not looked for: no train.py, draw.py, data.py
            {"a/b/c/train.py": CODE, "data (1).py": CODE},
            r"and none of blocks.py, cfg.py, ddpm.py, denoiser.py, training.py, unet.py; hand in",
        ),
        (
            {"a/diffusion/ddpm.py": CODE, "b/diffusion/ddpm.py": CODE},
            r"holds 2 submissions, not one \(a, b\); hand in one of them",
        ),
        ({"a/b/c/diffusion/ddpm.py": CODE}, "holds its folder diffusion deep in a/b/c"),
        ({"Diffusion/a.py": CODE, "docs/a.py": CODE}, "holds a folder named Diffusion; rename it"),
        ({"hw/part2.ipynb": b"{}"}, "part2.ipynb is no notebook of format 4; open it in Jupyter"),
        ({"a/b/c/d/hw.ipynb": b"{}"}, r"a notebook deep in its folders \(a/b/c/d/hw.ipynb\)"),
        ({"work.tar.gz": b"x"}, "holds work.tar.gz, which is not read; hand in a zip"),
        ({"old.zip": b"x", "new.zip": b"x"}, r"holds 2 zips \(new.zip, old.zip\); hand in one"),
        ({"diffusion/notes.txt": b"x"}, "has no Python file in its folder diffusion"),
        ({"diffusion/DDPM.py": CODE}, "DDPM.py is spelled diffusion/ddpm.py in this assignment"),
    ],
)
def test_what_is_no_submission_is_told_what_to_hand_in(tmp_path, entries, words, packed):
    make, name = (make_zip, "x.zip") if packed else (make_folder, "x")
    path = make(tmp_path / name, entries)
    with pytest.raises(BadSubmission, match=words):
        read_submission(path)


def test_backslashes_of_windows_are_folders(tmp_path):
    entry = zipfile.ZipInfo("x")
    entry.filename = "diffusion\\ddpm.py"
    assert "diffusion/ddpm.py" in read_submission(make_zip(tmp_path / "w.zip", {entry: CODE})).files


# ---------------------------------------------------------------------------------- what is not


def test_links_and_pipes_are_not_taken(folder, tmp_path):
    (tmp_path / "secret.py").write_text("secret")
    (folder / "diffusion" / "link.py").symlink_to(tmp_path / "secret.py")
    (folder / "diffusion" / "more").symlink_to(tmp_path)
    os.mkfifo(folder / "diffusion" / "pipe.py")
    taken = read_submission(folder)
    assert taken.files == {"diffusion/ddpm.py": CODE}
    assert {"diffusion/link.py", "diffusion/pipe.py"} <= set(taken.ignored)


def test_diffusion_that_is_a_link_is_refused(folder, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "diffusion").symlink_to(folder / "diffusion")
    with pytest.raises(BadSubmission, match="its diffusion is a link; hand in the folder"):
        read_submission(tmp_path / "other")


@pytest.mark.parametrize(
    "name", ["../diffusion/a.py", "diffusion/../../a.py", "/diffusion/a.py", "diffusion\\..\\a.py"]
)
def test_zip_entries_that_climb_are_not_taken(tmp_path, name):
    entry = zipfile.ZipInfo("x")
    entry.filename = name
    taken = read_submission(
        make_zip(tmp_path / "z.zip", {"diffusion/ddpm.py": CODE, entry: b"evil"})
    )
    assert taken.files == {"diffusion/ddpm.py": CODE}
    assert taken.ignored == [name]


def test_links_in_a_zip_are_not_taken(tmp_path):
    link = zipfile.ZipInfo("diffusion/link.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = make_zip(tmp_path / "z.zip", {"diffusion/ddpm.py": CODE, link: b"/etc/passwd"})
    assert set(read_submission(path).files) == {"diffusion/ddpm.py"}


def test_bomb_is_refused_by_its_declared_size(tmp_path):
    zeros = bytes(intake.MAX_FILE_BYTES + 1)
    path = make_zip(tmp_path / "z.zip", {"diffusion/a.py": zeros}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(BadSubmission, match=r"z\.zip: diffusion/a\.py is larger than 1,000,000"):
        read_submission(path)


def test_bomb_that_lies_about_its_size_is_not_inflated(tmp_path):
    zeros = bytes(20_000_000)
    path = make_zip(tmp_path / "z.zip", {"diffusion/a.py": zeros}, compression=zipfile.ZIP_DEFLATED)
    size = len(zeros).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (10).to_bytes(4, "little")))
    with pytest.raises(BadSubmission, match="damaged zip"):
        read_submission(path)


def test_many_small_files_are_refused(folder, tmp_path):
    entries = {f"diffusion/a{i}.py": CODE for i in range(intake.MAX_FILES + 1)}
    with pytest.raises(BadSubmission, match="more than 200 Python files"):
        read_submission(make_zip(tmp_path / "z.zip", entries))
    for name, content in entries.items():
        (folder / name).write_bytes(content)
    with pytest.raises(BadSubmission, match="more than 200 Python files"):
        read_submission(folder)


def test_encrypted_zip_is_told_so(tmp_path):
    path = make_zip(tmp_path / "z.zip", {"diffusion/a.py": CODE})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag in the local header and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(BadSubmission, match="is encrypted; hand in a zip without a password"):
        read_submission(path)


def test_rare_compression_is_refused(tmp_path):
    path = make_zip(tmp_path / "z.zip", {"diffusion/a.py": CODE}, compression=zipfile.ZIP_LZMA)
    with pytest.raises(BadSubmission, match="an unusual compression"):
        read_submission(path)


@pytest.mark.parametrize("make", ["nothing", "text", "empty zip", "cut zip", "no python"])
def test_bad_input_is_named_with_its_path(tmp_path, make):
    path = tmp_path / "handed-in"
    if make == "text":
        path.write_text("hello")
    if make == "empty zip":
        make_zip(path, {})
    if make == "cut zip":
        make_zip(path, {"diffusion/a.py": os.urandom(5000)})
        path.write_bytes(path.read_bytes()[2000:])
    if make == "no python":
        (path / "diffusion").mkdir(parents=True)
    with pytest.raises(BadSubmission, match=f"^{path}: "):
        read_submission(path)


def test_same_name_twice_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("diffusion/a.py", CODE)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("diffusion/a.py", b"other")
    with pytest.raises(BadSubmission, match="occurs twice"):
        read_submission(tmp_path / "z.zip")


# ---------------------------------------------------------------------------------- the overlay


def test_overlay_is_the_submission_over_the_starter_and_read_only(folder, tmp_path):
    starter = REPOSITORY.starter_package
    submission = read_submission(folder)
    with laid_over(submission, tmp_path) as laid:
        placed = {path.name: path for path in (laid / "diffusion").iterdir()}
        assert placed["ddpm.py"].read_bytes() == CODE
        assert placed["cfg.py"].read_bytes() == (starter / "cfg.py").read_bytes()
        assert "diffusion/cfg.py" in lacking(submission)
        assert "diffusion/ddpm.py" not in lacking(submission)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in laid.rglob("*")}
        assert modes == {0o444, 0o555}
    assert [path.name for path in tmp_path.iterdir()] == ["anna"]


# ------------------------------------------------------------------------------------ the names


def test_names_do_not_depend_on_the_order_and_never_collide(tmp_path):
    paths = [
        tmp_path / p for p in ("a/work", "b/work", "a/work.zip", "c/Work", "anna", "index.html")
    ]
    names = dict(map(reversed, named(paths)))
    assert names == dict(map(reversed, named(paths[::-1])))
    assert len({name.casefold() for name in names.values()}) == len(paths)
    assert names[tmp_path / "anna"] == "anna"
    assert names[tmp_path / "b/work"] == "b-work"
    assert "index.html" not in names.values()


def test_of_a_flood_of_remarks_the_first_ones_are_shown():
    lines = [f"a-{i}.py was not taken" for i in range(19_000)]
    assert few(lines[:20]) == (*lines[:20],)
    assert few(lines) == (*lines[:20], "and 18,980 more")


def test_a_path_given_twice_is_graded_once(tmp_path):
    assert len(named([tmp_path / "anna", tmp_path / "anna"])) == 1


def test_names_fit_into_a_folder_name_of_any_file_system(tmp_path):
    long = [tmp_path / f"{'🦊' * 79}{end}" for end in "ab"]
    names = [name for name, _ in named([*long, tmp_path / 'a"b:c?', tmp_path / "ddpm.py"])]
    assert len(set(names)) == 4
    assert all(len(name.encode()) < 200 for name in names)
    assert names[2:] == ["a-b-c-", "ddpm"]


def test_names_are_plain_folder_names(tmp_path):
    names = [name for name, _ in named([tmp_path / "\x1b[31m..", Path("/"), tmp_path / ".hidden"])]
    assert all(name and not name.startswith(".") and "/" not in name for name in names)
    assert all(name.isprintable() for name in names)
