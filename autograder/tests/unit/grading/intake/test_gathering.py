"""Whatever an instructor has downloaded is found, submission by submission, and read one by one."""

import os
import zipfile

import pytest

from autograder.grading.intake import gather
from autograder.tests.support.collections import CODE, OTHER, PACKAGE, names, problem, read
from autograder.tests.support.submissions import make_folder, make_zip, zipped

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
