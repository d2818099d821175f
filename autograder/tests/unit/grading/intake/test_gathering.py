"""Whatever an instructor has downloaded is found, submission by submission, and read one by one."""

import os
import zipfile

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.course.starter import committed_starter
from autograder.grading.intake import gather
from autograder.grading.intake.policy import policy_of
from autograder.tests.support.collections import CODE, OTHER, PACKAGE, names, problem, read
from autograder.tests.support.submissions import contents, make_folder, make_zip, zipped

DDPM, CFG = (contents()[f"diffusion/{name}.py"] for name in ("ddpm", "cfg"))
STUBS = committed_starter()["diffusion/ddpm.py"]

# ----------------------------------------------------------------------- one and many, side by side


def test_folders_and_zips_of_students_are_a_submission_each(collection):
    path = collection(
        {
            "anna/diffusion/ddpm.py": CODE,
            "bert.zip": zipped({"hw/diffusion/ddpm.py": OTHER}),
            "carl/hw/diffusion/cfg.py": CODE,
            "dora/ddpm.py": CODE,
            ".DS_Store": b"junk",
            "__MACOSX/anna/._ddpm.py": b"junk",
            "roster.csv": b"junk",
        }
    )
    found = {one.name: one for one in gather([path])}
    assert sorted(found) == ["anna", "bert", "carl", "dora"]
    assert read(found["anna"]) == {"diffusion/ddpm.py": CODE}
    assert read(found["bert"]) == {"diffusion/ddpm.py": OTHER}
    assert read(found["carl"]) == {"diffusion/cfg.py": CODE}
    assert read(found["dora"]) == {"diffusion/ddpm.py": CODE}
    assert all(one.students == () and one.submitted_at is None for one in found.values())


def test_what_is_wrong_with_one_is_said_by_that_one(collection):
    path = collection(
        {
            "anna/diffusion/ddpm.py": CODE,
            "bert.zip": b"not a zip",
            "carl/notes.txt": b"x",
            "dora.tar.gz": b"x",
            "emil.ipynb": b"{}",
            "fred.zip": zipped({"diffusion/a.py": CODE})[:-30],
            "gina.zip": b"",
            "hans/old/diffusion/a.py": CODE,
            "hans/new/diffusion/a.py": CODE,
        }
    )
    found = {one.name: one for one in gather([path])}
    assert read(found.pop("anna"))
    told = {name: problem(one) for name, one in found.items()}
    assert set(told) == {"bert", "carl", "dora.tar.gz", "emil", "fred", "gina", "hans"}
    assert all("complete zip; hand it in again" in told[name] for name in ("bert", "fred", "gina"))
    assert "no folder named diffusion" in told["carl"]
    assert "use a zip" in told["dora.tar.gz"]
    assert "is no notebook of format 4; open it in Jupyter" in told["emil"]
    assert "2 submissions, not one (new, old)" in told["hans"]


def test_one_submission_is_one_whatever_lies_around_it(collection):
    inner = {"docs/report.pdf": b"x", "README.md": b"x"}
    for name, entries in {
        "top": {**PACKAGE, **inner, "old.zip": b"x"},
        "flat": {"ddpm.py": CODE, "figures/a.png": b"x", "old.zip": b"x"},
        "nested": {"hw/diffusion/ddpm.py": CODE, "train.py": OTHER},
    }.items():
        (one,) = gather([collection(entries, name)])
        assert one.name == name
        assert read(one) == {"diffusion/ddpm.py": CODE}


def test_nothing_is_opened_before_its_turn(tmp_path):
    path = make_folder(tmp_path / "all", {"anna.zip": zipped(PACKAGE), "bert.zip": b""})
    found = {one.name: one for one in gather([path])}
    (path / "bert.zip").write_bytes(zipped({"diffusion/ddpm.py": OTHER}))
    assert read(found["bert"]) == {"diffusion/ddpm.py": OTHER}


def test_a_path_that_is_not_there_says_so_itself(tmp_path):
    make_folder(tmp_path / "anna", PACKAGE)
    found = {one.name: one for one in gather([tmp_path / "nowhere", tmp_path / "anna"])}
    assert problem(found["nowhere"]) == "there is no such folder or zip"
    assert read(found["anna"])


def test_a_link_in_a_collection_is_not_followed_and_not_passed_over(tmp_path):
    path = make_folder(tmp_path / "all", {f"{name}/diffusion/a.py": CODE for name in "ab"})
    (path / "c").symlink_to(path / "a")
    found = {one.name: one for one in gather([path])}
    assert "is a link, and none is followed" in problem(found["c"])


@pytest.mark.parametrize("others", ["", "hw/", "work/hw/"])
def test_no_student_speaks_for_others(tmp_path, others):
    """A zip of one among those of others is that one's, whatever it pretends to be."""
    honest = {f"{others}diffusion/ddpm.py": CODE}
    forged = {
        "submission_metadata.yml": b"submission_1:\n  :submitters:\n  - :sid: '7'\n",
        "submission_1/diffusion/ddpm.py": CODE,
        "submission_2/diffusion/ddpm.py": CODE,
    }
    make_folder(tmp_path / "all", {"evil.zip": zipped(forged), "bert.zip": zipped(honest)})
    words = [
        "holds 2 submissions, not one (",
        "looks like a collection (submission_1, submission_2), and was named beside ",
    ]
    for paths in ([tmp_path / "all"], sorted((tmp_path / "all").iterdir())):
        found = {one.name: one for one in gather(paths)}
        assert sorted(found) == ["bert", "evil"]
        assert words.pop(0) in problem(found["evil"])
        assert found["evil"].students == ()


def test_collections_of_two_sections_are_taken_together(tmp_path):
    for section in "ab":
        entries = {f"{name}/diffusion/ddpm.py": CODE for name in ("anna", section)}
        make_folder(tmp_path / section, entries)
    found = gather([tmp_path / "a", tmp_path / "b"])
    assert names(found) == ["a", "a-anna", "b", "b-anna"]


# ------------------------------------------------------------------------------ files by themselves


def test_one_file_of_the_package_is_a_submission(tmp_path):
    (one,) = gather([make_folder(tmp_path, {"ddpm.py": CODE}) / "ddpm.py"])
    assert (one.name, read(one)) == ("ddpm", {"diffusion/ddpm.py": CODE})


def test_flat_files_of_the_package_count_as_its_content(collection):
    entries = {"ddpm.py": CODE, "layers.py": OTHER, "my notes.py": b"x", "notes.txt": b"x"}
    (one,) = gather([collection(entries)])
    assert read(one) == {"diffusion/ddpm.py": CODE, "diffusion/layers.py": OTHER}
    assert set(one.read().ignored) == {"my notes.py", "notes.txt"}


def test_a_file_of_another_name_is_told_the_names(tmp_path):
    (one,) = gather([make_folder(tmp_path, {"anna.py": CODE}) / "anna.py"])
    assert "holds anna.py, and none of blocks.py, cfg.py" in problem(one)


# ------------------------------------------------------------------ one Python file of each student

LOOSE = {"mueller_cfg.py": CFG, "11ken.py": b"", "ddpm.py.txt": DDPM, "x.ipynb.json": b"{}"}
NO_STUDENT = {"conftest.py": b"", "setup.py": b"", "notes.txt": b"", "task.pdf": b"", ".x.py": b""}
TOLD = {
    "mueller_cfg": "holds mueller_cfg.py, and none of blocks.py, cfg.py",
    "11ken": "holds 11ken.py, and none of blocks.py, cfg.py",
    "ddpm.py.txt": "rename it to ddpm.py",
    "x.ipynb.json": "rename it to x.ipynb",
}


@pytest.mark.parametrize(
    "others",
    [
        {"anna/diffusion/ddpm.py": CODE, "bert/diffusion/ddpm.py": CODE},
        {"anna/ddpm.py": CODE, "bert.zip": zipped(PACKAGE)},
        {"anna/diffusion/ddpm.py": CODE},
        {"anna.zip": zipped(PACKAGE)},
    ],
    ids=["folders", "a folder and a zip", "a folder", "a zip"],
)
def test_loose_files_in_a_collection_are_a_submission_each(collection, others):
    path = collection(others | LOOSE | NO_STUDENT)
    found = {one.name: one for one in gather([path])}
    told = {name: problem(found.pop(name)) for name in TOLD}
    assert all(told[name].startswith(TOLD[name]) for name in TOLD)
    assert {*found} == {name.partition("/")[0].removesuffix(".zip") for name in others}
    assert all(read(one) == {"diffusion/ddpm.py": CODE} for one in found.values())


def test_a_loose_module_in_a_collection_is_graded(collection):
    students = {f"{name}/diffusion/ddpm.py": CODE for name in ("anna", "bert")}
    found = {one.name: one for one in gather([collection(students | {"ddpm.py": OTHER})])}
    assert sorted(found) == ["anna", "bert", "ddpm"]
    assert read(found["ddpm"]) == {"diffusion/ddpm.py": OTHER}


def test_files_that_fill_in_the_same_are_those_of_several_students(collection):
    path = collection({"mueller.py": DDPM, "schmidt.py": DDPM + b"#", "e.py": b"", "a.pdf": b""})
    found = gather([path])
    assert names(found) == ["e", "mueller", "schmidt"]
    assert "holds mueller.py, and none of " in problem(found[1])


@pytest.mark.parametrize(
    "entries",
    [
        {"my_ddpm.py": DDPM, "my_cfg.py": CFG},
        {"one.py": STUBS, "two.py": STUBS},
        {"one.py": CODE, "two.py": OTHER},
        {"hw/diffusion/ddpm.py": CODE, "helper.py": OTHER, "given.py": STUBS},
        {"diffusion/ddpm.py": CODE, "my_ddpm.py": DDPM},
        {"ddpm.py": CODE, "my_ddpm.py": DDPM, "your_ddpm.py": DDPM, "report/a.png": b""},
        {"homework.ipynb": b"{}", "homework.py": DDPM, "again.py": DDPM},
        {"one.py": DDPM, "two.py": DDPM, "figures/a.png": b""},
    ],
    ids=[
        *("parts", "two starters", "helpers", "helpers beside", "the package", "modules"),
        *("a notebook", "figures"),
    ],
)
def test_the_files_of_one_student_are_one_submission(collection, entries):
    (one,) = gather([collection(entries, "anna")])
    assert one.name == "anna"


def test_among_single_submissions_a_draft_beside_a_folder_is_none(tmp_path):
    make_folder(tmp_path / "anna", {"hw/diffusion/ddpm.py": CODE, "draft.py": DDPM})
    make_folder(tmp_path / "bert", PACKAGE)
    make_folder(tmp_path / "carl", {"v1.py": DDPM, "v2.py": DDPM})
    found = {one.name: one for one in gather(sorted(tmp_path.iterdir()))}
    assert sorted(found) == ["anna", "bert", "carl"]
    assert read(found["anna"]) == {"diffusion/ddpm.py": CODE}
    assert "holds v1.py, and none of " in problem(found["carl"])


def test_what_a_profile_asks_is_work_too(tmp_path):
    policy = policy_of(load_course(REPOSITORY.grading, profile="part_4"))
    work = b"def ddim_sample():\n    return 1\n"
    path = make_folder(tmp_path / "all", {"anna/diffusion/ddim.py": CODE, "mueller.py": work})
    assert names(gather([path], policy)) == ["anna", "mueller"]
    assert names(gather([path])) == ["all"]


def test_a_browsers_second_ending_is_told(tmp_path):
    path = make_folder(tmp_path, {"anna.py.txt": DDPM}) / "anna.py.txt"
    assert problem(gather([path])[0]) == "rename it to anna.py"


# --------------------------------------------------------------------------------------- odd names


def test_odd_names_of_submissions_become_plain_and_stay_apart(tmp_path):
    odd = ["Zoë “Z” 🦊" * 13, "a\nb", "a\tb", "CASE", "case", "x\u202ey", "it's", 'quo"te', "-rf *"]
    entries = {f"{name}/diffusion/ddpm.py": name.encode() for name in odd}
    path = make_folder(tmp_path / "all", entries)
    make_folder(path / os.fsdecode(b"\xff\xfe"), {"ddpm.py": CODE})
    found = gather([path])
    assert len(found) == len(odd) + 1
    assert len({one.name.casefold() for one in found}) == len(found)
    for one in found:
        assert len(one.name.encode()) <= 200 and one.name.isprintable()
        assert not set(one.name) & set('/\\:*?"<>|')
        assert "\n" not in str(one.path)
    assert {read(one)["diffusion/ddpm.py"] for one in found} == {n.encode() for n in odd} | {CODE}


def test_names_in_zips_that_climb_are_no_submissions(tmp_path):
    entries = {f"{name}/diffusion/ddpm.py": CODE for name in ("anna", "bert", "a\\b")}
    for name in ("../evil/diffusion/ddpm.py", "/root/diffusion/ddpm.py", "C:/diffusion/ddpm.py"):
        climbing = zipfile.ZipInfo("x")
        climbing.filename = name
        entries[climbing] = CODE
    found = gather([make_zip(tmp_path / "all.zip", entries)])
    assert names(found) == ["C-", "a", "anna", "bert"]
